"""Background work of chats: understand what devices heard, tick what was read, find what was forgotten.

PostgreSQL is the queue: a job only says "look"; what to do, and whether it is done, is in the rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from clarin_web.accounts.queries import account_ids
from clarin_web.chats.actions import ask_for_leads_owed, placeholders
from clarin_web.chats.listening import hear_all
from clarin_web.db import execute, tenant
from clarin_web.devices.switches import applied_now, sends_receipts
from clarin_web.events import ChatRead
from clarin_web.jobs import device_queue, enqueue, job
from clarin_web.models import Chat, Message, WhatsappEvent

STALE = timedelta(seconds=5)
TICKS = 20
PROCESS_EVENTS = "clarin_web.chats.jobs.process_events"


@job
def process_events(account_id: int, device_id: int) -> int:
    """Apply what this device heard, in order. Returns how many events were taken."""
    return hear_all(account_id, device_id)


def sweep() -> None:
    """Every account's forgotten work; the clock of the jobs process calls it."""
    for account_id in account_ids():
        with tenant(account_id):
            sweep_account(account_id)


def end_waiting() -> None:
    """By the clock: messages that could not be read, and were not sent again."""
    for account_id in account_ids():
        with tenant(account_id):
            while placeholders.end_waiting(account_id) == placeholders.AT_ONCE:
                pass


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
                applied_now(),
            )
            .distinct()
        )
        .scalars()
        .all()
    ):
        enqueue("chats", PROCESS_EVENTS, account_id, device_id, once=f"events-{device_id}")
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
    if chat and not sends_receipts(fact.account_id, chat.device_id):
        return
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
