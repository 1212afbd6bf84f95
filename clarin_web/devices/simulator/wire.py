"""The simulator's events as JSON bytes, and back to dataclasses."""

from __future__ import annotations

import dataclasses
import json

from clarin_web.devices import plain
from clarin_web.devices.gateway import (
    CallHeard,
    Decoded,
    GroupNamed,
    IncomingMessage,
    MessageEdited,
    MessageRevoked,
    NumberFound,
    PersonNamed,
    PollOptionAdded,
    PollVote,
    PortraitTold,
    Reaction,
    Receipt,
)
from clarin_web.devices.outgoing import Outgoing


def encode(event: Decoded) -> tuple[bytes, str]:
    """Raw bytes and the kind under which they are stored; `decode` gives the same event back."""
    name = "history" if getattr(event, "history", False) else _NAMES[type(event)]
    return plain.dump(event), f"simulator.{name}"


def decode(event: str, raw: bytes) -> list[Decoded]:
    """[] for an event that is not about messages; ValueError for bytes that are not such an event."""
    cls = _TYPES.get(event)
    return [plain.load(cls, raw)] if cls else []


def words_of(message: Outgoing) -> str:
    """What somebody who gets it reads: the text, a place's or a person's name, a question, an emoji."""
    names = ("text", "caption", "question", "name", "emoji")
    return next((str(getattr(message, name)) for name in names if hasattr(message, name)), "")


def fields_of(message: Outgoing) -> str:
    """Everything it holds, as JSON; bytes by their number."""
    return json.dumps(dataclasses.asdict(message), ensure_ascii=False, default=len)


_NAMES: dict[type[Decoded], str] = {
    IncomingMessage: "message",
    MessageEdited: "edit",
    MessageRevoked: "revoke",
    Receipt: "receipt",
    Reaction: "reaction",
    PollVote: "vote",
    PollOptionAdded: "option",
    CallHeard: "call",
    GroupNamed: "group_name",
    PersonNamed: "person_name",
    NumberFound: "number_found",
    PortraitTold: "portrait",
}
_TYPES: dict[str, type[Decoded]] = {name: cls for cls, name in _NAMES.items()} | {"history": IncomingMessage}
