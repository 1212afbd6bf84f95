"""Domain errors: what is wrong, in a code the web layer turns into words and a status.

DomainError
├── NotFound    404  it is not there, or not yours: the two are told apart by nobody
├── Forbidden   403  you may see it, and may not do this
├── Invalid     422  the input cannot be used; `fields` maps a field to a reason code
├── Conflict    409  somebody was faster, or the state does not allow it any more
├── TooMany     429  too often; `seconds` says when it may be tried again
└── Unavailable 503  what is needed for it does not answer now; nothing was lost
"""

from __future__ import annotations


class DomainError(Exception):
    """Base of all expected refusals. `code` is a stable key into `web.errors.TEXTS`."""

    status = 500

    def __init__(self, code: str = "", **details: object) -> None:
        super().__init__(code or type(self).__name__)
        self.code = code
        self.details = details


class NotFound(DomainError):
    status = 404


class Forbidden(DomainError):
    status = 403


class Invalid(DomainError):
    """`fields`: {field name: reason code}; may be empty when the whole request is at fault."""

    status = 422

    def __init__(
        self, code: str = "invalid", fields: dict[str, str] | None = None, **details: object
    ) -> None:
        super().__init__(code, **details)
        self.fields = fields or {}


class Conflict(DomainError):
    status = 409


class TooMany(DomainError):
    status = 429

    def __init__(self, code: str = "too_often", *, seconds: int) -> None:
        super().__init__(code)
        self.seconds = seconds


class Unavailable(DomainError):
    status = 503
