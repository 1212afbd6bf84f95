"""Outgoing messages between `queued` and the wire. Every step is one statement, so a job delivered twice, a crash
or a second process can neither lose a message nor send it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, select, update

from clarin_web.db import execute, session, transaction
from clarin_web.devices import deeds, governing, numbers, queued, signing
from clarin_web.devices.contents import outgoing_of
from clarin_web.devices.gate import is_forbidden
from clarin_web.devices.gateway import Address, PermanentError, SentResult
from clarin_web.devices.governor import Hold
from clarin_web.devices.outgoing import DEEDS, MEDIA, Outgoing
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.models import Chat, Message

AGAIN_AFTER_SECONDS = (15, 60, 300, 900)  # then it has failed


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send: its row says `sending` now."""

    id: int
    chat_id: int
    message: Outgoing
    contact_id: int
    is_first: bool = False  # nobody was ever written to here


def claim(account_id: int, device_id: int, chat_id: int) -> Claimed | None:
    """Take the chat's oldest queued message, or None.

    What must not be sent (do-not-contact) or never can be becomes failed here, at the last gate, and is passed over.
    What the governor holds goes back to wait, with the reason and its time. One thread of a number calls at a time.
    """
    if hold := governing.stopped(account_id, device_id):
        governing.hold_chat(account_id, chat_id, hold)
        return None
    while True:
        with transaction():
            mine = {"account": account_id, "device": device_id, "chat": chat_id}
            row = execute(queued.CLAIM, mine).one_or_none()
            if row is None:
                return None
            case = governing.case_of(account_id, device_id, row.chat_id)
            try:
                claimed = _at_the_gate(account_id, device_id, row, case)
            except PermanentError as error:
                reason = error.reason
            else:
                return claimed
        failed(account_id, row, reason)


def _at_the_gate(account_id: int, device_id: int, row: Row[Any], case: Row[Any]) -> Claimed | None:
    """None: it is held. Who must not be contacted is refused whatever the hour, and counts as nothing."""
    named = Address.from_key(case.key)
    address = numbers.known_place(account_id, named) or named
    if any(is_forbidden(account_id, case.contact_id, one) for one in {named, address}):
        raise PermanentError("do_not_contact")
    hold, outreach = _governed(account_id, device_id, row, case)
    if hold:
        execute(queued.PUT_BACK, {"account": account_id, "message": row.id})
        governing.hold_chat(account_id, row.chat_id, hold)
        return None
    message = signing.sign(account_id, device_id, row, outgoing_of(row, address), case.signature)
    if outreach:
        governing.reached_out(account_id, device_id, row.chat_id, outreach)
    if row.hold or row.kind in MEDIA:
        _tell(account_id, row)
    return Claimed(row.id, row.chat_id, message, case.contact_id, governing.is_first(case))


def _tell(account_id: int, row: Row[Any]) -> None:
    """That it leaves now. Of a plain text that did not wait nobody would see it before it is gone."""
    about: dict[str, Any] = {"account_id": account_id, "actor": Actor.whatsapp(), "chat_id": row.chat_id}
    announce(MessageChanged(**about, message_id=row.id))


def _governed(account_id: int, device_id: int, row: Row[Any], case: Row[Any]) -> tuple[Hold | None, str]:
    """A deed is about a message that has left already: it never waits for the governor."""
    if row.kind in DEEDS:
        return None, ""
    early = _not_yet(row)
    return (early, "") if early else governing.weigh(account_id, device_id, case)


def _not_yet(row: Row[Any]) -> Hold | None:
    """What WhatsApp did not take is tried again at its time, not sooner because something else is written."""
    was_tried = row.hold == "retry" and row.attempts > 1  # what waits behind it has not been
    is_early = was_tried and row.due_at is not None and row.due_at > datetime.now(UTC)
    return Hold("retry", row.due_at) if is_early else None


def weigh_next(account_id: int, chat_id: int) -> int | None:
    """The bytes of the file of the chat's next message, 0 when it has none; None: nothing is ready to leave."""
    row = execute(queued.NEXT, {"account": account_id, "chat": chat_id}).one_or_none()
    if row is None:
        return None
    return max(1, row.size or 0) if row.kind in MEDIA else 0


def waiting_chats(account_id: int, device_id: int) -> list[int]:
    """Where something is due, the one that waits longest first. Of a stopped number none: what waits there says why."""
    if hold := governing.stopped(account_id, device_id):
        governing.hold_device(account_id, device_id, hold)
        return []
    return list(session().scalars(queued.WAITING_CHATS, {"account": account_id, "device": device_id}))


def chat_of(account_id: int, message_id: int) -> int | None:
    return session().scalar(
        select(Message.chat_id).where(Message.account_id == account_id, Message.id == message_id)
    )


def sent(account_id: int, claimed: Claimed, result: SentResult) -> None:
    """The id on the wire wins; a receipt that was faster keeps its later state."""
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "sent", wa_id=result.wa_id, sent_at=result.sent_at)


def failed(account_id: int, claimed: Claimed | Row[Any], reason: str) -> None:
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "failed", failure=reason)


