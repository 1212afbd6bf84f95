"""Apply one decoded WhatsApp event. The same event twice changes nothing; late ones never take anything back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.chats.actions import amending
from clarin_web.chats.actions.adopting import adopt_by_echo
from clarin_web.chats.actions.amending import NotYet
from clarin_web.chats.actions.opening import Opened, open_chat
from clarin_web.chats.actions.owing import owe_lead
from clarin_web.chats.actions.previews import MessageLine, show_as_last
from clarin_web.chats.actions.writing import quoted_preview
from clarin_web.db import execute, session
from clarin_web.devices.gateway import (
    Decoded,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageRevoked,
    Reaction,
    Receipt,
)
from clarin_web.events import Actor, ContactWroteFirst, MessageReceived, announce
from clarin_web.lib.text import clean_text
from clarin_web.lib.wa_text import MAX_LENGTH
from clarin_web.models import Chat, Device, Message

__all__ = ["NotYet", "apply_event"]
DETAILS = 20


def apply_event(device: Device, event: Decoded) -> None:
    """Inside the caller's transaction. Raises NotYet when the message it is about has not arrived."""
    match event:
        case IncomingMessage():
            _receive(device, event)
        case Receipt():
            amending.apply_receipt(device, event)
        case Reaction():
            amending.apply_reaction(device, event)
        case MessageEdited():
            amending.apply_edit(device, event)
        case MessageRevoked():
            amending.apply_revocation(device, event)


def _receive(device: Device, event: IncomingMessage) -> None:
    group_name = str(event.details.get("group_name", ""))
    opened = open_chat(device, event.chat, event.chat_alt, _name_of_other(event), group_name)
    if opened is None:
        return
    adopt_by_echo(opened.chat, event)
    message_id = _insert(opened.chat, event)
    if message_id is None:
        _echo(opened.chat, event)
        return
    _count(opened.chat, event, message_id)
    _touch_device(device, event)
    _announce(device, opened, event, message_id)


def _name_of_other(event: IncomingMessage) -> str:
    """A push name is its sender's: our own messages and a group's say nothing about the chat's contact."""
    return "" if event.from_me or event.chat.kind is Kind.GROUP else event.push_name


def _insert(chat: Chat, event: IncomingMessage) -> int | None:
    """The new row's id, or None when this WhatsApp id is in the chat already."""
    row = {
        "account_id": chat.account_id,
        "chat_id": chat.id,
        "wa_id": event.wa_id,
        "kind": event.kind.value,
        "direction": "out" if event.from_me else "in",
        "state": "sent" if event.from_me else "",
        "body": clean_text(event.text, MAX_LENGTH),
        "at": heard_at(event.sent_at),
        "sender_key": event.sender.key,
        "sender_name": clean_text(event.push_name, 80, one_line=True) if chat.kind == "group" else "",
        "quoted_wa_id": event.quoted_wa_id,
        "extra": dict(list(event.details.items())[:DETAILS]),
        "quoted_preview": quoted_preview(chat.account_id, chat.id, event.quoted_wa_id),
        "sent_at": heard_at(event.sent_at) if event.from_me else None,
    }
    statement = (
        insert(Message).values(row).on_conflict_do_nothing(index_elements=["account_id", "chat_id", "wa_id"])
    )
    return execute(statement.returning(Message.id)).scalar_one_or_none()


def heard_at(when: datetime) -> datetime:
    """A phone with a wrong clock must not hold the top of the list until its future comes."""
    return min(when, datetime.now(UTC))


def _echo(chat: Chat, event: IncomingMessage) -> None:
    """WhatsApp shows us our own message: so it did leave, whatever its row still says."""
    if event.from_me:
        amending.upgrade(chat.account_id, [chat.id], [event.wa_id], "sent", event.sent_at)


def _count(chat: Chat, event: IncomingMessage, message_id: int) -> None:
    direction, at = ("out" if event.from_me else "in"), heard_at(event.sent_at)
    state = "sent" if event.from_me else ""
    show_as_last(chat, MessageLine(message_id, at, direction, event.kind.value, event.text, state))
    if not event.from_me:
        chat.unread = chat.unread + 1
        chat.waiting_since = chat.waiting_since or (at if chat.kind == "user" else None)
    elif chat.waiting_since and at >= chat.waiting_since:
        chat.waiting_since, chat.unread = None, 0
    session().flush()  # autoflush is off; later events of this transaction read the row


def _touch_device(device: Device, event: IncomingMessage) -> None:
    column = Device.last_out_at if event.from_me else Device.last_in_at
    at = heard_at(event.sent_at)
    execute(
        update(Device)
        .where(Device.account_id == device.account_id, Device.id == device.id)
        .values({column: func.greatest(func.coalesce(column, at), at)})
        .execution_options(synchronize_session=False)
    )


def _announce(device: Device, opened: Opened, event: IncomingMessage, message_id: int) -> None:
    chat, actor = opened.chat, Actor.whatsapp()
    about: dict[str, Any] = {
        "account_id": chat.account_id,
        "actor": actor,
        "chat_id": chat.id,
        "contact_id": chat.contact_id,
    }
    announce(MessageReceived(**about, message_id=message_id))
    first = not event.from_me and chat.kind == "user" and _is_first_word(chat, message_id)
    if first and device.creates_leads:
        owe_lead(chat)
        announce(
            ContactWroteFirst(
                **about,
                device_id=device.id,
                pipeline_id=device.lead_pipeline_id,
            )
        )


def _is_first_word(chat: Chat, message_id: int) -> bool:
    """Nothing else was ever said here: a chat we began is not one where a stranger wrote first."""
    others = select(Message.id).where(
        Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.id != message_id
    )
    return execute(others.limit(1)).first() is None
