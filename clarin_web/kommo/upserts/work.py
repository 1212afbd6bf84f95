"""Kommo's tasks and notes where people meet them: tasks of leads and contacts, notes and calls in a lead's timeline.

Both are made from the records, so that one that came before its lead is there as soon as the lead is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute
from clarin_web.events import Actor, Fact, LeadNoted, fact_row
from clarin_web.kommo.mapping import moment_of, number_of, text_of
from clarin_web.kommo.upserts.mirrored import leads_mirrored
from clarin_web.kommo.upserts.records import one_of
from clarin_web.kommo.upserts.references import load_references
from clarin_web.lib.text import clean_text
from clarin_web.models import Contact, FactRow, KommoRecord, Lead, LeadNote, Task

MAX_NOTE = 10_000
EPOCH = datetime.fromtimestamp(0, UTC)
# Where the kinds of notes say what people read; the first that says something.
SAYS = (
    "text", "original_name", "file_name", "subject", "content_summary", "address", "status", "link", "url", "page"
)  # fmt: skip
CALLS = {"call_in": "↙", "call_out": "↗"}


def attach_notes(account_id: int, which: ColumnElement[bool], *, is_news: bool) -> list[Fact]:
    """Bring notes and calls on leads into their timelines. Old ones take their own time and wake nobody."""
    found = [row for row in _records(account_id, "notes", which) if row.lead_id is not None]
    found = [row for row in found if row.key.isdecimal()]
    rows = [
        {
            "account_id": account_id,
            "lead_id": row.lead_id,
            "body": note_text(row.data),
            "kommo_id": int(row.key),
            "created_at": row.at or datetime.now(UTC),
            "trashed_at": row.gone_at,
        }
        for row in found
    ]
    if not rows:
        return []
    _tell_of_moved(account_id, found)
    statement = insert(LeadNote).values(rows)
    new = statement.excluded
    values = {"body": new.body, "trashed_at": new.trashed_at, "lead_id": new.lead_id}
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "kommo_id"],
        index_where=LeadNote.kommo_id.is_not(None),
        set_=values,
        where=(LeadNote.body != new.body)
        | (LeadNote.lead_id != new.lead_id)
        | LeadNote.trashed_at.is_distinct_from(new.trashed_at),
    )
    written: Any = statement.returning(LeadNote.id, LeadNote.kommo_id, literal_column("xmax = 0"))
    changed = execute(written).all()
    made = {kommo_id: id_ for id_, kommo_id, is_new in changed if is_new}
    seen = {kommo_id for _, kommo_id, is_new in changed if not (is_new and is_news)}
    told = leads_mirrored(account_id, [(r.lead_id, r.pipeline_id) for r in found if int(r.key) in seen])
    facts = [_noted(account_id, row, made[int(row.key)]) for row in found if int(row.key) in made]
    if is_news:
        return [*facts, *told]
    _write_quietly(facts, {made[int(row.key)]: row.at for row in found if int(row.key) in made})
    return told


def _tell_of_moved(account_id: int, found: Sequence[Row[Any]]) -> None:
    """Notes that are on another lead than before, as after a merge, are told in its timeline too; facts are for ever,
    and the old one shows only notes that are its own (`leads.queries.single`)."""
    rows = {int(row.key): row for row in found}
    wanted = select(LeadNote.id, LeadNote.kommo_id, LeadNote.lead_id).where(
        LeadNote.account_id == account_id, one_of(LeadNote.kommo_id, rows)
    )
    moved = {
        id_: rows[kommo_id or 0]
        for id_, kommo_id, was in execute(wanted)
        if rows[kommo_id or 0].lead_id != was
    }
    if not moved:
        return
    told = select(FactRow.data["note_id"].astext, FactRow.lead_id).where(
        FactRow.account_id == account_id,
        FactRow.kind == "LeadNoted",
        one_of(FactRow.lead_id, {row.lead_id for row in moved.values()}),
    )
    have = {(int(note_id), lead_id) for note_id, lead_id in execute(told)}
    new = {id_: row for id_, row in moved.items() if (id_, row.lead_id) not in have}
    _write_quietly(
        [_noted(account_id, row, id_) for id_, row in new.items()], {id_: row.at for id_, row in new.items()}
    )


def attach_tasks(account_id: int, which: ColumnElement[bool]) -> list[Fact]:
    """Tasks of leads and contacts among the tasks of Clarin; one that left Kommo, or is about nobody here any more,
    leaves the lists here too.

    The leads that have one, or had it, are told of: boards, their pages and Home show what is due.
    """
    found = [row for row in _records(account_id, "tasks", which) if row.key.isdecimal()]
    facts = _due_elsewhere(account_id, found)
    about = [row for row in found if row.gone_at is None and (row.lead_id or row.contact_id)]
    gone = {int(row.key) for row in found} - {int(row.key) for row in about}
    if gone:
        execute(delete(Task).where(Task.account_id == account_id, one_of(Task.kommo_id, gone)))
    if not about:
        return facts
    owners = load_references(account_id).owners
    rows = [_task(account_id, row, owners) for row in about]
    statement = insert(Task).values(rows)
    new = statement.excluded
    values: dict[str, Any] = {
        name: new[name] for name in ("lead_id", "contact_id", "owner_id", "title", "due_at")
    }
    # Nobody completes it here: it is done, and open again, as Kommo says; since when that was first heard.
    is_done = new.done_at.is_not(None)
    values["done_at"] = case((is_done, func.coalesce(Task.done_at, new.done_at)), else_=None)
    execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "kommo_id"], index_where=Task.kommo_id.is_not(None), set_=values
        )
    )
    return facts


def _due_elsewhere(account_id: int, found: Sequence[Row[Any]]) -> list[Fact]:
    """Before they are written: a task may have moved from one lead to another."""
    numbers = [int(row.key) for row in found]
    had = (
        select(Lead.id, Lead.pipeline_id)
        .join(Task, (Task.account_id == Lead.account_id) & (Task.lead_id == Lead.id))
        .where(Lead.account_id == account_id, Task.kommo_id.in_(numbers))
    )
    have = [(row.lead_id, row.pipeline_id) for row in found if row.lead_id is not None]
    return leads_mirrored(account_id, [*have, *execute(had)] if found else [])


def _records(account_id: int, kind: str, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Records of a kind with the lead or contact of ours they are about."""
    about_lead = (Lead.account_id == account_id) & (Lead.kommo_id == KommoRecord.entity_id)
    about_contact = (Contact.account_id == account_id) & (Contact.kommo_id == KommoRecord.entity_id)
    wanted = (
        select(
            KommoRecord.key,
            KommoRecord.at,
            KommoRecord.data,
            KommoRecord.gone_at,
            Lead.id.label("lead_id"),
            Lead.pipeline_id,
            func.coalesce(Contact.id, Lead.contact_id).label("contact_id"),
        )
        .outerjoin(Lead, about_lead & (KommoRecord.entity == "leads"))
        .outerjoin(Contact, about_contact & (KommoRecord.entity == "contacts"))
        .where(KommoRecord.account_id == account_id, KommoRecord.kind == kind, which)
    )
    return execute(wanted.order_by(cast(func.nullif(KommoRecord.key, ""), BigInteger))).all()


