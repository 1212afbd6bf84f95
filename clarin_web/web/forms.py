"""Strings from a form or a query, turned into typed values with a reason code for each that cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeVar

from clarin_web.lib import values
from clarin_web.lib.errors import Invalid
from clarin_web.lib.typed_numbers import plain_digits
from clarin_web.web import numbers

LIMIT = 10_000
T = TypeVar("T")


class Form:
    """Read fields one by one; `errors` collects reason codes (keys of web.errors.TEXTS) by field name."""

    def __init__(self, data: Mapping[str, str]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}

    @property
    def ok(self) -> bool:
        return not self.errors

    def check(self) -> None:
        """Raise Invalid with every field's reason when something could not be used."""
        if self.errors:
            raise Invalid("invalid", self.errors)

    def fail(self, name: str, code: str) -> None:
        self.errors.setdefault(name, code)

    def text(self, name: str, *, required: bool = False, limit: int = LIMIT, default: str = "") -> str:
        """Trimmed text; NUL and other control characters except line breaks and tabs are refused."""
        value = (self.data.get(name) or default).replace("\r\n", "\n").strip()
        if required and not value:
            self.fail(name, "required")
        if len(value) > limit:
            self.fail(name, "too_long")
        if values.attempt(values.plain, value) is None:
            self.fail(name, "not_text")
        return value

    def integer(
        self, name: str, *, required: bool = False, low: int = 0, high: int = values.MAX_ID
    ) -> int | None:
        """A number our own pages wrote: an id, a version."""
        return self._read(name, lambda text: values.integer(text, low, high), required=required)

    def count(self, name: str, *, required: bool = False, low: int = 0, high: int) -> int | None:
        """A whole number a person typed: as the pages print it, and told what the limits are."""
        return self._read(name, lambda text: numbers.read_count(text, low, high), required=required)

    def amount(self, name: str, *, required: bool = False) -> Decimal | None:
        """An amount of money as the pages print it; one that could be two is asked about (code "two_numbers")."""
        return self._read(name, numbers.read_money, required=required)

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        """Any number as the pages print it."""
        return self._read(name, numbers.read_number, required=required)

    def choice(self, name: str, choices: Iterable[str], *, required: bool = False, default: str = "") -> str:
        value = self._raw(name, required) or default
        if value and value not in choices:
            self.fail(name, "unknown_choice")
        return value

    def day(self, name: str) -> date | None:
        return self._read(name, values.day)

    def clock(self, name: str) -> time | None:
        """A time of day."""
        return self._read(name, values.clock)

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A day and a time, as a clock on the wall says it."""
        return self._read(name, lambda text: values.moment(text).replace(tzinfo=None), required=required)

    def flag(self, name: str) -> bool:
        return self._raw(name, False).lower() in ("1", "on", "true", "yes")

    def _read(self, name: str, reader: Callable[[str], T], *, required: bool = False) -> T | None:
        """None for nothing and for what cannot be used, whose reason is noted."""
        value = self._raw(name, required)
        try:
            return reader(plain_digits(value)) if value else None
        except ValueError as reason:
            self.fail(name, str(reason))
            return None

    def _raw(self, name: str, required: bool) -> str:
        value = (self.data.get(name) or "").strip()
        if required and not value:
            self.fail(name, "required")
        return value
