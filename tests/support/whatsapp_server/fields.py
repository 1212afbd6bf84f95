"""Protobuf by hand, for libsignal's two small messages, whose classes neonize does not bring along."""

from __future__ import annotations

Fields = dict[int, int | bytes]


def pack(fields: Fields) -> bytes:
    """Field numbers to values: whole numbers or bytes."""
    packed = b""
    for number, value in fields.items():
        if isinstance(value, bytes):
            packed += _varint(number << 3 | 2) + _varint(len(value)) + value
        else:
            packed += _varint(number << 3) + _varint(value)
    return packed


def unpack(data: bytes) -> Fields:
    """The inverse; the last of a repeated field wins."""
    fields: Fields = {}
    at = 0
    while at < len(data):
        key, at = _read(data, at)
        value, at = _read(data, at)
        if key & 7 == 2:
            fields[key >> 3], at = data[at : at + value], at + value
        else:
            fields[key >> 3] = value
    return fields


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes((*written, number))


def _read(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number, shift, at = number | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return number, at
