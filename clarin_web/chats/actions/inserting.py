"""A heard message as a row of its chat; the plain ones of a burst are rows before they are looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from clarin_web.chats.actions.hearing import Hearing
from clarin_web.chats.actions.senders import sender_name
from clarin_web.chats.actions.writing import quoted_preview
from clarin_web.db import execute
from clarin_web.devices.gateway import Decoded, IncomingMessage, Kind, MessageKind
from clarin_web.devices.mentions import mentioned
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat, Message

# Built once, and on the table: what SQLAlchemy makes of a statement costs more than the row it writes.
_TABLE = cast("Table", Message.__table__)
_NEW = (
    insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["account_id", "chat_id", "wa_id"])
    .returning(_TABLE.c.id, _TABLE.c.chat_id, _TABLE.c.wa_id)
)


def row_of(chat: Chat, event: IncomingMessage) -> dict[str, Any]:
    said = wa_preview(event.quoted_text)
    is_nobody = event.history and event.from_me  # history does not say which of our devices wrote
    return {
        "account_id": chat.account_id,
        "chat_id": chat.id,
        "wa_id": event.wa_id,
        "kind": event.kind.value,
        "direction": "out" if event.from_me else "in",
        "state": (event.state or "sent") if event.from_me else "",
        "body": event.text,
        "at": event.sent_at,
        "sender_key": "" if is_nobody else event.sender.key,
        "sender_name": sender_name(chat, event),
        "quoted_wa_id": event.quoted_wa_id,
        "extra": _extra(event),
        "quoted_preview": said or quoted_preview(chat.account_id, chat.id, event.quoted_wa_id),
        "sent_at": event.sent_at if event.from_me else None,
    }


def _extra(event: IncomingMessage) -> dict[str, Any]:
    parts = {"parts": [list(part) for part in event.parts]} if event.parts else {}
    return {**event.details, **parts}


def insert_message(hearing: Hearing, row: dict[str, Any]) -> int | None:
    """The new row's id, or None when this WhatsApp id is in the chat already."""
    written = hearing.take_written(row["chat_id"], row["wa_id"])
    if written is not None:
        return written
    found = execute(_NEW, row).one_or_none()
    return found.id if found else None


def is_plain(event: Decoded) -> bool:
    """A customer's own words, about nothing else: written a moment before those in front of it they change nothing."""
    return (
        isinstance(event, IncomingMessage)
        and event.kind is MessageKind.TEXT
        and event.chat.kind is not Kind.GROUP
        and not (event.from_me or event.history or event.quoted_wa_id or event.quoted_text)
        and not mentioned(event.text)
    )


def insert_together(hearing: Hearing, events: Sequence[Decoded]) -> None:
    """One statement for all of them whose chat is known and goes on. Each is still to be applied, in its turn."""
    rows = [row_of(chat, event) for event, chat in hearing.known(events) if chat.last_message_id is not None]
    if len(rows) > 1:
        hearing.written(execute(_NEW, rows).all())
