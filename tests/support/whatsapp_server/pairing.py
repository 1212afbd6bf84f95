"""Linking a device: references for its QR codes, and the owner's signature under its identity."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from .connection import Connection
from .nodes import SERVER, Node
from .people import Person
from .protos import proto

REFS = 6
ACCOUNT = b"\x06\x00"


@dataclass
class Candidate:
    """A client that has no number yet."""

    line: Connection
    refs: list[str] = field(default_factory=lambda: [secrets.token_urlsafe(24) for _ in range(REFS)])

    @property
    def identity(self) -> bytes:
        return bytes(self.line.client.devicePairingData.eIdent)

    def offer(self) -> None:
        refs = [Node("ref", {}, ref.encode()) for ref in self.refs]
        attrs = {"from": SERVER, "type": "set", "id": "pair-device", "xmlns": "md"}
        self.line.send(Node("iq", attrs, [Node("pair-device", {}, refs)]))

    def accept(self, owner: Person, number: int, secret: bytes, platform: str = "android") -> None:
        """Say that the owner agreed; the client checks the signature before it believes."""
        identity = _identity(owner, self.identity)
        signed = proto("waAdv.WAAdv").ADVSignedDeviceIdentityHMAC(details=identity.SerializeToString())
        signed.HMAC = hmac.digest(secret, signed.details, hashlib.sha256)
        jid = {"jid": owner.jid.linked(number), "lid": owner.lid.linked(number)}
        agreed = [
            Node("device-identity", {}, signed.SerializeToString()),
            Node("device", jid),
            Node("platform", {"name": platform}),
        ]
        attrs = {"from": SERVER, "type": "set", "id": "pair-success", "t": int(time.time())}
        self.line.send(Node("iq", attrs, [Node("pair-success", {}, agreed)]))


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a phone reads off a QR code."""

    ref: str
    noise: bytes
    identity: bytes
    secret: bytes

    @classmethod
    def read(cls, code: str) -> Scanned:
        ref, *keys, _client_type = code.rpartition("#")[2].split(",")
        return cls(ref, *(base64.b64decode(key) for key in keys))


def _identity(owner: Person, companion: bytes) -> Any:
    adv = proto("waAdv.WAAdv")
    details = adv.ADVDeviceIdentity(rawID=1, timestamp=int(time.time()), keyIndex=1).SerializeToString()
    return adv.ADVSignedDeviceIdentity(
        details=details,
        accountSignatureKey=owner.device.identity.public,
        accountSignature=owner.device.identity.sign(ACCOUNT + details + companion),
    )
