"""The simulator's events as JSON bytes, and back to dataclasses."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from clarin_web.devices.gateway import (
    Address,
    CallHeard,
    Decoded,
    File,
    GroupNamed,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PollVote,
    Reaction,
    Receipt,
)
from clarin_web.devices.outgoing import Outgoing


def encode(event: Decoded) -> tuple[bytes, str]:
    """Raw bytes and the kind under which they are stored; `decode` gives the same event back."""
    name = "history" if getattr(event, "history", False) else _NAMES[type(event)]
    fields = {slot: _plain(getattr(event, slot)) for slot in event.__slots__}
    raw = json.dumps(fields, ensure_ascii=False).encode(errors="surrogatepass")
    return raw, f"simulator.{name}"


def decode(event: str, raw: bytes) -> list[Decoded]:
    """[] for an event that is not about messages; ValueError for bytes that are not such an event."""
    reader = _READERS.get(event)
    if reader is None:
        return []
    try:
        return [reader(json.loads(raw))]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"not a simulator {event}: {error!r}") from error


def words_of(message: Outgoing) -> str:
    """What somebody who gets it reads: the text, a place's or a person's name, a question, an emoji."""
    names = ("text", "caption", "question", "name", "emoji")
    return next((str(getattr(message, name)) for name in names if hasattr(message, name)), "")


def fields_of(message: Outgoing) -> str:
    """Everything it holds, as JSON; bytes by their number."""
    return json.dumps(dataclasses.asdict(message), ensure_ascii=False, default=len)


def _plain(value: Any) -> Any:
    if isinstance(value, Address):
        return [value.kind.value, value.value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, File):
        return {**dataclasses.asdict(value), "ref": base64.b64encode(value.ref).decode()}
    return list(value) if isinstance(value, tuple) else value


def _address(value: list[str] | None) -> Address | None:
    return Address(Kind(value[0]), value[1]) if value else None


_ADDRESSES = ("chat", "sender", "chat_alt", "sender_alt")
_TIMES = ("sent_at", "at")


def _revive(fields: dict[str, Any]) -> dict[str, Any]:
    revived = dict(fields)
    revived.update({name: _address(fields[name]) for name in _ADDRESSES if name in fields})
    revived.update({name: datetime.fromisoformat(fields[name]) for name in _TIMES if name in fields})
    revived.update({name: tuple(fields[name]) for name in ("wa_ids", "options") if name in fields})
    if file := fields.get("file"):
        revived["file"] = File(**{**file, "ref": base64.b64decode(file["ref"])})
    if "kind" in fields:
        revived["kind"] = MessageKind(fields["kind"])
    return revived


_NAMES: dict[type, str] = {
    IncomingMessage: "message",
    MessageEdited: "edit",
    MessageRevoked: "revoke",
    Receipt: "receipt",
    Reaction: "reaction",
    PollVote: "vote",
    CallHeard: "call",
    GroupNamed: "group_name",
}


def _reader(cls: type[Decoded]) -> Callable[[dict[str, Any]], Decoded]:
    return lambda fields: cls(**_revive(fields))


_READERS = {name: _reader(cls) for cls, name in _NAMES.items()} | {"history": _reader(IncomingMessage)}
