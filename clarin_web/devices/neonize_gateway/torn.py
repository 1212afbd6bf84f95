"""Bytes of which not everything can be read: where a message came from, when only its content is beyond us."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import DecodeError

from clarin_web.devices.neonize_gateway import protos

_LENGTH = 2  # the wire type of what says how long it is
_FIXED = {1: 8, 5: 4}


def info_of(raw: bytes) -> Any | None:
    """The MessageInfo of a neonize Message that is no Message; None when that cannot be read either."""
    events, _ = protos.load()
    wanted = events.Message.DESCRIPTOR.fields_by_name["Info"].number
    try:
        part = _field(raw, wanted)
        return events.MessageInfo.FromString(part) if part else None
    except (DecodeError, ValueError, IndexError):
        return None


def _field(raw: bytes, wanted: int) -> bytes:
    """The first part with this number; b"" when there is none."""
    at = 0
    while at < len(raw):
        tag, at = _number(raw, at)
        kind = tag & 7
        if kind == _LENGTH:
            size, at = _number(raw, at)
            if tag >> 3 == wanted:
                return raw[at : at + size]
            at += size
        elif kind in _FIXED:
            at += _FIXED[kind]
        elif kind == 0:
            _, at = _number(raw, at)
        else:
            raise ValueError("no such wire type")
    return b""


def _number(raw: bytes, at: int) -> tuple[int, int]:
    """A varint, and where it ends. IndexError when the bytes end first."""
    value = 0
    for place in range(10):
        value |= (raw[at + place] & 127) << (7 * place)
        if raw[at + place] < 128:
            return value, at + place + 1
    raise ValueError("a number without end")
