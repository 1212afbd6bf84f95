"""One transaction of a device's events, and what is done once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, update

from clarin_web.chats.actions.opening import open_chat
from clarin_web.chats.actions.settled import Place, settled_chats
from clarin_web.db import execute, session
from clarin_web.devices.gateway import Decoded, IncomingMessage, Kind
from clarin_web.events import Actor, HistoryCame, announce
from clarin_web.models import Chat, Device, WhatsappEvent


class Hearing:
    """A chat that was found stays found, until something else changes chats."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._chats: dict[Place, Chat] = {}
        self._settled: set[Place] = set()
        self._touched: dict[Any, datetime] = {}
        self._came: list[str] = []
        self._remembered: dict[int, int] = {}
        self._written: dict[tuple[int, str], int] = {}

    def prepare(self, events: Iterable[Decoded]) -> None:
        """Find together the chats of a burst; worth it for more than one."""
        places = [_place(event) for event in events if isinstance(event, IncomingMessage)]
        if len(places) > 1:
            self.forget()
            self._find(places)

    def _find(self, places: Iterable[Place]) -> None:
        self._chats = settled_chats(self.device, places)
        self._settled = set(self._chats)

    def known(self, events: Iterable[Decoded]) -> list[tuple[IncomingMessage, Chat]]:
        """Those whose chat has been found, with it."""
        heard = [event for event in events if isinstance(event, IncomingMessage)]
        return [(event, chat) for event in heard if (chat := self._chats.get(_place(event)))]

    def written(self, rows: Iterable[Row[tuple[int, int, str]]]) -> None:
        """Messages that are rows already: (id, chat, WhatsApp's id)."""
        self._written = {(chat_id, wa_id): message_id for message_id, chat_id, wa_id in rows}

    def take_written(self, chat_id: int, wa_id: str) -> int | None:
        """Once: heard again it is an old one."""
        return self._written.pop((chat_id, wa_id), None)

    def open(self, event: IncomingMessage) -> Chat | None:
        """As `open_chat()`: None for one of the business's own numbers, and for groups where they are switched off."""
        if event.chat.kind is Kind.GROUP and not self.device.groups:
            return None
        place = _place(event)
        if place not in self._chats:
            self.forget()
            if place in self._settled:  # forgotten with others, for the sake of one that was not
                self._find(self._settled)
        if place not in self._chats:
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

    def came(self, wa_id: str) -> None:
        """A new message is there; what was said about it earlier may have been waiting."""
        self._came.append(wa_id)

    def remembered(self, chat: Chat) -> None:
        """The chat grew at its far end."""
        self._remembered[chat.id] = chat.contact_id

    def finish(self) -> None:
        self._wake_parked()
        self._touch_device()
        for chat_id, contact_id in self._remembered.items():
            account_id = self.device.account_id
            announce(
                HistoryCame(
                    account_id=account_id, actor=Actor.whatsapp(), chat_id=chat_id, contact_id=contact_id
                )
            )

    def _wake_parked(self) -> None:
        """What was given up because its message did not come is to be tried again, now that it came."""
        if not self._came:
            return
        execute(
            update(WhatsappEvent)
            .where(
                WhatsappEvent.account_id == self.device.account_id,
                WhatsappEvent.device_id == self.device.id,
                WhatsappEvent.error.in_([waits_for(wa_id) for wa_id in self._came]),
                WhatsappEvent.error != "",
                WhatsappEvent.processed_at.is_not(None),
            )
            .values(processed_at=None, error="", received_at=func.now())
            .execution_options(synchronize_session=False)
        )

    def _touch_device(self) -> None:
        """When the device last heard and spoke, once for all its events."""
        if not self._touched:
            return
        latest = {
            column: func.greatest(func.coalesce(column, at), at) for column, at in self._touched.items()
        }
        mine = Device.account_id == self.device.account_id, Device.id == self.device.id
        execute(update(Device).where(*mine).values(latest).execution_options(synchronize_session=False))


def waits_for(wa_id: str) -> str:
    """What the row of a parked event says: the message that is missing."""
    return f"waits for message {wa_id}"[:200]


def _place(event: IncomingMessage) -> Place:
    """A push name is its sender's: our own messages and a group's say nothing about the chat's contact."""
    name = "" if event.from_me or event.chat.kind is Kind.GROUP else event.push_name
    alt = event.chat_alt if event.chat_alt and event.chat_alt.kind is not event.chat.kind else None
    return Place(event.chat, alt, name, str(event.details.get("group_name", "")))
