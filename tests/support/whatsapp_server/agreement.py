"""X3DH: how two devices that never met agree on a first key, from keys left at the server beforehand."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .fields import pack, unpack
from .keys import DJB, KeyPair, expand
from .nodes import Node
from .ratchet import NO_SALT, VERSION, Ratchet

PRE_KEY, BASE_KEY, IDENTITY, MESSAGE, REGISTRATION, SIGNED_PRE_KEY = 1, 2, 3, 4, 5, 6
FIRST, LATER = "pkmsg", "msg"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a device left at the server for whoever wants to write to it."""

    registration: bytes
    identity: bytes
    signed_id: int
    signed: bytes
    signature: bytes
    once_id: int | None = None
    once: bytes = b""

    @classmethod
    def read(cls, keys: Node) -> Bundle:
        """As a client sends it with the request to write once more."""
        signed, once = keys.child("skey"), keys.child("key")
        return cls(
            registration=b"",
            identity=keys.child("identity").data,
            signed_id=int.from_bytes(signed.child("id").data, "big"),
            signed=signed.child("value").data,
            signature=signed.child("signature").data,
            once_id=int.from_bytes(once.child("id").data, "big"),
            once=once.child("value").data,
        )

    def nodes(self) -> list[Node]:
        signed = Node("skey", {}, [*_key(self.signed_id, self.signed), Node("signature", {}, self.signature)])
        once = [] if self.once_id is None else [Node("key", {}, _key(self.once_id, self.once))]
        keys = [Node("type", {}, DJB), Node("identity", {}, self.identity), signed, *once]
        return [Node("registration", {}, self.registration), *keys]


def _key(number: int, public: bytes) -> list[Node]:
    return [Node("id", {}, number.to_bytes(3, "big")), Node("value", {}, public)]


@dataclass
class Device:
    """A phone that speaks Signal with the client under test, and with nobody else."""

    identity: KeyPair = field(default_factory=KeyPair)
    signed: KeyPair = field(default_factory=KeyPair)
    registration: int = field(default_factory=lambda: random.randrange(1, 16380))
    _ratchet: Ratchet | None = None
    _earlier: list[Ratchet] = field(default_factory=list)  # what is on its way from before a new beginning
    _base_seen: bytes = b""

    def bundle(self) -> Bundle:
        signature = self.identity.sign(DJB + self.signed.public)
        registration = self.registration.to_bytes(4, "big")
        return Bundle(registration, self.identity.public, 1, self.signed.public, signature)

    @property
    def knows_them(self) -> bool:
        return self._ratchet is not None

    def greet(self, them: Bundle) -> None:
        """Begin a conversation with the keys they left at the server."""
        base = KeyPair()
        secrets = [
            self.identity.agree(them.signed),
            base.agree(them.identity),
            base.agree(them.signed),
            *([base.agree(them.once)] if them.once else []),
        ]
        root, chain = _roots(secrets)
        self._put_by()
        self._ratchet = Ratchet.begun_here(root, chain, them.signed, self._identities(them.identity))
        fields = {BASE_KEY: DJB + base.public, IDENTITY: DJB + self.identity.public}
        numbers = {REGISTRATION: self.registration, SIGNED_PRE_KEY: them.signed_id}
        once = {PRE_KEY: them.once_id} if them.once_id is not None else {}
        self._ratchet.first = pack({**fields, **numbers, **once})

    def seal(self, text: bytes) -> tuple[str, bytes]:
        """The kind of the sealed message, and the message."""
        assert self._ratchet is not None
        sealed = self._ratchet.seal(text)
        if not self._ratchet.first:
            return LATER, sealed
        return FIRST, VERSION + self._ratchet.first + pack({MESSAGE: sealed})

    def open(self, kind: str, sealed: bytes) -> bytes:
        if kind == FIRST:
            fields = unpack(sealed[1:])
            self._meet(fields)
            sealed = bytes(fields[MESSAGE])
        return self._open_with_any(sealed)

    def _put_by(self) -> None:
        self._earlier = [self._ratchet, *self._earlier][:10] if self._ratchet else []

    def _open_with_any(self, sealed: bytes) -> bytes:
        """The newest conversation that knows the key; it is the one that goes on, as on a phone."""
        assert self._ratchet is not None
        tried = [self._ratchet, *self._earlier]
        failed = []
        for number, ratchet in enumerate(old.copied() for old in tried):
            try:
                text = ratchet.open(sealed)
            except (AssertionError, KeyError, ValueError) as error:
                failed.append(f"{error!r}")
                continue
            ratchet.first = b""
            self._ratchet, self._earlier = ratchet, tried[:number] + tried[number + 1 :]
            return text
        raise LookupError(f"sealed in none of the {len(tried)} conversations there were: {failed}")

    def _meet(self, fields: dict[int, int | bytes]) -> None:
        base, identity = bytes(fields[BASE_KEY]), bytes(fields[IDENTITY])
        if base == self._base_seen:
            return
        self._base_seen = base
        secrets = [self.signed.agree(identity), self.identity.agree(base), self.signed.agree(base)]
        root, chain = _roots(secrets)
        self._put_by()
        self._ratchet = Ratchet.begun_there(root, chain, self.signed, self._identities(identity))

    def _identities(self, theirs: bytes) -> tuple[bytes, bytes]:
        return DJB + self.identity.public, DJB + theirs[-32:]


def _roots(secrets: list[bytes]) -> tuple[bytes, bytes]:
    both = expand(b"\xff" * 32 + b"".join(secrets), 64, b"WhisperText", NO_SALT)
    return both[:32], both[32:]
