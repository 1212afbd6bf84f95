"""Apply one decoded WhatsApp event. The same event twice changes nothing; late ones never take anything back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.chats.actions import amending
from clarin_web.chats.actions.adopting import adopt_by_echo
from clarin_web.chats.actions.amending import NotYet
from clarin_web.chats.actions.opening import open_chat
from clarin_web.chats.actions.owing import owe_lead
from clarin_web.chats.actions.previews import MessageLine, show_as_last
from clarin_web.chats.actions.settled import Place, settled_chats
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
from clarin_web.media.actions import Announced, expect
from clarin_web.models import Chat, Device, Message

__all__ = ["NotYet", "apply_event"]
DETAILS = 20


class Hearing:
    """One transaction of a device's events: a chat that was found stays found, until something else changes chats."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._chats: dict[Place, Chat] = {}
        self._touched: dict[Any, datetime] = {}

    def prepare(self, events: Iterable[Decoded]) -> None:
        """Find together the chats of a burst; worth it for more than one."""
        places = [_place(event) for event in events if isinstance(event, IncomingMessage)]
        if len(places) > 1:
            self._chats = settled_chats(self.device, places)

    def open(self, event: IncomingMessage) -> Chat | None:
        """As `open_chat()`: None for one of the business's own numbers."""
        place = _place(event)
        if place not in self._chats:
            self.forget()
            opened = open_chat(self.device, place.address, place.alt, place.push_name, place.group_name)
            if opened is None:
                return None
            self._chats[place] = opened.chat
        return self._chats[place]

    def forget(self) -> None:
        """Write what the chats hold: others read their rows, or change them."""
        session().flush()
        self._chats.clear()

    def touch(self, column: Any, at: datetime) -> None:
        self._touched[column] = max(at, self._touched.get(column, at))

    def finish(self) -> None:
        """When the device last heard and spoke, once for all its events."""
        if not self._touched:
            return
        latest = {
            column: func.greatest(func.coalesce(column, at), at) for column, at in self._touched.items()
        }
        mine = Device.account_id == self.device.account_id, Device.id == self.device.id
        execute(update(Device).where(*mine).values(latest).execution_options(synchronize_session=False))


def apply_event(hearing: Hearing, event: Decoded) -> None:
    """Inside the caller's transaction. Raises NotYet when the message it is about has not arrived."""
    if isinstance(event, IncomingMessage):
        _receive(hearing, event)
        return
    hearing.forget()
    device = hearing.device
    match event:
        case Receipt():
            amending.apply_receipt(device, event)
        case Reaction():
            amending.apply_reaction(device, event)
        case MessageEdited():
            amending.apply_edit(device, event)
        case MessageRevoked():
            amending.apply_revocation(device, event)


def _receive(hearing: Hearing, event: IncomingMessage) -> None:
    chat = hearing.open(event)
    if chat is None:
        return
    adopt_by_echo(chat, event)
    message_id = _insert(chat, event)
    if message_id is None:
        hearing.forget()
        _echo(chat, event)
        return
    is_first = chat.last_message_id is None
    _expect_file(hearing.device, event, message_id)
    _count(chat, event, message_id)
    hearing.touch(Device.last_out_at if event.from_me else Device.last_in_at, heard_at(event.sent_at))
    _announce(hearing.device, chat, event, message_id, is_first)


def _expect_file(device: Device, event: IncomingMessage, message_id: int) -> None:
    """Its bytes follow on a thread of their own."""
    if event.file is not None:
        announced = Announced(**{name: getattr(event.file, name) for name in Announced.__slots__})
        expect(device.account_id, message_id, device.id, announced, at_once=not event.history)


def _place(event: IncomingMessage) -> Place:
    """A push name is its sender's: our own messages and a group's say nothing about the chat's contact."""
    name = "" if event.from_me or event.chat.kind is Kind.GROUP else event.push_name
    alt = event.chat_alt if event.chat_alt and event.chat_alt.kind is not event.chat.kind else None
    return Place(event.chat, alt, name, str(event.details.get("group_name", "")))


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


def _announce(device: Device, chat: Chat, event: IncomingMessage, message_id: int, is_first: bool) -> None:
    actor = Actor.whatsapp()
    about: dict[str, Any] = {
        "account_id": chat.account_id,
        "actor": actor,
        "chat_id": chat.id,
        "contact_id": chat.contact_id,
    }
    announce(MessageReceived(**about, message_id=message_id))
    if event.from_me or chat.kind != "user" or not is_first or not device.creates_leads:
        return
    if _is_first_word(chat, message_id):
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
