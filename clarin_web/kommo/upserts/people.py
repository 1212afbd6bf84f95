"""Which of our members each of Kommo's users is: by e-mail, whatever id Kommo gives the person now.

Somebody who was removed there and invited again has a new id, and the leads of before still name the old one. What was
kept of a user who left says whose it was. Nobody is created or invited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Text, cast, func, select, update

from clarin_web.db import execute
from clarin_web.events import announce_all
from clarin_web.kommo.mapping import UserRow, number_of
from clarin_web.kommo.upserts.mirrored import leads_mirrored
from clarin_web.kommo.upserts.records import recordset
from clarin_web.models import KommoRecord, Lead, Membership, User


def owners_of(account_id: int) -> dict[int, int]:
    """{id of a user of Kommo, also one that left: our user's}."""
    held: dict[int, int] = {}
    ours: dict[str, int] = {}
    for kommo_id, user_id, email in execute(_members(account_id)):
        ours[email] = user_id
        held |= {kommo_id: user_id} if kommo_id else {}
    told = {number_of(key): email for key, email in execute(_users(account_id)) if email}
    # Who was paired stays paired, should the e-mail here be another meanwhile; the e-mail of now decides.
    person = {told[id_]: user_id for id_, user_id in held.items() if id_ in told} | ours
    return held | {id_: person[email] for id_, email in told.items() if email in person}


def match_users(account_id: int, rows: Iterable[UserRow]) -> dict[int, int]:
    """Pair Kommo's users with ours; of two with one e-mail the active, newer one. Answers `owners_of`.

    What Kommo says of its users has to be kept before.
    """
    latest = {row.email: row.kommo_id for row in sorted(rows, key=lambda row: (row.is_active, row.kommo_id))}
    members = execute(_members(account_id)).all()
    new = {user: id_ for kommo, user, email in members if (id_ := latest.get(email)) and kommo != id_}
    mine = update(Membership).where(Membership.account_id == account_id)
    execute(mine.where(Membership.kommo_user_id.in_(new.values())).values(kommo_user_id=None))
    for user_id, kommo_id in new.items():
        execute(mine.where(Membership.user_id == user_id).values(kommo_user_id=kommo_id))
    return owners_of(account_id)


def give_leads(account_id: int, owners: Mapping[int, int]) -> None:
    """Leads that came before their owner was known here are theirs now, unless somebody decided otherwise."""
    columns = {"kommo_id": BigInteger(), "user_id": BigInteger()}
    source = recordset([{"kommo_id": id_, "user_id": user} for id_, user in owners.items()], columns)
    owned = update(Lead).where(
        Lead.account_id == account_id,
        Lead.kommo["owner"].astext == cast(source.c.kommo_id, Text),
        Lead.owner_id.is_distinct_from(source.c.user_id),
        ~Lead.overrides.has_key("owner_id"),  # type: ignore[attr-defined]
    )
    values = owned.values(owner_id=source.c.user_id, version=Lead.version + 1)
    given = execute(values.returning(Lead.id, Lead.pipeline_id).execution_options(synchronize_session=False))
    announce_all(leads_mirrored(account_id, given))


def names_of(account_id: int) -> dict[int, str]:
    """Kommo's users by their id there, as it last told them, also those that left."""
    name = func.coalesce(func.nullif(KommoRecord.data["name"].astext, ""), KommoRecord.data["email"].astext)
    wanted = select(KommoRecord.key, name).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == "users"
    )
    return {number_of(key): name for key, name in execute(wanted) if name}


def _members(account_id: int):  # type: ignore[no-untyped-def]
    mine = select(Membership.kommo_user_id, Membership.user_id, func.lower(User.email))
    return mine.join(User, User.id == Membership.user_id).where(Membership.account_id == account_id)


def _users(account_id: int):  # type: ignore[no-untyped-def]
    email = func.lower(KommoRecord.data["email"].astext)
    return select(KommoRecord.key, email).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == "users"
    )