def by_keys(keys: Collection[str]) -> ColumnElement[bool]:
    return KommoRecord.key.in_(keys)


def by_things(entity: str, kommo_ids: Collection[int]) -> ColumnElement[bool]:
    """What is about these leads or contacts."""
    return (KommoRecord.entity == entity) & one_of(KommoRecord.entity_id, kommo_ids)


def _task(account_id: int, row: Row[Any], owners: Mapping[int, int]) -> dict[str, Any]:
    data = row.data
    till = moment_of(data.get("complete_till")) or moment_of(data.get("created_at")) or EPOCH
    done = moment_of(data.get("updated_at")) or till
    return {
        "account_id": account_id,
        "lead_id": row.lead_id,
        "contact_id": row.contact_id,
        "owner_id": owners.get(number_of(data.get("responsible_user_id"))),
        "title": text_of(data.get("text")) or "Kommo",
        "due_at": till,
        "done_at": done if data.get("is_completed") is True else None,
        "kommo_id": int(row.key),
        "created_at": row.at or till,
    }


def note_text(data: Mapping[str, Any]) -> str:
    """The text of a note; of a call its direction, number, minutes and where it can be heard."""
    params = data.get("params")
    params = params if isinstance(params, dict) else {}
    sign = CALLS.get(str(data.get("note_type")))
    if sign is None:
        said = (value for key in SAYS if isinstance(value := params.get(key), str | int | float))
        words = next((text for value in said if (text := str(value).strip())), "")
        return clean_text(words or str(data.get("note_type") or "").replace("_", " "), MAX_NOTE)
    seconds = number_of(params.get("duration"))
    parts = (sign, str(params.get("phone") or ""), f"{seconds // 60}:{seconds % 60:02}")
    told = " ".join(part for part in parts if part)
    rest = [str(params[key]) for key in ("call_result", "link") if params.get(key)]
    return clean_text("\n".join([told, *rest]), MAX_NOTE)


def _noted(account_id: int, row: Row[Any], note_id: int) -> LeadNoted:
    about = {"lead_id": row.lead_id, "pipeline_id": row.pipeline_id, "contact_id": row.contact_id}
    return LeadNoted(account_id=account_id, actor=Actor.kommo(), note_id=note_id, **about)


def _write_quietly(facts: Sequence[LeadNoted], at: Mapping[int, datetime | None]) -> None:
    rows = [{**fact_row(fact), "at": at[fact.note_id] or datetime.now(UTC)} for fact in facts]
    if rows:
        execute(insert(FactRow), rows)
