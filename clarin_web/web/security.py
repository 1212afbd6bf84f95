"""Headers on every answer, and the two checks every write must pass: same origin, and the session's token."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from clarin_web.config import settings
from clarin_web.lib.errors import Forbidden

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=(self)",
    "X-Frame-Options": "DENY",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'; manifest-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)


def init_security(app: Flask) -> None:
    app.before_request(check_write)
    app.after_request(add_headers)


def own_origin() -> str:
    """The origin browsers must name: the configured one, else the one this request was sent to."""
    return settings().origin or request.host_url.rstrip("/")


def same_origin(origin: str | None) -> bool:
    """Whether an Origin header is exactly ours. A missing header is not."""
    return origin is not None and origin == own_origin()


def check_write() -> None:
    """Refuse a write another site caused (Origin, Sec-Fetch-Site) or that lacks the session's token."""
    if request.method not in UNSAFE or request.endpoint in EXEMPT:
        return
    origin = request.headers.get("Origin")
    if origin is not None and not same_origin(origin):
        raise Forbidden("foreign_origin")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("foreign_origin")
    # Signing in needs no session: its page may be older than the one another tab made since.
    expected = "" if request.endpoint in TOKENLESS else g.get("csrf_token", "")
    if expected and not hmac.compare_digest(_given_token().encode(), expected.encode()):
        raise Forbidden("stale_page")


EXEMPT: set[str] = set()
TOKENLESS = {"accounts.sign_in"}


def _given_token() -> str:
    return request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")


def csrf_token() -> str:
    """The token of this session; empty when signed out (there is nothing to forge)."""
    return str(g.get("csrf_token", ""))


def add_headers(response: Response) -> Response:
    response.headers.update({k: v for k, v in HEADERS.items() if k not in response.headers})
    host = urlsplit(own_origin())
    scheme = "wss" if host.scheme == "https" else "ws"
    response.headers.setdefault("Content-Security-Policy", POLICY.format(socket=f"{scheme}://{host.netloc}"))
    if settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("HX-Request", "Accept-Language", "Cookie"))
    return response


def safe_next(target: str | None) -> str:
    """A path of ours to go on to after signing in; anything else becomes "/" (no open redirect)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(char) < 32 for char in target) or "\\" in target:
        return "/"
    return target
