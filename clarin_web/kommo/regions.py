"""Where Kommo says it is, beside where the account is: whose country reads phones, whose currency amounts are in.

Kept on the connection (`region`): `said` by Kommo, `agreed` by a person for what was said then, `applied` to what is
here. Until somebody answers, phones go on being read as they were, and amounts stay in the currency Kommo counts in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.events import Actor, KommoProgressed, NamesChanged, announce
from clarin_web.kommo.answers import Row
from clarin_web.kommo.errors import BadRequest, NoRights, NotFound, WrongShape
from clarin_web.kommo.queries import connection_of, find_connection
from clarin_web.lib.errors import NotFound as NotThere
from clarin_web.lib.regions import NAMES, TIME_ZONE, is_known
from clarin_web.models import Account, KommoConnection, Lead

if TYPE_CHECKING:
    from clarin_web.kommo.run import Run

CHOICES = ("kommo", "account")


@dataclass(frozen=True, slots=True)
class Difference:
    """`choice` is "" until somebody chose for what Kommo says now; `used` is what holds meanwhile."""

    name: str
    kommo: str
    account: str
    choice: str
    used: str


def said_by(account: Row) -> dict[str, str]:
    """What Kommo's account answer says of itself, as far as it can be used."""
    embedded = account.get("_embedded")
    times = embedded.get("datetime_settings") if isinstance(embedded, dict) else None
    zone = times.get("timezone") if isinstance(times, dict) else ""
    return usable({"country": account.get("country"), "currency": account.get("currency"), "time_zone": zone})


def usable(said: Mapping[str, object]) -> dict[str, str]:
    """Without what is no country, currency or time zone."""
    found = {name: value for name in NAMES if isinstance(value := said.get(name), str)}
    found |= {name: found[name].upper() for name in ("country", "currency") if name in found}
    return {name: value for name, value in found.items() if is_known(name, value)}


def of_account(account_id: int) -> dict[str, str]:
    columns = (Account.country, Account.currency, Account.time_zone)
    return dict(zip(NAMES, execute(select(*columns).where(Account.id == account_id)).one(), strict=True))


def differences(region: Mapping[str, Any], account: Mapping[str, str]) -> list[Difference]:
    """Where Kommo says otherwise than the account, answered or not."""
    said, used = region.get("said") or {}, in_use(region, account)
    return [
        Difference(name, said[name], account[name], _choice(region, name), used[name])
        for name in NAMES
        if said.get(name) not in (None, account[name])
    ]


def asks(region: Mapping[str, Any], account: Mapping[str, str]) -> bool:
    """Whether somebody has still to choose."""
    return any(not one.choice for one in differences(region, account))


def in_use(region: Mapping[str, Any], account: Mapping[str, str]) -> dict[str, str]:
    """What holds for what comes from Kommo."""
    said, read_as = region.get("said") or {}, (region.get("applied") or {}).get("country")
    if region.get("is_old") and not read_as:
        read_as = account["country"]  # connected before anybody was asked: nothing changes by itself
    found = {}
    for name in NAMES:
        kommo = said.get(name) or account[name]
        undecided = read_as or kommo if name == "country" else kommo
        if said.get(name) == account[name]:
            undecided = kommo  # both say the same: nobody is asked, whatever Kommo said before
        found[name] = {"kommo": kommo, "account": account[name], "": undecided}[_choice(region, name)]
    return found


def agreed(said: Mapping[str, str], choices: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a person chose, with what Kommo said then: of something else they are asked again."""
    return {
        name: {"said": said[name], "use": choices[name]} for name in NAMES if name in said and name in choices
    }


def connected(connection: KommoConnection, said: Mapping[str, str], choices: Mapping[str, str]) -> None:
    """What was chosen while connecting; where nothing was, as before, else as Kommo has it."""
    region: dict[str, Any] = dict(connection.region)
    before = {name: answer["use"] for name, answer in (region.get("agreed") or {}).items()}
    whole = {**dict.fromkeys(NAMES, "kommo"), **before, **choices}
    connection.region = {**region, "said": dict(said), "agreed": agreed(said, whole)}
    apply(connection)


def choose(member: Member, choices: Mapping[str, str]) -> KommoConnection:
    """Take over what Kommo says, or keep the account's, for each. Phones are read anew by the next visit."""
    member.must(Permission.MANAGE_KOMMO)
    with transaction():
        connection = connection_of(member.account_id)
        if connection is None:
            raise NotThere("kommo_connection")
        region: dict[str, Any] = dict(connection.region)
        region["agreed"] = {**(region.get("agreed") or {}), **agreed(region.get("said") or {}, choices)}
        connection.region = region
        apply(connection)
        actor = Actor.user(member.user_id)
        announce(KommoProgressed(account_id=member.account_id, actor=actor, connection_id=connection.id))
        return connection


def learn(run: Run) -> None:
    """Ask Kommo where it is. Something new is asked about; the visit goes on with what is in use now."""
    try:
        said = said_by(run.client.account())
    except (BadRequest, NoRights, NotFound, WrongShape) as refusal:
        run.odd.add("account", "", refusal.code)
        return
    with transaction():
        connection = find_connection(**run.ids())
        if connection is None:
            return
        region: dict[str, Any] = dict(connection.region)
        if said and region.get("said") != said:
            connection.region = {**region, "said": said}
        apply(connection)
        used = in_use(connection.region, of_account(run.account_id))
        run.country, run.zone = used["country"], zone_of(used["time_zone"])


def apply(connection: KommoConnection) -> None:
    """Bring what is here after what is in use: the currency of amounts at once, phones and dates by the visits
    (rereading)."""
    region: dict[str, Any] = dict(connection.region)
    account = of_account(connection.account_id)
    used, applied = in_use(region, account), region.get("applied") or {}
    if applied == used:
        return
    is_dated_anew = applied.get("time_zone") != used["time_zone"]
    if is_dated_anew or applied.get("country") != used["country"] or region.get("is_old"):
        region["reread"] = 0
    if is_dated_anew:
        region["reread_leads"] = 0
    region["applied"] = used
    connection.region = {name: value for name, value in region.items() if name != "is_old"}
    _set_currency(
        connection.account_id, None if used["currency"] == account["currency"] else used["currency"]
    )


def _set_currency(account_id: int, currency: str | None) -> None:
    mine = (
        Lead.account_id == account_id,
        Lead.kommo_id.is_not(None),
        Lead.currency.is_distinct_from(currency),
    )
    changed = update(Lead).where(*mine).values(currency=currency, version=Lead.version + 1)
    if execute(changed.execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        announce(
            NamesChanged(account_id=account_id, actor=Actor.kommo())
        )  # lists, boards and Home show amounts


def zone_of(name: str) -> tzinfo:
    return ZoneInfo(name) if is_known(TIME_ZONE, name) else UTC


def currency_of(account_id: int) -> str | None:
    """In which currency amounts of Kommo's are kept; None for the account's own."""
    mine = select(KommoConnection.region, Account.currency).join(
        Account, Account.id == KommoConnection.account_id
    )
    row = execute(mine.where(KommoConnection.account_id == account_id)).first()
    currency = (row.region.get("applied") or {}).get("currency") if row else None
    return currency if row and currency != row.currency else None


def _choice(region: Mapping[str, Any], name: str) -> str:
    answer = (region.get("agreed") or {}).get(name) or {}
    return answer["use"] if answer.get("said") == (region.get("said") or {}).get(name) and answer else ""
