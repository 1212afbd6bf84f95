"""Signal's double ratchet: every message has its own key, and answers renew the keys of both sides."""

from __future__ import annotations

import copy
import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from .fields import pack, unpack
from .keys import DJB, KeyPair, expand

VERSION, MAC_LENGTH = b"\x33", 8
RATCHET_KEY, COUNTER, PREVIOUS, TEXT = 1, 2, 3, 4
NO_SALT = bytes(32)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)


def cbc(key: bytes, iv: bytes, text: bytes) -> bytes:
    """AES-CBC with PKCS#7, as messages and media use it."""
    padder, writer = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return writer.update(padder.update(text) + padder.finalize()) + writer.finalize()


def uncbc(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    unpadder, reader = PKCS7(128).unpadder(), Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return unpadder.update(reader.update(sealed) + reader.finalize()) + unpadder.finalize()


@dataclass
class Chain:
    """A row of message keys, one after the other."""

    key: bytes
    count: int = 0
    skipped: dict[int, bytes] = field(default_factory=dict)

    def copied(self) -> Chain:
        return Chain(self.key, self.count, dict(self.skipped))

    def next(self) -> tuple[int, bytes]:
        seed, self.key, self.count = _hmac(self.key, b"\1"), _hmac(self.key, b"\2"), self.count + 1
        return self.count - 1, seed

    def at(self, count: int) -> bytes:
        """The key of that message; the keys passed over wait for their late messages."""
        while self.count <= count:
            number, seed = self.next()
            self.skipped[number] = seed
        return self.skipped.pop(count)


@dataclass
class MessageKeys:
    """What one message is locked with."""

    cipher: bytes
    mac: bytes
    iv: bytes

    @classmethod
    def of(cls, seed: bytes) -> MessageKeys:
        keys = expand(seed, 80, b"WhisperMessageKeys", NO_SALT)
        return cls(keys[:32], keys[32:64], keys[64:])


class Ratchet:
    """One conversation between two devices. `identities`: ours, theirs, as 33 bytes."""

    def __init__(self, root: bytes, ours: KeyPair, identities: tuple[bytes, bytes]) -> None:
        self._root, self._ours, self._identities = root, ours, identities
        self._sending: Chain | None = None
        self._receiving: dict[bytes, Chain] = {}
        self._previous = 0
        self.first = b""  # repeated with every message until the other side has answered

    @classmethod
    def begun_here(
        cls, root: bytes, chain: bytes, their_key: bytes, identities: tuple[bytes, bytes]
    ) -> Ratchet:
        """We wrote first: their signed pre-key already has a chain, ours is new."""
        ratchet = cls(root, KeyPair(), identities)
        ratchet._receiving[their_key[-32:]] = Chain(chain)
        ratchet._sending = Chain(ratchet._turn(their_key))
        return ratchet

    @classmethod
    def begun_there(
        cls, root: bytes, chain: bytes, ours: KeyPair, identities: tuple[bytes, bytes]
    ) -> Ratchet:
        """They wrote first, to our signed pre-key."""
        ratchet = cls(root, ours, identities)
        ratchet._sending = Chain(chain)
        return ratchet

    def copied(self) -> Ratchet:
        """What opening changes is the copy's own."""
        other = copy.copy(self)
        other._receiving = {key: chain.copied() for key, chain in self._receiving.items()}
        other._sending = self._sending and self._sending.copied()
        return other

    def seal(self, text: bytes) -> bytes:
        assert self._sending is not None
        count, seed = self._sending.next()
        keys = MessageKeys.of(seed)
        sealed = cbc(keys.cipher, keys.iv, text)
        key = DJB + self._ours.public
        body = VERSION + pack({RATCHET_KEY: key, COUNTER: count, PREVIOUS: self._previous, TEXT: sealed})
        return body + self._mac(keys, self._identities, body)

    def open(self, message: bytes) -> bytes:
        body, mac = message[:-MAC_LENGTH], message[-MAC_LENGTH:]
        fields = unpack(body[1:])
        keys = MessageKeys.of(self._chain(bytes(fields[RATCHET_KEY])[-32:]).at(int(fields[COUNTER])))
        assert hmac.compare_digest(mac, self._mac(keys, self._identities[::-1], body)), "the MAC is wrong"
        return uncbc(keys.cipher, keys.iv, bytes(fields[TEXT]))

    def _chain(self, their_key: bytes) -> Chain:
        """A key never seen turns the ratchet, for both directions."""
        if their_key not in self._receiving:
            self._receiving[their_key] = Chain(self._turn(their_key))
            self._previous = self._sending.count - 1 if self._sending and self._sending.count else 0
            self._ours = KeyPair()
            self._sending = Chain(self._turn(their_key))
        return self._receiving[their_key]

    def _turn(self, their_key: bytes) -> bytes:
        both = expand(self._ours.agree(their_key), 64, b"WhisperRatchet", self._root)
        self._root = both[:32]
        return both[32:]

    @staticmethod
    def _mac(keys: MessageKeys, identities: tuple[bytes, ...], body: bytes) -> bytes:
        return _hmac(keys.mac, b"".join(identities) + body)[:MAC_LENGTH]
