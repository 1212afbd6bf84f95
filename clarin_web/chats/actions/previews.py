"""The last line of a chat, kept in the chat's own row so that the inbox reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat


@dataclass(frozen=True, slots=True)
class MessageLine:
    """What the chat list shows of a message."""

    id: int
    at: datetime
    direction: str
    kind: str
    body: str
    state: str = ""


def words_of(row: Mapping[str, Any]) -> str:
    """What a list says of a message: its words, or those of what it brings along."""
    extra = row["extra"]
    named = ("file_name", "address") if row["kind"] in ("document", "location") else ()
    return row["body"] or next((str(extra[name]) for name in named if extra.get(name)), "")


def show_as_last(chat: Chat, line: MessageLine) -> None:
    """Make this the chat's last line, unless a later one is there already (events come out of order)."""
    if chat.last_message_id is None or (line.at, line.id) >= (chat.last_at, chat.last_message_id):
        chat.last_message_id, chat.last_at = line.id, line.at
        chat.last_direction, chat.last_kind, chat.last_state = line.direction, line.kind, line.state
        chat.last_preview = wa_preview(line.body)
    chat.version = chat.version + 1
