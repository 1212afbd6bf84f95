"""Notes and calls that Kommo keeps on a contact and on its company, latest first, with who wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, literal, or_, select, tuple_

from clarin_web.db import execute
from clarin_web.kommo.mapping import number_of
from clarin_web.kommo.upserts.people import names_of
from clarin_web.kommo.upserts.work import CALLS, note_text
from clarin_web.models import Contact, KommoRecord

PAGE = 10


@dataclass(frozen=True, slots=True)
class NoteView:
    """`author` is empty for what Kommo's robots wrote."""

    id: int
    body: str
    author: str
    at: datetime
    is_call: bool
    is_of_company: bool


def notes_of(contact: Contact, before: tuple[datetime, int] | None = None) -> list[NoteView]:
    """PAGE notes, and one more when there are older ones."""
    about = _about(contact)
    if not about:
        return []
    wanted = select(KommoRecord.id, KommoRecord.data, KommoRecord.at, KommoRecord.entity).where(
        KommoRecord.account_id == contact.account_id,
        KommoRecord.kind == "notes",
        KommoRecord.gone_at.is_(None),
        KommoRecord.at.is_not(None),
        or_(*about),
    )
    if before is not None:
        place = tuple_(literal(before[0]), literal(before[1]))
        wanted = wanted.where(tuple_(KommoRecord.at, KommoRecord.id) < place)
    rows = execute(wanted.order_by(KommoRecord.at.desc(), KommoRecord.id.desc()).limit(PAGE + 1)).all()
    names = names_of(contact.account_id) if rows else {}
    return [_view(row, names) for row in rows]


def _about(contact: Contact) -> list[Any]:
    company = number_of(contact.kommo.get("company"))
    wanted = (("contacts", contact.kommo_id), ("companies", company))
    return [and_(KommoRecord.entity == kind, KommoRecord.entity_id == id_) for kind, id_ in wanted if id_]


def _view(row: Any, names: Mapping[int, str]) -> NoteView:
    author = number_of(row.data.get("created_by"))
    return NoteView(
        row.id,
        note_text(row.data),
        names.get(author, f"#{author}" if author else ""),
        row.at,
        str(row.data.get("note_type")) in CALLS,
        row.entity == "companies",
    )
