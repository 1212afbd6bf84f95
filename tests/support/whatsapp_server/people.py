"""Somebody with WhatsApp: two names on the wire, one phone, and what that phone has received."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from .agreement import Device
from .nodes import Jid
from .protos import proto


def contents() -> Any:
    return proto("waE2E.WAWebProtobufsE2E")


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the phone of its reader shows it."""

    wa_id: str
    message: Any

    @property
    def text(self) -> str:
        return self.message.conversation or self.message.extendedTextMessage.text


@dataclass
class Person:
    """`phone`: digits. The private id follows from it, so that tests can say both. `typed_as`: the digits by which people
    find them, where WhatsApp knows them by others.
    """

    phone: str
    name: str = ""
    device: Device = field(default_factory=Device)
    received: list[Received] = field(default_factory=list)
    typed_as: str = ""
    cannot_open: int = 0  # of the next messages

    @property
    def jid(self) -> Jid:
        return Jid(self.phone)

    @property
    def lid(self) -> Jid:
        return Jid(f"9{self.phone[::-1]}", "lid")

    def is_called(self, jid: Jid) -> bool:
        return jid.bare in (self.jid, self.lid)

    def has(self, wa_id: str) -> bool:
        """A phone shows an id once, however often it comes."""
        return any(got.wa_id == wa_id for got in self.received)

    def seal(self, message: Any) -> tuple[str, bytes]:
        """For the linked device, padded as WhatsApp does."""
        length = random.randrange(1, 16)
        return self.device.seal(message.SerializeToString() + bytes((length,)) * length)

    def open(self, kind: str, sealed: bytes) -> Any:
        if self.cannot_open:
            self.cannot_open -= 1
            raise LookupError("a phone that cannot open it")
        text = self.device.open(kind, sealed)
        return contents().Message.FromString(text[: -text[-1]])


def fresh_id() -> str:
    """What a phone calls its message."""
    return "3EB0" + random.randbytes(9).hex().upper()
