"""Rows as Kommo gives them now against what is kept here: different, missing here, gone there.

A field edited here is ours (rule 11): of it only what we hold as Kommo's word is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from clarin_web.db import session
from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.mapping import ContactRow, LeadRow
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts import load_references
from clarin_web.kommo.upserts.references import References
from clarin_web.models import Contact, Lead

MAX_TEXT = 80
SAID_OF_CONTACT = ("name", "phones", "emails", "company", "fields")
Model = type[Lead] | type[Contact]


@dataclass(frozen=True, slots=True)
class Drift:
    """`what`: different, missing or gone. `fields`: {name: [here, in Kommo]}, texts, empty where too long to tell.

    `is_newer`: Kommo changed it after we last read it, so the next read brings it.
    """

    what: str
    kommo_id: int
    name: str
    id: int | None = None
    is_newer: bool = False
    fields: dict[str, list[str]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        return asdict(self)


def model_of(kind: str) -> Model:
    return Lead if kind == "leads" else Contact


def compare(run: Run, kind: str, rows: Sequence[Row]) -> list[Drift]:
    """What of these rows is not here as Kommo tells it."""
    read: dict[int, Any] = {}
    for raw in rows:
        row = mapping.lead(raw, run.odd, run.zone) if kind == "leads" else _contact(run, raw)
        if row is not None:
            read[row.kommo_id] = row
    ours = ours_of(run.account_id, kind, read)
    known = load_references(run.account_id) if kind == "leads" else References()
    found = (_one(row, ours.get(id_), known) for id_, row in read.items())
    return [drift for drift in found if drift]


def ours_of(account_id: int, kind: str, kommo_ids: Collection[int]) -> dict[int, Any]:
    """Our rows of these, as the database has them now."""
    model: Any = model_of(kind)
    wanted = select(model).where(model.account_id == account_id, model.kommo_id.in_(list(kommo_ids)))
    rows = session().scalars(wanted.execution_options(populate_existing=True))
    return {row.kommo_id: row for row in rows}


def name_of(record: Any) -> str:
    return str(record.title if isinstance(record, Lead) else record.name)[:MAX_TEXT]


def _contact(run: Run, raw: Row) -> ContactRow | None:
    return mapping.contact(raw, run.country, run.odd, run.zone)


def _one(row: LeadRow | ContactRow, mine: Any, known: References) -> Drift | None:
    name = (row.title if isinstance(row, LeadRow) else row.name)[:MAX_TEXT]
    if mine is None:
        return None if row.is_deleted else Drift("missing", row.kommo_id, name)
    about = (row.kommo_id, name_of(mine), mine.id)
    if row.is_deleted:
        return None if mine.gone_in_kommo_at else Drift("gone", *about)
    if mine.kommo_updated_at and mine.kommo_updated_at > row.updated_at:
        return None  # a visit read a newer answer while this one was on its way
    fields = _lead(row, mine, known) if isinstance(row, LeadRow) else _said(row.said, mine.kommo)
    if mine.gone_in_kommo_at:
        fields["gone"] = []
    is_newer = mine.kommo_updated_at is None or row.updated_at > mine.kommo_updated_at
    return Drift("different", *about, is_newer, fields) if fields else None


def _lead(row: LeadRow, mine: Lead, known: References) -> dict[str, list[str]]:
    stage = known.stages.get(row.stage)
    said: dict[str, Any] = dict(mine.kommo)
    theirs: dict[str, Any] = {
        "title": row.title,
        "value": row.value,
        "stage_id": stage.stage_id if stage else None,
        "owner_id": known.owners.get(row.owner_kommo_id or 0),
    }
    ours = {name: getattr(mine, name) for name in theirs}
    told = {**said, "value": Decimal(str(said.get("value") or 0)), "owner_id": theirs["owner_id"]}
    held = {name: told.get(name) if name in mine.overrides else ours[name] for name in theirs}
    fields = {
        name: _pair(name, held[name], theirs[name]) for name in theirs if _differs(held[name], theirs[name])
    }
    if (said.get("owner") or None) != row.owner_kommo_id:
        fields.setdefault("owner_id", [])
    if (said.get("contact") or None) != row.contact_kommo_id:
        fields["contact"] = []
    if (said.get("reason") or "") != row.loss_reason:
        fields["reason"] = [str(said.get("reason") or "—")[:MAX_TEXT], (row.loss_reason or "—")[:MAX_TEXT]]
    if "tags" in said and set(said["tags"]) != set(row.tags):
        fields["tags"] = [", ".join(said["tags"])[:MAX_TEXT] or "—", ", ".join(row.tags)[:MAX_TEXT] or "—"]
    if (said.get("fields") or []) != row.said["fields"]:
        fields["fields"] = []
    return fields


def _said(theirs: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        name: _pair(name, held.get(name), theirs[name])
        for name in SAID_OF_CONTACT
        if _differs(held.get(name) or None, theirs[name] or None)
    }


def _differs(mine: Any, theirs: Any) -> bool:
    return bool(mine != theirs)


def _pair(name: str, mine: Any, theirs: Any) -> list[str]:
    """Both as text, where a text tells anything: ids of stages and people do not."""
    if name in ("stage_id", "owner_id", "company", "fields"):
        return []
    return [_text(mine), _text(theirs)]


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(str(item.get("text", "")) for item in value if isinstance(item, dict))
    return str(value if value not in (None, "") else "—")[:MAX_TEXT]
