"""How the server reads what a client wrote, with the client's own dictionary."""

from __future__ import annotations

import zlib

from . import tokens
from .nodes import (
    AD_JID,
    BINARY_8,
    BINARY_20,
    DOMAINS,
    JID_PAIR,
    LIST_8,
    LIST_16,
    LIST_EMPTY,
    Jid,
    Node,
    Value,
)

DICTIONARY, HEX, BINARY_32, NIBBLE = range(236, 240), 251, 254, 255
LENGTHS = {BINARY_8: 1, BINARY_20: 3, BINARY_32: 4}
LETTERS = {NIBBLE: "0123456789-.\0\0\0\0", HEX: "0123456789ABCDEF"}
COMPRESSED = 2


def decode(frame: bytes) -> Node:
    """A frame's text as a node."""
    text = frame[1:]
    return _Reader(zlib.decompress(text) if frame[0] & COMPRESSED else text).node()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def node(self) -> Node:
        size = self._size(self._byte())
        tag = self._string()
        attrs: dict[str, Value] = {}
        for _ in range((size - 1) // 2):
            name = self._string()
            attrs[name] = self._value()
        return Node(tag, attrs, self._content() if size % 2 == 0 else None)

    def _content(self) -> bytes | list[Node] | None:
        kind = self._data[self._at]
        if kind in (LIST_8, LIST_16):
            self._at += 1
            return [self.node() for _ in range(self._size(kind))]
        if kind in LENGTHS:
            self._at += 1
            return self._raw(kind)
        value = self._value()
        return str(value).encode() if value != "" else None

    def _value(self) -> Value:
        kind = self._byte()
        if kind == JID_PAIR:
            return Jid(self._string(), self._string())
        if kind == AD_JID:
            domain, device = self._byte(), self._byte()
            servers = {number: server for server, number in DOMAINS.items()}
            return Jid(self._string(), servers[domain], device)
        return self._word(kind)

    def _string(self) -> str:
        return str(self._word(self._byte()))

    def _word(self, kind: int) -> str:
        if kind == LIST_EMPTY:
            return ""
        if kind in LENGTHS:
            return self._raw(kind).decode()
        if kind in LETTERS:
            return self._packed(LETTERS[kind])
        single, double = tokens.tables()
        return double[kind - DICTIONARY.start][self._byte()] if kind in DICTIONARY else single[kind]

    def _packed(self, letters: str) -> str:
        head = self._byte()
        text = "".join(letters[b >> 4] + letters[b & 15] for b in self._take(head & 127))
        return text[:-1] if head & 128 else text

    def _raw(self, kind: int) -> bytes:
        return self._take(self._number(LENGTHS[kind]))

    def _size(self, kind: int) -> int:
        return self._number({LIST_8: 1, LIST_16: 2}[kind])

    def _number(self, length: int) -> int:
        return int.from_bytes(self._take(length), "big")

    def _byte(self) -> int:
        return self._number(1)

    def _take(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]
