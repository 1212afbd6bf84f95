"""What can go wrong with a Kommo, typed. `permanent` waits for a person; the rest is tried again later.

`again` marks what is worth asking once more within seconds. `code` is stable: it is stored on the connection
and the page turns it into words.
"""

from __future__ import annotations


class KommoError(Exception):
    """Base. `detail` is for the log and never holds the token."""

    code = "failed"
    permanent = False
    again = False
    retry_after: float | None = None

    def __init__(self, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{self.code}: {detail}" if detail else self.code)
        self.detail = detail
        if retry_after is not None:
            self.retry_after = retry_after


class Interrupted(Exception):
    """A visit ends here on purpose. What was read is written, and the cursors say where to go on."""


class Unauthorized(KommoError):
    """401: the token is wrong, expired or revoked."""

    code = "token_refused"
    permanent = True


class AccessLost(Unauthorized):
    """An OAuth pair that Kommo does not renew: spent by an answer that was lost, revoked, or too old."""

    code = "access_lost"


class Unreadable(Unauthorized):
    """Our own copy of the token does not open: sealed with another key, or altered."""

    code = "token_unreadable"


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
        super().__init__(detail, retry_after)


class Resting(KommoError):
    """Not asked at all: this connection failed several times in a row and is left alone for a moment."""

    code = "resting"

    def __init__(self, retry_after: float, detail: str = "") -> None:
        super().__init__(detail, retry_after)


class ServerError(KommoError):
    """5xx."""

    code = "server_error"
    again = True


class TimedOut(KommoError):
    """No answer, or not a whole one, in time."""

    code = "timeout"
    again = True


class Unreachable(KommoError):
    """No connection: name not found, refused, reset, TLS."""

    code = "unreachable"
    again = True


class Garbage(KommoError):
    """A success that is not Kommo's. Also itself: an endless body."""

    code = "not_kommo"


class NotJson(Garbage):
    """A web page, most often a proxy's or a sign-in form's."""

    again = True


class Truncated(Garbage):
    """The answer broke off: fewer bytes than announced, or JSON that does not end."""

    code = "truncated"
    again = True


class WrongShape(Garbage):
    """JSON, but not what this path gives. Never read as an empty list: that would lose rows silently."""

    code = "wrong_shape"


class Redirected(Garbage):
    """A 3xx. Never followed: it would take the token to a host that an answer named."""

    code = "redirected"


# They speak of the connection as a whole: nothing else of it is asked for then.
OF_ALL_LISTS = (Unauthorized, PaymentRequired, Blocked, RateLimited, Resting, Unreachable)
