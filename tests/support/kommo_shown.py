"""What people see of Kommo's tasks and notes against the records they are made from: {id as the World has it: words}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.demo.kommo_server.core import id_in
from clarin_web.kommo.mapping import moment_of, text_of
from clarin_web.kommo.upserts.work import note_text
from clarin_web.models import Contact, FactRow, KommoRecord, Lead, LeadNote, Task

Reader = Callable[[int], dict[Any, dict[str, Any]]]
Shown = Callable[[int], dict[int, str]]
STAYED = "is shown and not in Kommo"


def with_shown(shown: Shown, read: Reader) -> Reader:
    """`read` with what differs between each record and what people see of it, "" for a faithful one."""

    def reader(account_id: int) -> dict[Any, dict[str, Any]]:
        wrong = shown(account_id)
        kept = {id_: {**facts, "shown": wrong.get(id_, "")} for id_, facts in read(account_id).items()}
        return kept | {id_: {"shown": words} for id_, words in wrong.items() if words == STAYED}

    return reader


def shown_tasks(account_id: int) -> dict[int, str]:
    """Each is where it belongs, with its words and time, open or done."""
    ours = {"leads": _ids(Lead, account_id), "contacts": _ids(Contact, account_id)}
    rows = {row.kommo_id: row for row in _fresh(Task, account_id)}
    found = {}
    for row in _records(account_id, "tasks"):
        id_ = int(row.key)
        mine, task = ours.get(row.entity, {}).get(row.entity_id), rows.pop(id_, None)
        told = {
            "owner": mine,
            "due": moment_of(row.data.get("complete_till")) or moment_of(row.data.get("created_at")),
            "done": row.data.get("is_completed") is True,
            "title": text_of(row.data.get("text")) or "Kommo",
        }
        found[id_] = _difference(told if mine else None, _task(task, row.entity) if task else None)
    return {**{id_: words for id_, words in found.items() if words}, **dict.fromkeys(rows, STAYED)}


def _task(task: Task, entity: str) -> dict[str, Any]:
    return {
        "owner": task.lead_id if entity == "leads" else task.contact_id,
        "due": task.due_at,
        "done": task.done_at is not None,
        "title": task.title,
    }


def shown_notes(account_id: int) -> dict[int, str]:
    """Notes and calls on leads are in the timeline of their lead, once, with their words."""
    leads = _ids(Lead, account_id)
    rows = {row.kommo_id: row for row in _fresh(LeadNote, account_id) if row.trashed_at is None}
    told = select(FactRow.data["note_id"].astext, FactRow.lead_id).where(
        FactRow.account_id == account_id, FactRow.kind == "LeadNoted"
    )
    timelines: dict[str, list[int]] = {}
    for note_id, lead_id in execute(told):
        timelines.setdefault(note_id, []).append(lead_id)
    found = {}
    for row in _records(account_id, "notes"):
        if row.entity != "leads":
            continue
        note, lead_id = rows.pop(int(row.key), None), leads.get(row.entity_id or 0)
        wanted = {"words": note_text(row.data), "lead": lead_id, "told": 1} if lead_id else None
        shown = note and {
            "words": note.body,
            "lead": note.lead_id,
            "told": timelines.get(str(note.id), []).count(note.lead_id),
        }
        found[id_in("leads", int(row.key))] = _difference(wanted, shown)
    stayed = {id_in("leads", id_ or 0): STAYED for id_ in rows}
    return {**{id_: words for id_, words in found.items() if words}, **stayed}


def _difference(told: Any, shown: Any) -> str:
    return "" if told == shown else f"{told} is shown as {shown}"


def _records(account_id: int, kind: str) -> list[KommoRecord]:
    mine = (KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.gone_at.is_(None))
    return list(execute(select(KommoRecord).where(*mine).execution_options(populate_existing=True)).scalars())


def _ids(model: Any, account_id: int) -> dict[int, int]:
    wanted = select(model.kommo_id, model.id).where(
        model.account_id == account_id, model.kommo_id.is_not(None)
    )
    return dict(execute(wanted).all())


def _fresh(model: Any, account_id: int) -> list[Any]:
    mine = select(model).where(model.account_id == account_id, model.kommo_id.is_not(None))
    return list(execute(mine.execution_options(populate_existing=True)).scalars())
