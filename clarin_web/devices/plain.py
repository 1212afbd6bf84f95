"""What WhatsApp tells, as JSON and back: for events that are ours to write down, as the simulator's all are."""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import datetime
from typing import Any

from clarin_web.devices.gateway import Address, Decoded, File, Kind, MessageKind
from clarin_web.devices.message_parts import Part

_ADDRESSES = ("chat", "sender", "chat_alt", "sender_alt", "found")
_TIMES = ("sent_at", "at")


def dump(event: Decoded) -> bytes:
    """`load` gives the same event back."""
    fields = {slot: _plain(getattr(event, slot)) for slot in event.__slots__}
    return json.dumps(fields, ensure_ascii=False).encode(errors="surrogatepass")


def load(cls: type[Decoded], raw: bytes) -> Decoded:
    """ValueError for bytes that are not such an event."""
    try:
        return cls(**_revive(json.loads(raw)))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"no {cls.__name__}: {error!r}") from error


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


def _revive(fields: dict[str, Any]) -> dict[str, Any]:
    revived = dict(fields)
    revived.update({name: _address(fields[name]) for name in _ADDRESSES if name in fields})
    revived.update({name: datetime.fromisoformat(fields[name]) for name in _TIMES if name in fields})
    revived.update({name: tuple(fields[name]) for name in ("wa_ids", "options") if name in fields})
    if file := fields.get("file"):
        revived["file"] = File(**{**file, "ref": base64.b64decode(file["ref"])})
    if "parts" in fields:
        revived["parts"] = tuple(Part(*part) for part in fields["parts"])
    if "kind" in fields:
        revived["kind"] = MessageKind(fields["kind"])
    return revived
