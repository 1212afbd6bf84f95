"""The address Kommo sends to: our public origin, the account, and a token that nobody can guess.

Only the token's hash is kept. Which of the webhooks in Kommo's list are ours is told by their addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from clarin_web.config import settings
from clarin_web.kommo.hosts import is_own

PATH = "/kommo/hooks"


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def is_token(given: str, kept: bytes | None) -> bool:
    """In constant time, also where there is nothing to compare with."""
    return hmac.compare_digest(hash_token(given), kept or bytes(32)) and kept is not None


def public_origin(base_url: str, asked_at: str) -> str:
    """Where the Kommo at `base_url` can reach us; "" where it cannot.

    Kommo itself needs CLARIN_ORIGIN, https and not an inner name. A Kommo of the operator's own network, a simulator
    for one, reaches what the browser was at.
    """
    origin = settings().origin
    if not is_own(base_url):
        return origin or asked_at
    return origin if _is_public(origin) else ""


def destination(origin: str, account_id: int, token: str) -> str:
    return f"{origin}{PATH}/{account_id}/{token}"


def token_in(text: object, origin: str, account_id: int) -> str:
    """The token in an address of Kommo's list, when it is this account's here; else ""."""
    start = destination(origin, account_id, "")
    return text.removeprefix(start) if isinstance(text, str) and text.startswith(start) else ""


def _is_public(origin: str) -> bool:
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ipaddress.ip_address(host).is_global
    except ValueError:
        # Kommo takes no addresses outside ASCII.
        return parts.scheme == "https" and "." in host and host.isascii() and not host.endswith(".local")
