"""Custom field values: whole, as they came, and typed by what the field is, so that they can be compared and sorted.

`typed()` gives {field id: [value, …]}: numbers as numbers, dates as ISO days of the account, options by their text;
what has a shape of its own (an address, a file, a link to a list) stays as its JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from clarin_web.kommo.mapping.cells import Row, number_of, storable, text_of

NUMBERS = ("numeric", "monetary", "price")
DAYS = ("date", "birthday")
FIELD_KEYS = ("field_id", "field_name", "field_code", "field_type", "values")
HALF_A_DAY = timedelta(hours=12)


def whole(row: Row) -> list[Row]:
    """Every custom field with its values untouched; unknown types too."""
    fields = row.get("custom_fields_values")
    found = [item for item in fields if isinstance(item, dict)] if isinstance(fields, list) else []
    known = [item for item in found if number_of(item.get("field_id"))]
    return [{key: storable(item.get(key)) for key in FIELD_KEYS} for item in known]


def typed(fields: list[Row], zone: tzinfo = UTC) -> dict[str, list[Any]]:
    """From what `whole` gave."""
    found = {
        str(item["field_id"]): [_typed(value, str(item.get("field_type")), zone) for value in _items(item)]
        for item in fields
        if item.get("field_code") not in ("PHONE", "EMAIL")  # these are identities, normalised elsewhere
    }
    return {field: values for field, values in found.items() if values}


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
    try:
        number = float(str(value))
    except ValueError:
        return value
    return number if number == number and abs(number) != float("inf") else str(value)


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
    if isinstance(value, str) and not value.lstrip("-").isdecimal():
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(str(value)))
    except (ValueError, OverflowError):
        return None
