"""Background work of chats: understand what devices heard, tick what was read, find what was forgotten.

PostgreSQL is the queue: a job only says "look"; what to do, and whether it is done, is in the rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from clarin_web.accounts.queries import account_ids
from clarin_web.chats.actions import NotYet, apply_event, ask_for_leads_owed
from clarin_web.db import execute, session, take_turns, tenant, transaction
from clarin_web.devices.decode import decode
from clarin_web.events import ChatRead
from clarin_web.jobs import device_queue, enqueue, job
from clarin_web.models import Chat, Device, Message, WhatsappEvent

log = structlog.get_logger()
TRIES = 3
PATIENCE = timedelta(seconds=60)
STALE = timedelta(seconds=5)
TICKS = 20


@job
def process_events(account_id: int, device_id: int) -> int:
    """Apply what this device heard, in order, each event in its own transaction. Returns how many were taken.

    Two workers may run it at once: the lock makes them take turns, so order holds. An event that breaks is
    tried TRIES times, then kept with its error and passed over; those behind it never wait.
    """
    taken, after = 0, 0
    while (event_id := _take(account_id, device_id, after)) is not None:
        taken, after = taken + 1, event_id
    return taken


def sweep() -> None:
    """Every account's forgotten work; the clock of the jobs process calls it."""
    for account_id in account_ids():
        with tenant(account_id):
            sweep_account(account_id)


def sweep_account(account_id: int) -> None:
    """Enqueue again what waits longer than it should: a lost job, a flushed Redis, a worker killed mid-way."""
    ask_for_leads_owed(account_id)
    old = datetime.now(UTC) - STALE
    for device_id in (
        execute(
            select(WhatsappEvent.device_id)
            .where(
                WhatsappEvent.account_id == account_id,
                WhatsappEvent.processed_at.is_(None),
                WhatsappEvent.received_at < old,
            )
            .distinct()
        )
        .scalars()
        .all()
    ):
        enqueue("chats", "clarin_web.chats.jobs.process_events", account_id, device_id)
    for device_id in (
        execute(
            select(Chat.device_id)
            .join(Message, (Message.account_id == Chat.account_id) & (Message.chat_id == Chat.id))
            .where(Message.account_id == account_id, Message.state == "queued", Message.created_at < old)
            .distinct()
        )
        .scalars()
        .all()
    ):
        enqueue(
            device_queue(device_id),
            "clarin_web.devices.jobs.send_waiting",
            account_id,
            device_id,
            once=f"send-waiting-{device_id}",
        )


def send_read_ticks(fact: ChatRead) -> None:
    """Listener: a person of ours read a chat, so its customer sees blue ticks. Lost ticks harm nobody."""
    if fact.actor.kind != "user":
        return
    chat = execute(
        select(Chat.device_id, Chat.key).where(Chat.account_id == fact.account_id, Chat.id == fact.chat_id)
    ).one_or_none()
    newest = execute(
        select(Message.wa_id, Message.sender_key)
        .where(
            Message.account_id == fact.account_id, Message.chat_id == fact.chat_id, Message.direction == "in"
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(TICKS)
    ).all()
    if chat and newest:
        sender = newest[0].sender_key
        ids = [row.wa_id for row in newest if row.sender_key == sender]
        enqueue(
            device_queue(chat.device_id),
            "clarin_web.devices.jobs.mark_read",
            fact.account_id,
            chat.device_id,
            chat.key,
            sender or chat.key,
            ids,
        )


def _take(account_id: int, device_id: int, after: int) -> int | None:
    """Take the first waiting event after `after`, whatever comes of it. None when there is none."""
    event_id: int | None = None
    for _attempt in range(TRIES):
        event_id = None
        try:
            with transaction():
                event = _next(account_id, device_id, after)
                if event is None:
                    return None
                event_id = event.id
                _apply(device_id, event)
                return event_id
        except NotYet as missing:
            _park(account_id, event_id, str(missing))
            return event_id
        except Exception as error:
            if event_id is None or getattr(error, "connection_invalidated", False):
                raise  # not an event's fault: the database is away, and the rows wait
            log.exception("event not understood", event_row=event_id, device=device_id)
            if _blame(account_id, event_id, error):
                return event_id
    return event_id


def _next(account_id: int, device_id: int, after: int) -> WhatsappEvent | None:
    take_turns(f"events:{account_id}:{device_id}")
    waiting = (
        select(WhatsappEvent)
        .where(
            WhatsappEvent.account_id == account_id,
            WhatsappEvent.device_id == device_id,
            WhatsappEvent.processed_at.is_(None),
            WhatsappEvent.id > after,
        )
        .order_by(WhatsappEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session().scalars(waiting).one_or_none()


def _apply(device_id: int, event: WhatsappEvent) -> None:
    device = session().get(Device, device_id, populate_existing=True)
    if device is not None:
        for decoded in decode(event.kind, event.raw):
            apply_event(device, decoded)
    event.processed_at, event.error = datetime.now(UTC), ""


def _park(account_id: int, event_id: int | None, missing: str) -> None:
    """Its message may still come (or be given its WhatsApp id): keep it waiting, for PATIENCE."""
    late = WhatsappEvent.received_at < datetime.now(UTC) - PATIENCE
    with transaction():
        mine = WhatsappEvent.account_id == account_id, WhatsappEvent.id == event_id
        execute(update(WhatsappEvent).where(*mine).values(error=f"waits for message {missing}"[:200]))
        execute(update(WhatsappEvent).where(*mine, late).values(processed_at=func.now()))


def _blame(account_id: int, event_id: int, error: Exception) -> bool:
    """Count the failure; True when it was the last and the event is passed over, kept with its error."""
    with transaction():
        attempts = execute(
            update(WhatsappEvent)
            .where(WhatsappEvent.account_id == account_id, WhatsappEvent.id == event_id)
            .values(attempts=WhatsappEvent.attempts + 1, error=f"{type(error).__name__}: {error}"[:500])
            .returning(WhatsappEvent.attempts)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        given_up = attempts >= TRIES
        if given_up:
            execute(
                update(WhatsappEvent)
                .where(WhatsappEvent.account_id == account_id, WhatsappEvent.id == event_id)
                .values(processed_at=func.now())
                .execution_options(synchronize_session=False)
            )
        return given_up
