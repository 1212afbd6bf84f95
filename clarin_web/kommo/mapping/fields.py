"""Custom field values: whole, as they came, and typed by what the field is, so that they can be compared and sorted.

`typed()` gives {field id: [value, …]}: numbers as numbers, dates as ISO days of the account, options by their text;
what has a shape of its own (an address, a file, a link to a list) stays as its JSON.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from clarin_web.kommo.mapping.cells import EXACT, Oddities, Row, number_of, storable, text_of

NUMBERS = ("numeric", "monetary", "price")
DAYS = ("date", "birthday")
FIELD_KEYS = ("field_id", "field_name", "field_code", "field_type", "values")
HALF_A_DAY = timedelta(hours=12)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A day of ours is read in every time zone: the first and the last year of the calendar are not days everywhere.
FIRST_YEAR, LAST_YEAR = 2, 9998


@dataclass(frozen=True, slots=True)
class About:
    """Whose values are read, and where those that cannot be are named."""

    kind: str
    kommo_id: int
    odd: Oddities


def whole(row: Row) -> list[Row]:
    """Every custom field with its values untouched; unknown types too."""
    fields = row.get("custom_fields_values")
    found = [item for item in fields if isinstance(item, dict)] if isinstance(fields, list) else []
    known = [(item, id_) for item in found if (id_ := number_of(item.get("field_id"))) > 0]
    return [{**{key: storable(item.get(key)) for key in FIELD_KEYS}, "field_id": id_} for item, id_ in known]


def typed(fields: list[Row], zone: tzinfo, about: About | None = None) -> dict[str, list[Any]]:
    """From what `whole` gave. What cannot be read is left out, and named where `about` says; `whole` keeps it."""
    found = {
        str(item["field_id"]): _values(item, zone, about)
        for item in fields
        if item.get("field_code") not in ("PHONE", "EMAIL")  # these are identities, normalised elsewhere
    }
    return {field: values for field, values in found.items() if values}


def _values(field: Row, zone: tzinfo, about: About | None) -> list[Any]:
    values = []
    for item in _items(field):
        try:
            values.append(_typed(item, str(field.get("field_type")), zone))
        except (ValueError, OverflowError, RecursionError):
            if about is not None:
                name = text_of(field.get("field_name"), 40) or f"#{field['field_id']}"
                about.odd.add(about.kind, about.kommo_id, "bad_field", f"{name}: {item.get('value')}")
    return values


def values_of(fields: list[Row], code: str) -> list[Row]:
    """The value items of the field with this code: PHONE, EMAIL."""
    return [
        {"text": str(text), "kind": text_of(item.get("enum_code") or item.get("enum"), 20)}
        for entry in fields
        if entry.get("field_code") == code
        for item in _items(entry)
        if isinstance(text := item.get("value"), str | int)
        and not isinstance(text, bool)
        and str(text).strip()
    ]


def _items(entry: Row) -> list[Row]:
    values = entry.get("values")
    if not isinstance(values, list):
        return []
    return [value if isinstance(value, dict) else {"value": value} for value in values]


def _typed(item: Row, kind: str, zone: tzinfo) -> Any:
    value = item.get("value", item)  # a chained list has no `value`: the item itself is the value
    if kind in NUMBERS:
        return _number(value)
    if kind in DAYS:
        return _day(value, zone)
    if kind == "date_time":
        return _moment(value)
    return value


def _number(value: object) -> object:
    """Of an account number of 20 digits every digit counts: what a float would round, and the database write in
    another way than it was compared with, stays exact."""
    try:
        number = float(str(value))
    except ValueError:
        return value
    if not math.isfinite(number):
        return str(value)
    return number if abs(number) < EXACT else int(Decimal(str(value)))


def _day(value: object, zone: tzinfo) -> object:
    """Midnight of which zone a date is, is not documented: the nearest day of the account's is meant."""
    moment = _time(value)
    if moment is None:
        return value
    return (moment.astimezone(zone) + HALF_A_DAY).date().isoformat()


def _moment(value: object) -> object:
    moment = _time(value)
    return value if moment is None else moment.isoformat()


def _time(value: object) -> datetime | None:
    """None for what says no time, which stays as it came. Raises OverflowError beyond the calendar."""
    moment = _time_in_text(value) if isinstance(value, str) else None
    if moment is None:
        try:
            moment = EPOCH + timedelta(seconds=int(str(value)))
        except ValueError:
            return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise OverflowError("beyond the calendar")
    return moment


def _time_in_text(text: str) -> datetime | None:
    if text.lstrip("-").isdecimal():
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
