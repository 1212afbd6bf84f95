"""The last line of a chat, kept in the chat's own row so that the inbox reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarin_web.devices.message_parts import read_parts, words_of_parts
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
    found = row["body"] or next((str(extra[name]) for name in named if extra.get(name)), "")
    return found or words_of_parts(read_parts(extra)) or str(extra.get("ad_title", ""))


def kind_of(row: Mapping[str, Any]) -> str:
    """How a list calls it: an order is one, though its message has no kind of its own; so is what cannot be read."""
    extra, kind = row["extra"], str(row["kind"])
    if kind == "unknown":
        return str(extra.get("named") or extra.get("type") or kind)
    return "from_ad" if kind == "text" and extra.get("came") == "ad" and not words_of(row) else kind


def show_as_last(chat: Chat, line: MessageLine) -> None:
    """Make this the chat's last line, unless a later one is there already (events come out of order)."""
    if chat.last_message_id is None or (line.at, line.id) >= (chat.last_at, chat.last_message_id):
        chat.last_message_id, chat.last_at = line.id, line.at
        chat.last_direction, chat.last_kind, chat.last_state = line.direction, line.kind, line.state
        chat.last_preview = wa_preview(line.body)
    chat.version = chat.version + 1
