"""A browser that a person signed in with before: it shows a sealed number, and is told apart from strangers.

It opens nothing. Guesses at the person from elsewhere are not held against it, nor its own against theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from clarin_web.config import settings

SECONDS = 400 * 86_400


def make_known(user_id: int) -> str:
    """A cookie's value for a browser in which the person just proved to be who they are."""
    number = secrets.token_urlsafe(12)
    return f"{user_id}.{number}.{_seal(user_id, number)}"


def number_of(cookie: str, user_id: int) -> str:
    """The browser's number when the cookie is ours and this person's; else ""."""
    whose, _, rest = cookie.partition(".")
    number, _, seal = rest.partition(".")
    genuine = hmac.compare_digest(seal.encode(), _seal(user_id, number).encode())
    return number if genuine and whose == str(user_id) else ""


def _seal(user_id: int, number: str) -> str:
    words = f"known browser:{user_id}:{number}".encode()
    return hmac.new(settings().secret_key.encode(), words, hashlib.sha256).hexdigest()
