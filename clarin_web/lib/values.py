"""One reader per type of what comes from outside as text. Each takes exactly what Python and PostgreSQL can both use.

All raise ValueError and nothing else: a value that is checked one way and used another is a 500. So `int`, `Decimal`,
`fromisoformat` and `json.loads` are called on strangers' text here only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
MAX_ID = 2**63 - 1
AMOUNT_LIMIT = Decimal(10) ** 13
# Three days from either end of the calendar: any of them plus a day, in any time zone, is a date too.
FIRST_DAY, LAST_DAY = date(1, 1, 4), date(9999, 12, 28)

# [0-9], not \d or isdigit(): ², ٣ and ５ are digits to Python, and no numbers or other ones to its neighbours.
_INTEGER = re.compile(r"-?0{0,40}[0-9]{1,20}")
_AMOUNT = re.compile(r"-?[0-9]{1,200}(\.[0-9]{1,200})?|-?\.[0-9]{1,200}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[0-9:.]*([+-][0-9:.]{2,15}|Z)?")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffd]")


def integer(text: str, low: int = 0, high: int = MAX_ID) -> int:
    """A whole number in plain digits, from `low` to `high`."""
    if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
        raise ValueError("not_a_number")
    return int(text)


def record_id(text: str) -> int:
    """The number of a row."""
    return integer(text) if not text.startswith("-") else _refuse("not_a_number")


def optional_id(text: str) -> int | None:
    """The number of a row, or None for whatever is none: for what is only a courtesy."""
    return attempt(record_id, text)


def amount(text: str, limit: Decimal = AMOUNT_LIMIT) -> Decimal:
    """A number with decimals after a point, as machines write it, less than `limit` either side of nothing."""
    if not _AMOUNT.fullmatch(text) or abs(Decimal(text)) >= limit:
        raise ValueError("not_a_number")
    return Decimal(text)


def day(text: str) -> date:
    """A day of the calendar as browsers send it: 2026-12-01."""
    found = _parsed(_DAY, date.fromisoformat, text, "not_a_date")
    return found if FIRST_DAY <= found <= LAST_DAY else _refuse("too_far")


def clock(text: str) -> time:
    """A time of day without a zone: 09:30."""
    return _parsed(_CLOCK, time.fromisoformat, text, "not_a_time")


def moment(text: str) -> datetime:
    """A day and a time, with its zone or without; any zone turns it into another moment of the calendar."""
    found = _parsed(_MOMENT, datetime.fromisoformat, text, "not_a_date")
    return found if FIRST_DAY <= found.date() <= LAST_DAY else _refuse("too_far")


def instant(text: str) -> datetime:
    """A moment that says its zone, in UTC."""
    found = moment(text)
    return found.astimezone(UTC) if found.tzinfo else _refuse("not_a_date")


def choice(text: str, options: Collection[str]) -> str:
    """One of `options`."""
    return text if text in options else _refuse("unknown_choice")


def plain(text: str) -> str:
    """Text a column can hold and a screen can show: no NUL, half character or control but line breaks and tabs."""
    return text if not _NO_TEXT.search(text) else _refuse("not_text")


def document(text: str | bytes) -> Any:
    """JSON, whatever its depth and numbers; its texts may still be none (see `plain`)."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("too deep") from error


def attempt(reader: Callable[[str], T], text: str) -> T | None:
    """What `reader` makes of it, or None."""
    try:
        return reader(text)
    except ValueError:
        return None


def _parsed(form: re.Pattern[str], parse: Callable[[str], T], text: str, reason: str) -> T:
    found = attempt(parse, text) if form.fullmatch(text) else None
    return _refuse(reason) if found is None else found


def _refuse(reason: str) -> Any:
    raise ValueError(reason)
