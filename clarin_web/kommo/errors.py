"""What can go wrong with a Kommo, typed. `permanent` waits for a person; the rest is tried again later.

`code` is stable: it is stored on the connection and the page turns it into words.
"""

from __future__ import annotations


class KommoError(Exception):
    """Base. `detail` is for the log and never holds the token."""

    code = "failed"
    permanent = False
    retry_after: float | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.detail = detail


class Unauthorized(KommoError):
    """401: the token is wrong, expired or revoked."""

    code = "token_refused"
    permanent = True


class PaymentRequired(KommoError):
    """402: the Kommo account's paid or trial period is over."""

    code = "payment_required"
    permanent = True


class NoRights(KommoError):
    """403 as JSON: the token may not read this; other lists may still be readable."""

    code = "no_rights"
    permanent = True


class Blocked(KommoError):
    """403 as HTML: Kommo blocks this server's address. Every further call makes it last longer."""

    code = "blocked"
    retry_after = 900.0


class NotFound(KommoError):
    """404 or 405: nothing at this address; what answers may not be a Kommo at all."""

    code = "not_found"
    permanent = True


class BadRequest(KommoError):
    """Another 4xx: our question was refused. Asking again gives the same answer."""

    code = "bad_request"
    permanent = True


class RateLimited(KommoError):
    """429, or our own limiter's queue is longer than a job should wait."""

    code = "rate_limited"

    def __init__(self, retry_after: float, detail: str = "") -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ServerError(KommoError):
    """5xx."""

    code = "server_error"


class TimedOut(KommoError):
    code = "timeout"


class Unreachable(KommoError):
    """No connection: name not found, refused, reset, TLS."""

    code = "unreachable"


class Garbage(KommoError):
    """A success that is not Kommo's: HTML, broken or truncated JSON, a redirect, an endless body."""

    code = "not_kommo"
