"""What is kept whole: any row of a list, with its id, what it is about and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarin_web.kommo.mapping.cells import Oddities, Row, embedded_of, number_of, storable, text_of, when_of

NAMED = ("unsorted", "events")
LONGEST_KEY, LONGEST_ENTITY = 100, 40
PLURAL = {"lead": "leads", "contact": "contacts", "company": "companies", "task": "tasks"}


@dataclass(frozen=True, slots=True)
class RecordRow:
    """`key` is Kommo's id as text, `entity` the plural name of what it is about."""

    kind: str
    key: str
    entity: str
    entity_id: int | None
    at: datetime | None
    updated_at: datetime | None
    data: dict[str, Any]


def _key(kind: str, row: Row) -> str:
    """Incoming leads and events have ids of letters, everything else a number."""
    if kind in NAMED:
        value = row.get("uid") if kind == "unsorted" else row.get("id")
        key = text_of(value, LONGEST_KEY + 1) if isinstance(value, str) else str(number_of(value) or "")
        return key if len(key) <= LONGEST_KEY else ""
    id_ = number_of(row.get("id"))
    is_first = id_ == 0 and str(row.get("id")) == "0"  # of the users' groups the first has this id
    return str(id_) if id_ > 0 or is_first else ""


def record(kind: str, row: Row, odd: Oddities, entity: str = "") -> RecordRow | None:
    """Any row that has an id, or a uid as incoming leads have. `entity` is what the list is of."""
    key = _key(kind, row)
    if not key:
        odd.add(kind, row.get("id"), "bad_id", row.get("uid") if kind == "unsorted" else row.get("id"))
        return None
    odd.note_read(kind, key)
    about = text_of(row.get("entity_type"), LONGEST_ENTITY)
    target = number_of(row.get("entity_id")) or None
    leads = embedded_of(row, "leads")
    if kind == "unsorted" and leads:
        about, target = "leads", number_of(leads[0].get("id")) or None
    created = when_of(row.get("created_at"), kind, key, "created_at", odd)
    updated = when_of(row.get("updated_at"), kind, key, "updated_at", odd)
    if kind == "tasks":
        when_of(row.get("complete_till"), kind, key, "complete_till", odd)
    about = entity or PLURAL.get(about, about)
    return RecordRow(kind, key, about, target, created, updated, storable(row))
