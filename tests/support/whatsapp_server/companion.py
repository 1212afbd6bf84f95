"""The linked device as the server sees it: its keys, its connection, and what it has not confirmed yet."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from .agreement import Bundle
from .connection import Connection
from .nodes import SERVER, Jid, Node
from .people import Person
from .stream import Gone

FAREWELL = "farewell"


@dataclass
class Companion:
    """Messages wait here until they are confirmed, and are said again at the next login."""

    owner: Person
    number: int
    identity: bytes
    line: Connection | None = None
    signed: Bundle | None = None
    once: deque[tuple[int, bytes]] = field(default_factory=deque)
    waiting: dict[str, Node] = field(default_factory=dict)
    ready: bool = False  # logged in, and asked for what it missed

    @property
    def jid(self) -> Jid:
        return self.owner.jid.linked(self.number)

    @property
    def lid(self) -> Jid:
        return self.owner.lid.linked(self.number)

    def bundle(self) -> Bundle:
        """For somebody who writes first; one of its keys is used up."""
        assert self.signed is not None, "the device left no keys yet"
        number, public = self.once.popleft()
        s = self.signed
        return Bundle(s.registration, s.identity, s.signed_id, s.signed, s.signature, number, public)

    def leave_keys(self, question: Node) -> None:
        signed = question.child("skey")
        self.signed = Bundle(
            registration=question.child("registration").data,
            identity=question.child("identity").data,
            signed_id=_number(signed),
            signed=signed.child("value").data,
            signature=signed.child("signature").data,
        )
        self.once.extend((_number(key), key.child("value").data) for key in question.child("list"))

    def deliver(self, node: Node) -> None:
        self.waiting[node.get("id")] = node
        if self.ready:
            self.say(node)

    def catch_up(self) -> None:
        self.ready = True
        for node in list(self.waiting.values()):
            self.say(node)

    def confirm(self, wa_id: str) -> None:
        self.waiting.pop(wa_id, None)
        if wa_id == FAREWELL:
            self.hang_up()

    def dismiss(self, last_words: Node) -> None:
        """The client hears in order: when it answers what comes after the last words, they were heard."""
        self.say(last_words)
        self.say(_farewell())

    def say(self, node: Node) -> None:
        """Into the void while nobody is on the line."""
        try:
            if self.line is not None:
                self.line.send(node)
        except Gone:
            self.hang_up()

    def hang_up(self) -> None:
        line, self.line, self.ready = self.line, None, False
        if line is not None:
            line.cut()


def turn_away(line: Connection, last_words: Node) -> None:
    """The end of a login: the line is closed when the client has heard why, or by the client."""
    line.send(last_words)
    line.send(_farewell())
    while line.receive().get("id") != FAREWELL:
        pass


def _farewell() -> Node:
    return Node("notification", {"from": SERVER, "type": FAREWELL, "id": FAREWELL, "t": int(time.time())})


def _number(key: Node) -> int:
    return int.from_bytes(key.child("id").data, "big")
