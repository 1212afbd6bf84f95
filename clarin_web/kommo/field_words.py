"""The value of a custom field as people read it, whatever shape Kommo gives it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from clarin_web.kommo.custom_fields import DAYS, NUMBERS
from clarin_web.web.formats import dt, local, number
from clarin_web.web.i18n import gettext as _

NAMES = ("name", "file_name", "value", "catalog_element_id")  # what stands for a value that is an object
NOON = time(12)


def values_text(type_: str, values: Sequence[Any]) -> str:
    """A dash for nothing."""
    return ", ".join(_text(type_, value) for value in values) or "—"


def _text(type_: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return str(next((value[name] for name in NAMES if value.get(name)), "…"))
    if type_ in NUMBERS and isinstance(value, int | float):
        return number(Decimal(str(value)))
    if isinstance(value, str) and (type_ in DAYS or type_ == "date_time"):
        return _time(value)
    return str(value)


def _time(value: str) -> str:
    """A day of the account, or a moment on its clock; what is neither stays as it came."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    if moment.tzinfo is None:
        here = local(datetime.now(UTC)).tzinfo
        return dt(datetime.combine(date.fromisoformat(value), NOON, here), "date")
    return dt(moment)
