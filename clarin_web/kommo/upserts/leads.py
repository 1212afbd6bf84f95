"""A page of Kommo leads: one upsert that skips what is unchanged and keeps what people changed here (rule 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Numeric,
    Row,
    Text,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from clarin_web.contacts.queries import words_by_contact
from clarin_web.db import execute
from clarin_web.kommo.mapping import LeadRow
from clarin_web.kommo.upserts.records import differs, insert_from, is_believed, one_of, recordset, unless_kept
from clarin_web.kommo.upserts.references import References
from clarin_web.kommo.upserts.taggings import add_taggings, replace_taggings
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Contact, Lead
from clarin_web.tags.actions import find_or_create

TABLE = Lead.__table__
COLUMNS = {
    "account_id": BigInteger(),
    "kommo_id": BigInteger(),
    "contact_id": BigInteger(),
    "pipeline_id": BigInteger(),
    "stage_id": BigInteger(),
    "status": Text(),
    "title": Text(),
    "name_key": Text(),
    "search": Text(),
    "value": Numeric(16, 2),
    "currency": Text(),
    "owner_id": BigInteger(),
    "source": Text(),
    "tag_ids": ARRAY(BigInteger()),
    "lost_reason_id": BigInteger(),
    "closed_at": DateTime(timezone=True),
    "kommo_updated_at": DateTime(timezone=True),
    "kommo_hash": BigInteger(),
    "kommo": JSONB(),
    "custom": JSONB(),
    "created_at": DateTime(timezone=True),
    "updated_at": DateTime(timezone=True),
}
# Who decides each column: the override that keeps ours, or None when it is always Kommo's.
KEPT_BY = {
    "contact_id": None,
    "pipeline_id": "stage_id",
    "stage_id": "stage_id",
    "status": "stage_id",
    "lost_reason_id": "stage_id",
    "closed_at": "stage_id",
    "title": "title",
    "name_key": "title",
    "search": "title",
    "value": "value",
    "currency": None,
    "owner_id": "owner_id",
    "kommo_updated_at": None,
    "kommo_hash": None,
    "kommo": None,
    "custom": None,
}


@dataclass(frozen=True, slots=True)
class LeadChange:
    """One lead that is different now. `reason` is why it was lost; `from_*` are None when it is new."""

    lead_id: int
    contact_id: int | None
    pipeline_id: int
    stage_id: int
    status: str
    title: str
    reason: str | None = None
    from_pipeline_id: int | None = None
    from_stage_id: int | None = None
    from_status: str | None = None

    @property
    def is_new(self) -> bool:
        return self.from_stage_id is None

    @property
    def has_moved(self) -> bool:
        return self.from_stage_id not in (None, self.stage_id)


def upsert_leads(account_id: int, rows: Sequence[LeadRow], known: References) -> list[LeadChange]:
    """Write the page; answers the leads that changed. Stages and reasons must be known (`ensure_…`)."""
    latest = {row.kommo_id: row for row in rows}
    before = _before(account_id, [row.kommo_id for row in rows])
    contacts = _contacts(account_id, latest)
    tags = find_or_create(account_id, {tag for row in latest.values() for tag in row.tags})
    named = {
        id_: {tags[key] for tag in row.tags if (key := name_key(tag)) in tags} for id_, row in latest.items()
    }
    records = [
        {**_record(account_id, row, known, contacts), "tag_ids": sorted(named[id_])}
        for id_, row in latest.items()
    ]
    written = _write(records) if records else []
    new = {row.kommo_id: row.id for row in written if row.is_new}
    add_taggings(account_id, "lead_id", {id_: named[kommo_id] for kommo_id, id_ in new.items()})
    tagged = _tags(account_id, {id_: tags for id_, tags in named.items() if id_ not in new}, latest)
    return _changes(account_id, {row.id for row in written} | tagged, before)


def _record(
    account_id: int, row: LeadRow, known: References, contacts: Mapping[int, tuple[int, list[str]]]
) -> dict[str, object]:
    stage = known.stages[row.stage]
    contact_id = contacts.get(row.contact_kommo_id or 0, (None, []))[0]
    words = [word for id_ in row.said["contacts"] for word in contacts.get(id_, (None, []))[1]]
    said = {
        **row.said,
        "owner": row.owner_kommo_id,
        "contact": row.contact_kommo_id,
        "value": str(row.value),
        "title": row.title,
        "stage_id": stage.stage_id,
        "reason": row.loss_reason,
        "tags": list(row.tags),
        # No date of closing is told: the move's own stays (`storing/history`).
        **({"undated": True} if stage.kind != "open" and row.closed_at is None else {}),
    }
    return {
        "account_id": account_id,
        "kommo_id": row.kommo_id,
        "contact_id": contact_id,
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.stage_id,
        "status": stage.kind,
        "title": row.title,
        "name_key": name_key(row.title),
        "search": search_key(row.title, *words),
        "value": row.value,
        "currency": known.currency,
        "owner_id": known.owners.get(row.owner_kommo_id or 0),
        "source": "kommo",
        "lost_reason_id": reason_of(row, known) if stage.kind == "lost" else None,
        "closed_at": (row.closed_at or row.updated_at) if stage.kind != "open" else None,
        "kommo_updated_at": row.updated_at,
        # A lead whose contact is not here yet is read again, whatever its hash.
        "kommo_hash": row.hash if contact_id or not row.contact_kommo_id else None,
        "kommo": said,
        "custom": row.custom,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def reason_of(row: LeadRow, known: References) -> int | None:
    """Which of our reasons it was lost for."""
    by_id = known.reason_ids.get(row.said.get("loss_reason_id", 0))
    return by_id or known.reasons.get(row.loss_reason)


def _write(records: Sequence[Mapping[str, object]]) -> Sequence[Row[Any]]:
    """Answers id, Kommo's id and `is_new` of what was written."""
    statement = insert_from(TABLE, records, COLUMNS)
    new = statement.excluded
    values: dict[str, Any] = {}
    for name, override in KEPT_BY.items():
        kept = TABLE.c.overrides.has_key(override) if override else None  # type: ignore[attr-defined]
        values[name] = new[name] if kept is None else unless_kept(kept, TABLE.c[name], new[name])
    is_dated_here = (
        new.kommo.has_key("undated") & (TABLE.c.status == new.status) & TABLE.c.closed_at.is_not(None)
    )
    values["closed_at"] = case((is_dated_here, TABLE.c.closed_at), else_=values["closed_at"])
    values["custom"] = new.custom.op("||")(TABLE.c.own)  # edited here, they are ours
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "kommo_id"],
        index_where=TABLE.c.kommo_id.is_not(None),
        set_={
            **values,
            "gone_in_kommo_at": None,
            "overrides": TABLE.c.overrides.op("-")("gone"),
            "version": TABLE.c.version + 1,
            "updated_at": func.greatest(TABLE.c.updated_at, new.updated_at),
        },
        where=is_believed(TABLE, new)
        & or_(differs(TABLE, values, KEPT_BY), TABLE.c.gone_in_kommo_at.is_not(None)),
    )
    is_new = literal_column("xmax = 0", Boolean()).label("is_new")
    return execute(statement.returning(TABLE.c.id, TABLE.c.kommo_id, is_new)).all()


