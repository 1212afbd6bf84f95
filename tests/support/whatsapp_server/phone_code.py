"""Linking by eight letters typed on the phone: both sides prove that they know them without saying them."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .keys import KeyPair, expand
from .nodes import SERVER, Node
from .people import Person

ROUNDS, TAG = 1 << 17, "link_code_companion_reg"
BUNDLE_KEY, ADV_SECRET = b"link_code_pairing_key_bundle_encryption_key", b"adv_secret"


@dataclass
class CodeLink:
    """One attempt, from the companion's hello until the phone knows the secret to sign with."""

    wrapped: bytes  # the companion's ephemeral key under the code
    ref: bytes = field(default_factory=lambda: secrets.token_urlsafe(12).encode())
    _ephemeral: KeyPair = field(default_factory=KeyPair)
    _companion: bytes = b""

    def hello(self) -> Node:
        """The server's answer to the companion."""
        return Node(TAG, {}, [Node("link_code_pairing_ref", {}, self.ref)])

    def typed(self, owner: Person, code: str) -> Node:
        """The owner typed the code: the phone's hello. A wrong code only shows at the end."""
        letters = code.replace("-", "").encode()
        self._companion = _locked(letters, self.wrapped[:32], self.wrapped[32:48], self.wrapped[48:])
        salt, iv = os.urandom(32), os.urandom(16)
        ours = salt + iv + _locked(letters, salt, iv, self._ephemeral.public)
        said = [
            Node("link_code_pairing_wrapped_primary_ephemeral_pub", {}, ours),
            Node("primary_identity_pub", {}, owner.device.identity.public),
            Node("link_code_pairing_ref", {}, self.ref),
        ]
        attrs = {"from": SERVER, "type": TAG, "id": "primary-hello"}
        return Node("notification", attrs, [Node(TAG, {"stage": "primary_hello"}, said)])

    def secret(self, owner: Person, finish: Node) -> bytes:
        """From the companion's finish: what the pairing is signed with. InvalidTag after a wrong code."""
        wrapped = finish.child("link_code_pairing_wrapped_key_bundle").data
        salt, nonce, sealed = wrapped[:32], wrapped[32:44], wrapped[44:]
        shared = self._ephemeral.agree(self._companion)
        bundle = AESGCM(expand(shared, 32, BUNDLE_KEY, salt)).decrypt(nonce, sealed, None)
        companion, randomness = bundle[:32], bundle[64:]
        return expand(shared + owner.device.identity.agree(companion) + randomness, 32, ADV_SECRET)


def _locked(letters: bytes, salt: bytes, iv: bytes, key: bytes) -> bytes:
    """A key under the code, or out from under it: the same step."""
    stretched = hashlib.pbkdf2_hmac("sha256", letters, salt, ROUNDS, 32)
    stream = Cipher(algorithms.AES(stretched), modes.CTR(iv)).encryptor()
    return stream.update(key) + stream.finalize()