def restricted(account_id: int, device_id: int, claimed: Claimed, reason: str) -> bool:
    """Refused as a message to a stranger: they all wait now. False: they wrote to us, which says nothing of others."""
    with transaction():
        is_stranger = governing.restrict(account_id, device_id, claimed.chat_id, reason)
        why = reason if is_stranger else "not_allowed"
        _settle(account_id, claimed.chat_id, claimed.id, "failed", failure=why)
    return is_stranger


def uncertain(account_id: int, claimed: Claimed, reason: str) -> None:
    """Nobody knows whether it left; it is shown so and never repeated by itself (domain rule 8)."""
    with transaction():
        _settle(account_id, claimed.chat_id, claimed.id, "uncertain", failure=reason)


def back_to_queue(account_id: int, claimed: Claimed) -> None:
    """Certainly not sent: it waits for the connection."""
    with transaction():
        _queue_again(account_id, Message.id == claimed.id, attempts=Message.attempts - 1)


def postponed(account_id: int, claimed: Claimed, reason: str) -> None:
    """Certainly not sent, though WhatsApp was there: it waits, and its chat with it; often enough, it has failed."""
    with transaction():
        waited = (
            update(Message)
            .where(Message.account_id == account_id, Message.id == claimed.id, Message.state == "sending")
            .where(Message.attempts <= len(AGAIN_AFTER_SECONDS), Message.kind.not_in(DEEDS))
            .values(state="queued", hold="retry", version=Message.version + 1)
            .returning(Message.attempts)
            .execution_options(synchronize_session=False)
        )
        tried = execute(waited).scalar_one_or_none()
        if tried is None:
            return _settle(account_id, claimed.chat_id, claimed.id, "failed", failure=reason)
        until = datetime.now(UTC) + timedelta(seconds=AGAIN_AFTER_SECONDS[max(tried, 1) - 1])
        chat_id = chat_of(account_id, claimed.id) or claimed.chat_id  # it may have become one with another
        governing.hold_chat(account_id, chat_id, Hold("retry", until))


def let_go(account_id: int, chat_id: int) -> None:
    """Called by the only thread that sends for the chat, before it sends: what says `sending` was never begun."""
    with transaction():
        _queue_again(account_id, Message.chat_id == chat_id)


def _queue_again(account_id: int, which: ColumnElement[bool], **values: ColumnElement[int]) -> None:
    """Told, because a page that was drawn meanwhile says that it is being sent, and nothing else would correct it."""
    waits = (
        update(Message)
        .where(Message.account_id == account_id, which, Message.state == "sending")
        .values(state="queued", version=Message.version + 1, **values)
        .returning(Message.id, Message.chat_id)
        .execution_options(synchronize_session=False)
    )
    for row in execute(waits).all():
        _tell(account_id, row)


def interrupted(account_id: int, device_id: int) -> int:
    """A process died between claiming and knowing. Called by the next one before it sends anything."""
    begun = queued.SENDING.add_columns(Message.chat_id).order_by(Message.id)
    rows = execute(begun, {"account": account_id, "device": device_id}).all()
    for row in rows:
        with transaction():
            _settle(account_id, row.chat_id, row.id, "uncertain", failure="interrupted")
    return len(rows)


def has_waiting(account_id: int, device_id: int) -> bool:
    """Whether a message waits so long that its job must have been lost."""
    return bool(session().scalar(queued.IS_LATE, {"account": account_id, "device": device_id}))


def _settle(account_id: int, chat_id: int, message_id: int, state: str, **values: str | datetime) -> None:
    """From `sending` to where it ended, in the message, its chat and everybody's browser.

    The chat is locked before its message, as everywhere: the other way round deadlocks with incoming events. It may
    have become one with another since the message was claimed.
    """
    chat_id = chat_of(account_id, message_id) or chat_id
    chat = execute(
        select(Chat.contact_id, Chat.last_message_id)
        .where(Chat.account_id == account_id, Chat.id == chat_id)
        .with_for_update()
    ).one()
    message = execute(
        update(Message)
        .where(Message.account_id == account_id, Message.id == message_id)
        .values(
            state=case((Message.state == "sending", state), else_=Message.state),
            version=Message.version + 1,
            **values,
        )
        .returning(Message.id, Message.kind, Message.state, Message.body, Message.extra, Message.failure)
    ).one()
    shown = {"last_state": message.state} if chat.last_message_id == message_id else {}
    execute(
        update(Chat)
        .where(Chat.account_id == account_id, Chat.id == chat_id)
        .values(version=Chat.version + 1, **shown)
    )
    if message.state == "failed":
        governing.reached_nobody(account_id, chat_id)
    seen = message.id if message.kind not in DEEDS else _settle_deed(account_id, message)
    announce(
        MessageChanged(
            account_id=account_id,
            actor=Actor.whatsapp(),
            chat_id=chat_id,
            contact_id=chat.contact_id,
            message_id=seen,
        )
    )


def _settle_deed(account_id: int, deed: Row[Any]) -> int:
    """What people see of a deed is its message, whose id this is."""
    if deed.state in ("failed", "uncertain"):
        return deeds.show_deed(account_id, deed, deed.state, deed.failure)
    return deeds.carry_out(account_id, deed, datetime.now(UTC))
