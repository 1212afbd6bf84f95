"""A query string as Kommo reads it: with, order, page, limit and PHP-style filters. Unknown keys are ignored."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Query = list[tuple[str, str]]
FILTER = re.compile(r"filter\[(\w+)\](?:\[(from|to|\d*)\])?(?:\[(\w+)\])?")
COMMON = "id name created_by updated_by responsible_user_id created_at updated_at".split()
FILTERS: dict[str, set[str]] = {
    "leads": {*COMMON, "price", "closed_at", "closest_task_at", "pipeline_id", "statuses"},
    "contacts": {*COMMON},
    "companies": {*COMMON},
    "tasks": set("id responsible_user_id is_completed task_type entity_type entity_id updated_at".split()),
    "notes": set("id note_type updated_at".split()),
    "events": set("id type entity entity_id created_by created_at".split()),
    "tags": {"id", "name"},
    "unsorted": {"uid", "category", "pipeline_id"},
    "webhooks": {"destination"},
}
ORDERS = {
    "leads": {"id", "created_at", "updated_at"},
    "contacts": {"id", "updated_at"},
    "companies": {"id", "updated_at"},
    "tasks": {"id", "created_at", "complete_till"},
    "notes": {"id", "updated_at"},
    "fields": {"id", "sort"},
    "unsorted": {"created_at", "updated_at"},
    "events": {"created_at", "id"},
}
STAMPS = {"created_at", "updated_at", "closed_at", "closest_task_at", "price"}


@dataclass
class Asked:
    """One list request. `ranges` hold (from, to), `values` sets of texts, `statuses` (pipeline, status).

    `hides` are stages a pipeline filter does not show, `settled` the youngest stamp a lagging list shows.
    """

    kind: str
    page: int = 1
    limit: int | None = None
    with_: set[str] = field(default_factory=set)
    order: str | None = None
    descending: bool = False
    values: dict[str, set[str]] = field(default_factory=dict)
    ranges: dict[str, tuple[int | None, int | None]] = field(default_factory=dict)
    statuses: dict[str, dict[str, str]] = field(default_factory=dict)
    text: str = ""
    hides: set[int] = field(default_factory=set)
    settled: int | None = None


def asked(kind: str, query: Query, *, filters: bool = True) -> Asked:
    found = Asked(kind)
    for key, value in query:
        if key == "page":
            found.page = max(number(value) or 1, 1)
        elif key == "limit":
            found.limit = number(value)
        elif key == "with":
            found.with_ |= set(value.split(","))
        elif key == "query":
            found.text = value
        elif match := re.fullmatch(r"order\[(\w+)\]", key):
            if match[1] in ORDERS.get(kind, ()):
                found.order, found.descending = match[1], value.lower() == "desc"
        elif filters and (match := FILTER.fullmatch(key)):
            _filter(found, match, value)
    return found


def _filter(found: Asked, match: re.Match[str], value: str) -> None:
    name, part, inner = match[1], match[2], match[3]
    if name not in FILTERS.get(found.kind, ()):
        return
    if name == "statuses":
        found.statuses.setdefault(part or "0", {})[inner or ""] = value
    elif part in ("from", "to"):
        low, high = found.ranges.get(name, (None, None))
        found.ranges[name] = (number(value), high) if part == "from" else (low, number(value))
    elif found.kind == "events" and name == "created_at":
        found.ranges[name] = (number(value), None)  # a bare stamp means "after" there
    else:
        several = value.split(",") if name not in ("name", "destination") else [value]
        found.values.setdefault(name, set()).update(several)


def number(text: str | None) -> int | None:
    return int(text) if text and text.lstrip("-").isdecimal() else None
