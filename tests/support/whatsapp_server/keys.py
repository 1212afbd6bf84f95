"""Key pairs as WhatsApp uses them: one secret that both agrees (X25519) and signs (XEdDSA).

The secret comes from an Ed25519 seed, so `cryptography` signs; the verifier learns the sign of the public point
from the signature's last bit, where XEdDSA keeps it.
"""

from __future__ import annotations

import hashlib
import os
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

DJB = b"\x05"  # libsignal writes it before every public key


class KeyPair:
    """Made anew each time."""

    def __init__(self) -> None:
        seed = os.urandom(32)
        self._signer = Ed25519PrivateKey.from_private_bytes(seed)
        self._secret = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:32])

    @cached_property
    def public(self) -> bytes:
        return self._secret.public_key().public_bytes_raw()

    def agree(self, public: bytes) -> bytes:
        """The secret shared with the holder of that key, with libsignal's prefix or without."""
        return self._secret.exchange(X25519PublicKey.from_public_bytes(public[-32:]))

    def sign(self, message: bytes) -> bytes:
        sign_bit = self._signer.public_key().public_bytes_raw()[31] & 0x80
        signature = bytearray(self._signer.sign(message))
        signature[63] |= sign_bit
        return bytes(signature)


def expand(secret: bytes, length: int, info: bytes = b"", salt: bytes | None = None) -> bytes:
    """HKDF over SHA-256, as everywhere in WhatsApp."""
    return HKDF(SHA256(), length, salt, info).derive(secret)
