"""Nodes, the sentences of WhatsApp's binary XML, and how the server writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

LIST_EMPTY, AD_JID, LIST_8, LIST_16, JID_PAIR, BINARY_8, BINARY_20 = 0, 247, 248, 249, 250, 252, 253
DOMAINS = {"s.whatsapp.net": 0, "lid": 1}


@dataclass(frozen=True, slots=True)
class Jid:
    """An address on the wire; `device` 0 is the phone itself."""

    user: str
    server: str = "s.whatsapp.net"
    device: int = 0

    @classmethod
    def parse(cls, text: str) -> Jid:
        user, _, server = text.rpartition("@")
        name, _, device = user.partition(":")
        return cls(name, server, int(device or 0))

    @property
    def bare(self) -> Jid:
        return Jid(self.user, self.server)

    def linked(self, device: int) -> Jid:
        return Jid(self.user, self.server, device)

    def __str__(self) -> str:
        device = f":{self.device}" if self.device else ""
        return f"{self.user}{device}@{self.server}" if self.user else self.server


SERVER = Jid("", "s.whatsapp.net")
Value = str | int | Jid


@dataclass(slots=True)
class Node:
    """`content` is bytes, or nodes; the client reads numbers as text."""

    tag: str
    attrs: dict[str, Value] = field(default_factory=dict)
    content: bytes | list[Node] | None = None

    def __iter__(self) -> Iterator[Node]:
        return iter(self.content if isinstance(self.content, list) else ())

    def child(self, *path: str) -> Node:
        """The first child by that name, and its child …; an empty node where there is none."""
        node = self
        for tag in path:
            node = next((child for child in node if child.tag == tag), Node(""))
        return node

    @property
    def data(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else b""

    def get(self, name: str) -> str:
        return str(self.attrs.get(name, ""))


def encode(node: Node) -> bytes:
    """A frame's text: one byte that says "not compressed", then the node."""
    return b"\0" + _node(node)


def _node(node: Node) -> bytes:
    size = 1 + 2 * len(node.attrs) + (node.content is not None)
    parts = [_list(size), _text(node.tag)]
    for name, value in node.attrs.items():
        parts += [_text(name), _jid(value) if isinstance(value, Jid) else _text(str(value))]
    if isinstance(node.content, bytes):
        parts.append(_bytes(node.content))
    elif node.content is not None:
        parts += [_list(len(node.content)), *map(_node, node.content)]
    return b"".join(parts)


def _list(size: int) -> bytes:
    return bytes((LIST_8, size)) if size < 256 else bytes((LIST_16, *size.to_bytes(2, "big")))


def _jid(jid: Jid) -> bytes:
    if jid.device:
        return bytes((AD_JID, DOMAINS[jid.server], jid.device)) + _text(jid.user)
    return bytes((JID_PAIR,)) + (_text(jid.user) if jid.user else bytes((LIST_EMPTY,))) + _text(jid.server)


def _text(text: str) -> bytes:
    return _bytes(text.encode())


def _bytes(data: bytes) -> bytes:
    if len(data) < 256:
        return bytes((BINARY_8, len(data))) + data
    return bytes((BINARY_20,)) + len(data).to_bytes(3, "big") + data
