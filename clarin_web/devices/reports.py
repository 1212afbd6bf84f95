"""What a device's process writes about itself: state, pairing code, number, heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Row, case, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from clarin_web.db import execute, session, transaction
from clarin_web.devices import leaving, tries, watching
from clarin_web.devices.gateway import ConnectionChanged, Paired, PairingCode, State
from clarin_web.events import Actor, DeviceChanged, DeviceLinked, DeviceLoggedOut, announce
from clarin_web.models import Chat, Device

# After these a person must decide: nothing reconnects by itself.
FINAL = {State.UNPAIRED, State.LOGGED_OUT, State.REPLACED, State.BANNED, State.OUTDATED}
TRYING = ("connecting", "reconnecting")
UNLINKED = ("banned_for_good",)  # WhatsApp has forgotten the link, and so has the library

NO_CODE: dict[str, object] = {
    "qr": None, "qr_expires_at": None, "pair_code": None, "pair_code_expires_at": None
}  # fmt: skip
NO_PAIRING = NO_CODE | {"pairing_phone": None, "pairing_expires_at": None}


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a process begins with; when `restart_at` is another one later, the process is out of date."""

    session: str | None
    restart_at: datetime | None
    pairing_phone: str = ""


def beginning_of(account_id: int, device_id: int) -> Beginning:
    columns = Device.jid, Device.restart_at, Device.pairing_phone
    row = execute(select(*columns).where(_is(account_id, device_id))).one()
    return Beginning(row.jid, row.restart_at, (row.pairing_phone or "").lstrip("+"))


def session_of(account_id: int, device_id: int) -> str | None:
    return session().scalar(select(Device.jid).where(_is(account_id, device_id)))


def state_changed(account_id: int, device_id: int, change: ConnectionChanged) -> None:
    """A final state also withdraws the wish to be connected; a log-out forgets the session."""
    values: dict[str, object] = {
        "state": change.state.value,
        "state_reason": change.reason,
        "state_at": _since(change.state.value),
        "state_until": change.until,
    }
    if change.state in (State.CONNECTING, State.PAIRING) and not change.reason:
        del values["state_reason"]  # trying once more is no news: "no network" stays on the page meanwhile
    if change.state is not State.PAIRING:
        values |= NO_CODE
    if change.state in FINAL:
        values |= {"wanted": "stopped", **NO_PAIRING}
    if change.state is State.BANNED:
        values |= {"paused_at": func.now(), "paused_reason": "banned"}
    is_unlinked = change.state is State.LOGGED_OUT or change.reason in UNLINKED
    if is_unlinked:
        values["jid"] = None
    with transaction():
        _write(account_id, device_id, values)
        if is_unlinked:
            announce(DeviceLoggedOut(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))
            if leaving.leaves(account_id, device_id):
                leaving.remove(account_id, device_id, Actor.whatsapp())
    watching.look_at_account(account_id)


def pairing_code(account_id: int, device_id: int, code: PairingCode) -> None:
    with transaction():
        names = ("pair_code", "pair_code_expires_at") if code.typed else ("qr", "qr_expires_at")
        shown = dict(zip(names, (code.text, code.expires_at), strict=True))
        _write(account_id, device_id, shown | {"state_reason": ""})


def paired(account_id: int, device_id: int, linked: Paired) -> str:
    """Why not, and then nothing is written: another device of the account is this number, or the chats here are
    another number's."""
    phone = f"+{linked.phone}"
    values: dict[str, object] = {"jid": linked.session, "phone": phone, "wanted": "connected", **NO_PAIRING}
    values |= {"linked_at": func.now(), "first_linked_at": _first_linked(account_id, phone)}
    if _has_history_of_another(account_id, device_id, phone):
        return "other_number"
    try:
        with transaction():
            _write(account_id, device_id, values)
            announce(
                DeviceLinked(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id, phone=phone)
            )
    except IntegrityError:
        return "number_already_linked"
    return ""


def _first_linked(account_id: int, phone: str) -> ColumnElement[datetime]:
    """The number's own age counts, not this link's: linked again, or after it was removed, it is no younger."""
    other = aliased(Device)
    before = select(func.min(other.first_linked_at)).where(
        other.account_id == account_id, other.phone == phone
    )
    return func.least(func.now(), before.scalar_subquery())


