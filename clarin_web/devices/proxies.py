"""The way out to WhatsApp: a proxy per installation (WHATSAPP_PROXY), and one per number that wins over it.

The whole address with its password is sealed in the row; what pages and logs may show is `without_secrets`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import select

from clarin_web.config import ConfigError, settings
from clarin_web.db import execute
from clarin_web.lib import secrets
from clarin_web.lib.apart import NotDone, done_apart
from clarin_web.lib.networks import NotPublic, Unknown, public_address
from clarin_web.lib.secrets import CannotOpen, open_sealed, seal
from clarin_web.models import Device

SCHEMES = ("http", "socks5")
MAX_LENGTH = 500


class BadProxy(ValueError):
    """The text is no proxy we can use. Never holds the text: there may be a password in it."""


def checked(text: str) -> str:
    """ "http://host:port" or "socks5://user:password@host:port", as it was written. Raises BadProxy."""
    text = text.strip()
    if len(text) > MAX_LENGTH or any(ord(char) < 33 or char == "\\" for char in text):
        raise BadProxy("proxy_unusable")
    parts, port = _split(text)
    beyond = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in SCHEMES or not parts.hostname or not port or beyond:
        raise BadProxy("proxy_unusable")
    return text


def checked_of_tenant(text: str) -> str:
    """As `checked()`, and not in a network of the operator's, who alone may say that it is theirs to use."""
    proxy = checked(text)
    with contextlib.suppress(Unknown):  # asked again each time it is used
        _reachable(proxy)
    return proxy


def _reachable(proxy: str) -> str:
    """The proxy by its address, so that what was looked at is what is connected to."""
    if settings().private_networks:
        return proxy
    parts, port = _split(proxy)
    try:
        address = public_address(parts.hostname or "", port or 0)
    except NotPublic as error:
        raise BadProxy("proxy_private") from error
    login, at, _ = parts.netloc.rpartition("@")
    there = f"[{address}]" if ":" in address else address
    return f"{parts.scheme}://{login}{at}{there}:{port}"


def without_secrets(proxy: str) -> str:
    """What may be shown of a checked proxy: how and where, not as whom."""
    if not proxy:
        return ""
    parts, port = _split(proxy)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def secrets_of(proxy: str) -> list[str]:
    """Every text that must not reach a log or a page, the longest first."""
    if not proxy:
        return []
    parts, _ = _split(proxy)
    found = {proxy, parts.password or "", f"{parts.username}:{parts.password}" if parts.password else ""}
    return sorted(filter(None, found), key=len, reverse=True)


def of_installation() -> str:
    """WHATSAPP_PROXY, or "". ConfigError when it cannot be used: nothing may then go out by another way."""
    proxy = settings().whatsapp_proxy
    try:
        return checked(proxy) if proxy else ""
    except BadProxy as refusal:
        raise ConfigError("WHATSAPP_PROXY is not http://host:port or socks5://host:port") from refusal


def of_installation_shown() -> str:
    """For pages; "" as well when it cannot be used, which the supervisor says loudly."""
    try:
        return without_secrets(of_installation())
    except ConfigError:
        return ""


def of_device(account_id: int, device_id: int, opened: Callable[[bytes, str, str], str] = open_sealed) -> str:
    """The number's own proxy, else the installation's. Raises BadProxy rather than go out without it."""
    mine = Device.account_id == account_id, Device.id == device_id
    sealed = execute(select(Device.proxy_sealed).where(*mine)).scalar_one_or_none()
    try:
        if not sealed:
            return of_installation()
        return _reachable(checked(opened(sealed, _place(account_id, device_id), settings().secret_key)))
    except (CannotOpen, NotDone, ConfigError, Unknown) as error:
        raise BadProxy("proxy_unusable") from error


def opened_apart(blob: bytes, aad: str, secret_key: str) -> str:
    """For a number's process, which is seven megabytes smaller without the library that opens."""
    return done_apart(secrets.PROGRAM, secrets.errand(blob, aad, secret_key)).decode()


def columns(account_id: int, device_id: int, proxy: str) -> dict[str, object]:
    """What the row keeps of a checked proxy; "" removes it."""
    sealed = seal(proxy, _place(account_id, device_id), settings().secret_key) if proxy else None
    return {"proxy": without_secrets(proxy), "proxy_sealed": sealed}


def _place(account_id: int, device_id: int) -> str:
    return f"device:{account_id}:{device_id}:proxy"


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError as error:
        raise BadProxy("proxy_unusable") from error
