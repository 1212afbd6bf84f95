"""Secrets at rest: AES-256-GCM, bound to the row they belong to by `aad`.

A sealed text copied to another row, or opened with another installation's key, does not open. The library comes with
the first use. Also a program, for the processes of numbers: the library would weigh more there than all of this.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PROGRAM = Path(__file__).resolve()
_VERSION = b"\x01"
_NONCE = 12


class CannotOpen(Exception):
    """The blob was altered, belongs to another row, or was sealed with another CLARIN_SECRET_KEY."""


def seal(plaintext: str, aad: str, secret_key: str) -> bytes:
    """`plaintext` encrypted for the place `aad` names, such as "kommo_connection:7:3"."""
    nonce = os.urandom(_NONCE)
    return _VERSION + nonce + _cipher(secret_key).encrypt(nonce, plaintext.encode(), aad.encode())


def open_sealed(blob: bytes, aad: str, secret_key: str) -> str:
    """What was sealed. Raises CannotOpen."""
    from cryptography.exceptions import InvalidTag

    if blob[:1] != _VERSION or len(blob) <= 1 + _NONCE:
        raise CannotOpen("not a sealed text")
    try:
        opened = _cipher(secret_key).decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], aad.encode())
    except InvalidTag as failure:
        raise CannotOpen("sealed elsewhere or altered") from failure
    return opened.decode()


def _cipher(secret_key: str) -> AESGCM:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"clarin secrets v1")
    return AESGCM(derived.derive(secret_key.encode()))


def errand(blob: bytes, aad: str, secret_key: str) -> bytes:
    """What this program is given, to answer with what was sealed."""
    return json.dumps([blob.hex(), aad, secret_key]).encode()


if __name__ == "__main__":
    sealed, place, key = json.load(sys.stdin)
    sys.stdout.write(open_sealed(bytes.fromhex(sealed), place, key))
