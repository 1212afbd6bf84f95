"""Noise_XX_25519_AESGCM_SHA256, the responder's side: how a client and the server agree on keys."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import KeyPair, expand

PATTERN = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"
GREETING = b"WA\x06\x03"


class Cipher:
    """One direction, one key; every message has the next number."""

    def __init__(self, key: bytes) -> None:
        self._aead, self._number = AESGCM(key), 0

    def seal(self, text: bytes, context: bytes = b"") -> bytes:
        return self._aead.encrypt(self._nonce(), text, context)

    def open(self, sealed: bytes, context: bytes = b"") -> bytes:
        return self._aead.decrypt(self._nonce(), sealed, context)

    def _nonce(self) -> bytes:
        self._number += 1
        return (self._number - 1).to_bytes(12, "big")


class Transcript:
    """What both sides have said so far, as a hash, and the keys that follow from it."""

    def __init__(self) -> None:
        self._hash = self._salt = PATTERN
        self._cipher = Cipher(PATTERN)
        self.note(GREETING)

    def note(self, said: bytes) -> None:
        self._hash = hashlib.sha256(self._hash + said).digest()

    def mix(self, secret: bytes) -> None:
        self._salt, key = self._halves(secret)
        self._cipher = Cipher(key)

    def seal(self, text: bytes) -> bytes:
        sealed = self._cipher.seal(text, self._hash)
        self.note(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        text = self._cipher.open(sealed, self._hash)
        self.note(sealed)
        return text

    def finish(self) -> tuple[Cipher, Cipher]:
        """What the client says, and what we say, from now on."""
        theirs, ours = self._halves(b"")
        return Cipher(theirs), Cipher(ours)

    def _halves(self, secret: bytes) -> tuple[bytes, bytes]:
        both = expand(secret, 64, salt=self._salt)
        return both[:32], both[32:]


class Responder:
    """The server's half of a handshake."""

    def __init__(self, static: KeyPair, certificate: bytes) -> None:
        self._static, self._certificate = static, certificate
        self._ephemeral, self._transcript = KeyPair(), Transcript()

    def hello(self, client_ephemeral: bytes) -> tuple[bytes, bytes, bytes]:
        """Our ephemeral key, our static key sealed, our certificate sealed."""
        transcript = self._transcript
        transcript.note(client_ephemeral)
        transcript.note(self._ephemeral.public)
        transcript.mix(self._ephemeral.agree(client_ephemeral))
        static = transcript.seal(self._static.public)
        transcript.mix(self._static.agree(client_ephemeral))
        return self._ephemeral.public, static, transcript.seal(self._certificate)

    def finish(self, static: bytes, payload: bytes) -> tuple[bytes, Cipher, Cipher]:
        """Who the client says it is, and the two ciphers of the connection."""
        client_static = self._transcript.open(static)
        self._transcript.mix(self._ephemeral.agree(client_static))
        return self._transcript.open(payload), *self._transcript.finish()
