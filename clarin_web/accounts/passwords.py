"""Passwords: argon2id with the library's defaults, hashed off the event loop; a small offline deny list."""

from __future__ import annotations

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from clarin_web.lib.threads import off_loop

MIN_LENGTH, MAX_LENGTH = 12, 128
_hasher = PasswordHasher()
_SEATS = threading.BoundedSemaphore(2)  # each hash fills 64 MB, and a morning's sign-ins come together
COMMON = frozenset(
    {
        "123456789012",
        "password1234",
        "passwordpassword",
        "contraseña123",
        "qwertyuiop12",
        "administrador",
        "clarin123456",
        "111111111111",
        "abcdefghijkl",
        "senha1234567",
    }
)


def hash_password(password: str) -> str:
    with _SEATS:
        return off_loop(_hasher.hash, password)


@functools.lru_cache(maxsize=1)
def _dummy() -> str:
    return _hasher.hash("nobody has this password")


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is right. An unknown user costs the same time: a dummy hash is verified instead."""
    with _SEATS:
        return off_loop(_verify, password_hash, password[:MAX_LENGTH]) and password_hash is not None


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _dummy(), password)
    except (VerificationError, InvalidHashError):
        return False


def weakness(password: str) -> str | None:
    """The reason code why a new password is refused; None when it is good."""
    if len(password) < MIN_LENGTH:
        return "password_short"
    if len(password) > MAX_LENGTH:
        return "too_long"
    if password.casefold() in COMMON or len(set(password)) < 5:
        return "password_common"
    return None
