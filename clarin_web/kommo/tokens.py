"""What a token says of itself, and telling people before it ends.

Kommo's tokens are JWTs. They are read without being verified: only Kommo can do that, and does with each call.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from clarin_web.db import transaction
from clarin_web.events import Actor, KommoTokenEnding, announce
from clarin_web.kommo.queries import find_connection
from clarin_web.models import KommoConnection

WARN_AT = (1, 7, 30)
LATEST = 253_402_300_799  # year 9999


@dataclass(frozen=True, slots=True)
class Claims:
    """When it ends, if it says so, and the Kommo account it is of."""

    expires_at: datetime | None = None
    account_id: int | None = None


def claims_of(token: str) -> Claims:
    """Empty where the token is no JWT or says nothing usable."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return Claims()
    if not isinstance(claims, dict):
        return Claims()
    account = claims.get("account_id")
    return Claims(_time(claims.get("exp")), account if isinstance(account, int) else None)


def days_left(expires_at: datetime, now: datetime) -> int:
    """Whole days, rounded up: 0 only when it is over."""
    seconds = (expires_at - now).total_seconds()
    return max(0, -int(-seconds // 86400))


def warning_of(connection: KommoConnection, now: datetime) -> int | None:
    """30, 7 or 1 when that many days or fewer are left, 0 when it is over; None when there is no hurry.

    An OAuth connection renews itself: its token's end is no news.
    """
    if connection.auth != "token" or connection.token_expires_at is None:
        return None
    left = days_left(connection.token_expires_at, now)
    return next((days for days in (0, *WARN_AT) if left <= days), None)


def warn_of_end(account_id: int, connection_id: int, now: datetime | None = None) -> None:
    """Announce that the token ends, once for each threshold."""
    with transaction():
        connection = find_connection(account_id, connection_id)
        if connection is None:
            return
        due = warning_of(connection, now or datetime.now(UTC))
        if due is None or connection.warned_days == due:
            return
        connection.warned_days = due
        connection.version += 1
        about = {"account_id": account_id, "actor": Actor.kommo(), "connection_id": connection_id}
        announce(KommoTokenEnding(**about, days=due))  # type: ignore[arg-type]


def _time(value: object) -> datetime | None:
    is_usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < LATEST
    return datetime.fromtimestamp(value, UTC) if is_usable else None  # type: ignore[arg-type]
