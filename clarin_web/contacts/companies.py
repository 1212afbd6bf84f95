"""The company of a lead or contact in Kommo, and the people who work there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, true

from clarin_web.db import execute
from clarin_web.models import Contact, KommoRecord

SHOWN = 10
said_company: ColumnElement[str] = literal_column("contact.kommo ->> 'company'")  # as the index on it says it


@dataclass(frozen=True, slots=True)
class Company:
    """`people` are (id, name, phone, whether they left Kommo) of the first of its contacts, by name, who left last;
    `has_more` when there are more."""

    name: str
    people: tuple[tuple[int, str, str | None, bool], ...]
    has_more: bool


def company_of(account_id: int, said: Mapping[str, Any], besides: int | None = None) -> Company | None:
    """The company that Kommo names in what it says of a lead or contact. One statement, none where there is none."""
    key = str(said.get("company") or "")
    if not key:
        return None
    is_gone = Contact.gone_in_kommo_at.is_not(None)
    people = (
        select(Contact.id, Contact.name, Contact.phone, is_gone.label("is_gone"))
        .where(
            Contact.account_id == account_id,
            said_company == key,
            Contact.trashed_at.is_(None),
            Contact.id.is_distinct_from(besides),
        )
        .order_by(is_gone, Contact.name_key, Contact.id)
        .limit(SHOWN + 1)
        .subquery("people")
    )
    named = select(KommoRecord.data["name"].astext.label("company"), people).outerjoin(people, true())
    mine = (KommoRecord.account_id == account_id, KommoRecord.kind == "companies", KommoRecord.key == key)
    rows = execute(named.where(*mine)).all()
    if not rows:
        return None
    found = tuple((row.id, row.name, row.phone, row.is_gone) for row in rows if row.id is not None)
    return Company(rows[0].company or f"#{key}", found[:SHOWN], len(found) > SHOWN)
