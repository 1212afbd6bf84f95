"""What a device heard, from rows to chats: in order, many in one transaction, one by one when one of them breaks.

An event that breaks is tried TRIES times, then kept with its error and passed over; those behind it never wait.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Row, case, func, select, update

from clarin_web.chats.actions import (
    Hearing,
    NotYet,
    apply_event,
    give_up,
    insert_together,
    is_plain,
    waits_for,
)
from clarin_web.db import execute, session, take_turns, transaction
from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import Decoded
from clarin_web.devices.switches import applied_now
from clarin_web.lib.text import clean_text
from clarin_web.live.publish import in_one_breath
from clarin_web.models import Device, WhatsappEvent

log = structlog.get_logger()
TRIES = 3
AT_ONCE = 50  # more only keeps chats locked for longer
BURST = 5  # from here on open pages are told once, not for each message
HISTORY = ".history"  # how events from before the number was linked are called
PATIENCE = timedelta(seconds=60)
IS_PARKED = WhatsappEvent.error.startswith(waits_for(""))
Heard = tuple[Row[Any], list[Decoded]]


def hear_all(account_id: int, device_id: int) -> int:
    """Apply what waits. Returns how many events were taken.

    Two may run it at once: the lock makes them take turns, so order holds. What is said now never waits for what lacks
    its message, of which a few are tried again each time, nor for history, a slice of which is read whenever nothing
    else waits.
    """
    taken, news, past, is_tried = 0, 0, 0, False
    while True:
        if ids := _waiting(account_id, device_id, news):
            news = ids[-1]
        elif not is_tried and (ids := _parked(account_id, device_id)):
            is_tried = True
        elif ids := _waiting(account_id, device_id, past, history=True):
            past = ids[-1]
        else:
            return taken
        taken += len(ids)
        if len(ids) < BURST:
            _hear(account_id, device_id, ids)
        else:
            with in_one_breath():
                _hear(account_id, device_id, ids)


def _hear(account_id: int, device_id: int, ids: list[int]) -> None:
    """All in one transaction; when that fails, each in its own, so that one stops no other."""
    try:
        _apply_all(account_id, device_id, ids)
        return
    except Exception as error:
        if getattr(error, "connection_invalidated", False):
            raise  # not an event's fault: the database is away, and the rows wait
        log.info("events are taken one by one", device=device_id, reason=type(error).__name__)
    for event_id in ids:
        _apply_alone(account_id, device_id, event_id)


def _apply_all(account_id: int, device_id: int, ids: list[int]) -> None:
    """One that must wait for its message stays; the others are done. What such an event wrote before is not undone:
    to apply it again changes nothing."""
    with transaction():
        take_turns(f"events:{account_id}:{device_id}")
        rows, done = _locked(account_id, ids), list[int]()
        if not rows:
            return
        hearing = Hearing(session().get_one(Device, device_id, populate_existing=True))
        for run in _runs(rows):
            _prepare(hearing, run)
            done += [row.id for row, events in run if _is_done(hearing, row, events)]
        _finish(account_id, done)
        hearing.finish()


def _runs(rows: list[Row[Any]]) -> list[list[Heard]]:
    """Plain messages that nothing else stands between, and what stands between them."""
    said = [(row, decode(row.kind, row.raw)) for row in rows]
    return [list(run) for _, run in groupby(said, lambda heard: all(map(is_plain, heard[1])))]


def _prepare(hearing: Hearing, run: list[Heard]) -> None:
    events = [event for _, said in run for event in said]
    hearing.prepare(events)
    if all(map(is_plain, events)):
        insert_together(hearing, events)


def _is_done(hearing: Hearing, row: Row[Any], events: list[Decoded]) -> bool:
    try:
        for event in events:
            apply_event(hearing, event)
    except NotYet as missing:
        _park(row, str(missing))
        return False
    return True


def _finish(account_id: int, ids: list[int]) -> None:
    done = WhatsappEvent.account_id == account_id, WhatsappEvent.id.in_(ids)
    finished = update(WhatsappEvent).where(*done).values(processed_at=func.now(), error="")
    execute(finished.execution_options(synchronize_session=False))


def _apply_alone(account_id: int, device_id: int, event_id: int) -> None:
    for _attempt in range(TRIES):
        try:
            _apply_all(account_id, device_id, [event_id])
            return
        except Exception as error:
            if getattr(error, "connection_invalidated", False):
                raise
            if _blame(account_id, event_id, error):
                give_up(account_id, device_id, event_id, error)
                return


def _waiting(account_id: int, device_id: int, after: int, *, history: bool = False) -> list[int]:
    waiting = (
        select(WhatsappEvent.id)
        .where(
            WhatsappEvent.account_id == account_id,
            WhatsappEvent.device_id == device_id,
            WhatsappEvent.processed_at.is_(None),
            WhatsappEvent.id > after,
            ~IS_PARKED,
            WhatsappEvent.kind.endswith(HISTORY) == history,
            applied_now(),
        )
        .order_by(WhatsappEvent.id)
        .limit(1 if history else AT_ONCE)
    )
    return list(execute(waiting).scalars())


def _parked(account_id: int, device_id: int) -> list[int]:
    """Some of those that lack their message, by lot: whoever makes thousands of them up holds up nobody's."""
    waiting = (
        select(WhatsappEvent.id)
        .where(
            WhatsappEvent.account_id == account_id,
            WhatsappEvent.device_id == device_id,
            WhatsappEvent.processed_at.is_(None),
            IS_PARKED,
            applied_now(),
        )
        .order_by(func.random())
        .limit(AT_ONCE)
    )
    return sorted(execute(waiting).scalars())


def _locked(account_id: int, ids: list[int]) -> list[Row[Any]]:
    """Those of `ids` that nobody has done meanwhile, oldest first."""
    mine = (
        select(WhatsappEvent.id, WhatsappEvent.account_id, WhatsappEvent.kind, WhatsappEvent.raw)
        .where(
            WhatsappEvent.account_id == account_id,
            WhatsappEvent.id.in_(ids),
            WhatsappEvent.processed_at.is_(None),
        )
        .order_by(WhatsappEvent.id)
        .with_for_update()
    )
    return list(execute(mine).all())


def _park(row: Row[Any], missing: str) -> None:
    """Its message may still come (or be given its WhatsApp id): keep it waiting, for PATIENCE."""
    given_up = WhatsappEvent.received_at < func.now() - PATIENCE
    parked = (
        update(WhatsappEvent)
        .where(WhatsappEvent.account_id == row.account_id, WhatsappEvent.id == row.id)
        .values(error=waits_for(missing), processed_at=case((given_up, func.now())))
    )
    execute(parked.execution_options(synchronize_session=False))


def _blame(account_id: int, event_id: int, error: Exception) -> bool:
    """Count the failure; True when it was the last. What breaks may stand in what is said about it: it is cleaned."""
    why = clean_text(f"{type(error).__name__}: {error}", 500)
    mine = WhatsappEvent.account_id == account_id, WhatsappEvent.id == event_id
    with transaction():
        attempts = execute(
            update(WhatsappEvent)
            .where(*mine)
            .values(attempts=WhatsappEvent.attempts + 1, error=why)
            .returning(WhatsappEvent.attempts)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        return bool(attempts >= TRIES)
