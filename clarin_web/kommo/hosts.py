"""Where a Kommo may live. The token is sent to the address made here and to no other, ever.

Kommo's own hosts need https. Any other host, loopback among them, must be named by the operator in
KOMMO_ALLOWED_HOSTS ("host" or "host:port"); otherwise the form would be a way into the inner network.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SUBDOMAIN = re.compile(_LABEL)
_OWN = re.compile(rf"{_LABEL}\.(?:kommo|amocrm)\.com")
_NOT_ACCOUNTS = ("www.kommo.com", "www.amocrm.com")
MAX_LENGTH = 200


class BadHost(ValueError):
    """`code`: address_missing, address_unusable, address_needs_https or address_not_allowed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def base_url(text: str, allowed: Collection[str]) -> str:
    """ "demo", "demo.kommo.com" or any URL of the account -> "https://demo.kommo.com". Raises BadHost."""
    text = text.strip().lower()
    if not text:
        raise BadHost("address_missing")
    if len(text) > MAX_LENGTH or any(ch.isspace() or ord(ch) < 33 or ch == "\\" for ch in text):
        raise BadHost("address_unusable")
    if _SUBDOMAIN.fullmatch(text) and text not in allowed:
        text += ".kommo.com"
    explicit = "://" in text
    host, port, parts = _split(text if explicit else f"https://{text}")
    if _OWN.fullmatch(host) and host not in _NOT_ACCOUNTS:
        return _own(host, port, parts)
    if not _is_allowed(host, port, parts.scheme, allowed):
        raise BadHost("address_not_allowed")
    scheme = parts.scheme if explicit else "http"
    return f"{scheme}://{_bracketed(host)}{f':{port}' if port else ''}"


def is_own(base: str) -> bool:
    """Whether `base` is one of Kommo's own hosts."""
    return bool(_OWN.fullmatch(urlsplit(base).hostname or ""))


def _own(host: str, port: int | None, parts: SplitResult) -> str:
    if parts.scheme != "https" or port not in (None, 443):
        raise BadHost("address_needs_https")
    return f"https://{host}"


def _split(url: str) -> tuple[str, int | None, SplitResult]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as failure:
        raise BadHost("address_unusable") from failure
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise BadHost("address_unusable")
    return parts.hostname.rstrip("."), port, parts


def _is_allowed(host: str, port: int | None, scheme: str, allowed: Collection[str]) -> bool:
    effective = port or (443 if scheme == "https" else 80)
    return bool({host, f"{_bracketed(host)}:{effective}", _bracketed(host)} & set(allowed))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