def _before(account_id: int, kommo_ids: Sequence[int]) -> dict[int, Any]:
    wanted = select(Lead.id, Lead.pipeline_id, Lead.stage_id, Lead.status).where(
        Lead.account_id == account_id, one_of(Lead.kommo_id, kommo_ids)
    )
    return {row.id: row for row in execute(wanted)}


def _contacts(account_id: int, rows: Mapping[int, LeadRow]) -> dict[int, tuple[int, list[str]]]:
    """{Kommo contact id: (our id, the words its leads are found by)}."""
    kommo_ids = {id_ for row in rows.values() for id_ in row.said["contacts"]}
    wanted = select(Contact.kommo_id, Contact.id).where(
        Contact.account_id == account_id, one_of(Contact.kommo_id, kommo_ids)
    )
    found = {row.kommo_id: row.id for row in execute(wanted)}
    words = words_by_contact(account_id, found.values())
    return {kommo_id: (id_, words[id_]) for kommo_id, id_ in found.items()}


def _tags(account_id: int, named: Mapping[int, set[int]], rows: Mapping[int, LeadRow]) -> set[int]:
    """Kommo's tags where nobody edited them here, and `tag_ids` true again. Answers the leads this changed."""
    if not named:
        return set()
    found = execute(
        select(Lead.id, Lead.kommo_id, Lead.tag_ids, Lead.kommo_updated_at).where(
            Lead.account_id == account_id,
            one_of(Lead.kommo_id, named),
            ~Lead.overrides.has_key("tags"),  # type: ignore[attr-defined]
        )
    ).all()
    # A late answer, which was not written, says nothing of tags either.
    ours = [lead for lead in found if lead.kommo_updated_at == rows[lead.kommo_id].updated_at]
    wanted = {lead.id: named[lead.kommo_id] for lead in ours}
    now = replace_taggings(account_id, "lead_id", wanted)
    different = [
        {"id": lead.id, "tag_ids": sorted(now[lead.id])}
        for lead in ours
        if sorted(now[lead.id]) != list(lead.tag_ids)
    ]
    if different:
        source = recordset(different, {"id": BigInteger(), "tag_ids": ARRAY(BigInteger())})
        changed = update(Lead).where(Lead.account_id == account_id, Lead.id == source.c.id)
        changed = changed.values(tag_ids=source.c.tag_ids, version=Lead.version + 1)
        execute(changed.execution_options(synchronize_session=False))
    return {int(str(row["id"])) for row in different}


def _changes(account_id: int, ids: set[int], before: Mapping[int, Any]) -> list[LeadChange]:
    if not ids:
        return []
    reason = Lead.kommo["reason"].astext
    columns = (Lead.id, Lead.contact_id, Lead.pipeline_id, Lead.stage_id, Lead.status, Lead.title, reason)
    changes = []
    for row in execute(select(*columns).where(Lead.account_id == account_id, one_of(Lead.id, ids))):
        was = before.get(row[0])
        since = (was.pipeline_id, was.stage_id, was.status) if was else (None, None, None)
        changes.append(LeadChange(*row, *since))
    return changes
