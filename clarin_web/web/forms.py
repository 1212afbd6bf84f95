"""Strings from a form or a query, turned into typed values with a reason code for each that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from clarin_web.lib.errors import Invalid

LIMIT = 10_000
AMOUNT_LIMIT = Decimal(10) ** 13


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
        if any(ord(char) < 32 and char not in "\n\t" for char in value) or "\ufffd" in value:
            self.fail(name, "not_text")
        return value

    def integer(
        self, name: str, *, required: bool = False, low: int = 0, high: int = 2**63 - 1
    ) -> int | None:
        value = self._raw(name, required)
        if not value:
            return None
        if not value.isascii() or not value.lstrip("-").isdigit() or not low <= int(value[:20]) <= high:
            self.fail(name, "not_a_number")
            return None
        return int(value)

    def amount(self, name: str, *, required: bool = False) -> Decimal | None:
        """An amount of money: "1234.5", "1 234,50" and "1,234.50" are all understood."""
        value = self._raw(name, required).replace(" ", "").replace("\xa0", "")
        if not value:
            return None
        if "," in value and value.rfind(",") > value.rfind("."):
            value = value.replace(".", "").replace(",", ".")
        try:
            amount = Decimal(value.replace(",", ""))
        except InvalidOperation:
            self.fail(name, "not_a_number")
            return None
        if not amount.is_finite() or not 0 <= amount < AMOUNT_LIMIT:
            self.fail(name, "not_a_number")
            return None
        return amount.quantize(Decimal("0.01"))

    def choice(self, name: str, choices: Iterable[str], *, required: bool = False, default: str = "") -> str:
        value = self._raw(name, required) or default
        if value and value not in choices:
            self.fail(name, "unknown_choice")
        return value

    def day(self, name: str) -> date | None:
        value = self._raw(name, False)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(name, "not_a_date")
            return None

    def flag(self, name: str) -> bool:
        return self._raw(name, False).lower() in ("1", "on", "true", "yes")

    def _raw(self, name: str, required: bool) -> str:
        value = (self.data.get(name) or "").strip()
        if required and not value:
            self.fail(name, "required")
        return value
