"""What is kept whole: any row of a list, with its id, what it is about and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clarin_web.kommo.mapping.cells import Oddities, Row, embedded_of, number_of, storable, when_of

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


def record(kind: str, row: Row, odd: Oddities, entity: str = "") -> RecordRow | None:
    """Any row that has an id, or a uid as incoming leads have. `entity` is what the list is of."""
    key = row.get("uid") if kind == "unsorted" else row.get("id")
    if not isinstance(key, str | int) or isinstance(key, bool) or not str(key) or len(str(key)) > 100:
        odd.add(kind, key, "bad_id", key)
        return None
    about = str(row.get("entity_type") or "")
    target = number_of(row.get("entity_id")) or None
    leads = embedded_of(row, "leads")
    if kind == "unsorted" and leads:
        about, target = "leads", number_of(leads[0].get("id")) or None
    created = when_of(row.get("created_at"), kind, key, "created_at", odd)
    updated = when_of(row.get("updated_at"), kind, key, "updated_at", odd)
    about = entity or PLURAL.get(about, about)
    return RecordRow(kind, str(key), about, target, created, updated, storable(row))