def _has_history_of_another(account_id: int, device_id: int, phone: str) -> bool:
    """An answer in an old chat must not leave from a number its customer never saw."""
    has_chats = exists(select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id))
    before = select(Device.phone).where(_is(account_id, device_id), Device.phone != phone, has_chats)
    return session().scalar(before) is not None


def heartbeat(account_id: int, device_id: int, heard: bool, vitals: Mapping[str, object]) -> datetime | None:
    """`heard`: something came in since the last one. A beat alone announces nothing. The answer: `restart_at`."""
    values: dict[str, object] = {"heartbeat_at": func.now(), **vitals}
    if heard:
        values["last_in_at"] = func.now()
    with transaction():
        beat = update(Device).where(_is(account_id, device_id)).values(**values).returning(Device.restart_at)
        restart_at = execute(beat.execution_options(synchronize_session=False)).scalar_one()
        if heard:
            announce(DeviceChanged(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))
    return restart_at


def process_ended(account_id: int, device_id: int) -> tuple[int, float]:
    """By the supervisor, when a child died: nobody may believe it is connected. Which try, and seconds to the next.

    Who was well is started again at once: whoever killed it, it was not WhatsApp.
    """
    with transaction():
        now = func.extract("epoch", func.now() - Device.state_at)
        columns = Device.state, Device.wanted, Device.state_reason, Device.tries, now.label("seconds")
        row = execute(select(*columns).where(_is(account_id, device_id)).with_for_update()).one()
        was_well = row.state == "connected" and row.seconds > tries.ALIVE_SECONDS
        tried = 1 if was_well else row.tries + 1
        wait = 0.0 if was_well else tries.wait_after(tried, row.state_reason)
        _another(account_id, device_id, row, tried, func.now() + timedelta(seconds=wait))
    watching.look_at_account(account_id)
    return tried, wait


def replaced(account_id: int, device_id: int) -> None:
    """By the supervisor, of a process that lives and does not connect: the next one begins at once."""
    with transaction():
        row = execute(
            select(Device.state, Device.wanted, Device.tries).where(_is(account_id, device_id))
        ).one()
        _another(account_id, device_id, row, row.tries + 1, None)
    watching.look_at_account(account_id)


def _another(account_id: int, device_id: int, row: Row[Any], tried: int, retry_at: object) -> None:
    """There is to be another process. Whatever the last one said, a number that is wanted is connecting now."""
    values: dict[str, object] = {"tries": tried, "retry_at": retry_at, "restarts": Device.restarts + 1}
    if row.wanted == "connected" and row.state != State.ERROR and row.state not in FINAL - {State.UNPAIRED}:
        values |= {"state": "connecting", "state_at": _since("connecting")}
    _write(account_id, device_id, values)


def stopped(account_id: int, device_id: int) -> None:
    """By the supervisor, after a stop somebody asked for."""
    with transaction():
        still = session().scalar(select(Device.wanted).where(_is(account_id, device_id)))
        if still == "stopped":
            ends = [state.value for state in FINAL]
            execute(
                update(Device)
                .where(_is(account_id, device_id), Device.state.not_in(ends))
                .values(
                    state=_resting(account_id, device_id), state_reason="", state_at=func.now(), **NO_PAIRING
                )
            )
            announce(DeviceChanged(account_id=account_id, actor=Actor.system(), device_id=device_id))


def pairing_expired(account_id: int, device_id: int) -> None:
    """By the supervisor: asked for and never scanned, or never even reached WhatsApp; the reason says which."""
    values: dict[str, object] = {
        "wanted": "stopped",
        "state": "unpaired",
        "state_reason": func.coalesce(func.nullif(Device.state_reason, ""), "code_expired"),
        "state_at": func.now(),
        **NO_PAIRING,
    }
    with transaction():
        _write(account_id, device_id, values)


def _since(state: str) -> Case[datetime]:
    """Trying the same thing again and again is one long time, not many short ones: that is what an alarm measures."""
    is_same = Device.state.in_(TRYING) if state in TRYING else Device.state == state
    return case((is_same, Device.state_at), else_=func.now())


def _resting(account_id: int, device_id: int) -> str:
    return "stopped" if session_of(account_id, device_id) else "unpaired"


def _write(account_id: int, device_id: int, values: dict[str, object]) -> None:
    execute(update(Device).where(_is(account_id, device_id)).values(**values))
    announce(DeviceChanged(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))


def _is(account_id: int, device_id: int):  # type: ignore[no-untyped-def]
    return (Device.account_id == account_id) & (Device.id == device_id)
