"""Kommo's events: what left, came back or became one is read again by id, and stage moves are kept as history.

An event is a hint: what is true of a lead, a contact or a company is what Kommo's lists say when asked for it now.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import cast

from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.known import unknown_ids
from clarin_web.kommo.mapping import RecordRow
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import contacts, leads, whole
from clarin_web.kommo.storing.absorbed import taken_in
from clarin_web.kommo.storing.apart import prepare_apart, write_apart
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.storing.history import elsewhere, tell_moves
from clarin_web.kommo.storing.joining import join
from clarin_web.kommo.storing.lost_notes import DELETED, notes_gone
from clarin_web.kommo.storing.prepared import Prepared, Stored
from clarin_web.kommo.streams import CREATION_TYPES
from clarin_web.kommo.upserts.kept import known_keys, upsert_records


def prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    return prepare_apart(run, "events", rows, partial(_prepare, run))


def write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    return write_apart(run, "events", prepared, partial(_write, run, is_backfill=is_backfill))


def _prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    mapped = [row for raw in rows if (row := mapping.record("events", raw, run.odd))]
    created = [row for row in mapped if row.data.get("type") in CREATION_TYPES]
    kept = [row for row in mapped if row.data.get("type") not in CREATION_TYPES]
    known = known_keys(run.account_id, "events", [row.key for row in kept]) if kept else set()
    new = [row for row in kept if row.key not in known]
    more = {kind: _read_again(run, kind, new, created) for kind in ("contacts", "companies", "leads")}
    more["tasks"] = _read_unknown_tasks(run, created)
    more["tasks"].gone |= _told_gone(new, "tasks")
    more |= {f"notes of {entity}": Prepared(gone=ids) for entity, ids in notes_gone(run, new).items()}
    return Prepared(list(new), more=more)


def _write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    more = prepared.more
    stored = contacts.write(run, more["contacts"], is_backfill=is_backfill)
    stored.add(whole.write(run, "companies", more["companies"], is_backfill=is_backfill))
    stored.add(leads.write(run, more["leads"], is_backfill=is_backfill))
    stored.add(whole.write(run, "tasks", more["tasks"], is_backfill=is_backfill))
    for entity in ("leads", "contacts", "companies"):
        if told := more.get(f"notes of {entity}"):
            stored.add(mark_gone(run.account_id, "notes", told.gone, entity))
    rows = cast(list[RecordRow], prepared.rows)
    stored.changed += len(upsert_records(run.account_id, rows))
    for kind in ("contacts", "companies", "leads"):
        stored.add(join(run.account_id, kind, more[kind].into))
    tell_moves(run, rows)
    return stored


def _read_unknown_tasks(run: Run, created: Sequence[RecordRow]) -> Prepared:
    ids = unknown_ids(run.account_id, "tasks", _ids(created, "tasks"))
    if not ids:
        return Prepared()
    return whole.prepare(run, "tasks", run.if_readable("tasks", lambda: run.client.by_id("tasks", ids)))


def _ids(events: Sequence[RecordRow], kind: str) -> set[int]:
    return {row.entity_id for row in events if row.entity == kind and row.entity_id}


def _read_again(run: Run, kind: str, events: Sequence[RecordRow], created: Sequence[RecordRow]) -> Prepared:
    """Ask for what left or came back, for what may have been absorbed by a merge, and for what stamps do not tell of:
    what was created and is not here, and leads that moved to where they are not here."""
    told = [row for row in events if row.entity == kind and _is_about_being(row)]
    untold = unknown_ids(run.account_id, kind, _ids(created, kind))
    if kind == "leads":
        untold += elsewhere(run, events)
    ids = sorted(_ids(told, kind) | set(untold))
    if not ids:
        return Prepared()
    try:
        rows = _by_id(run, kind, ids)
    except REFUSALS as refusal:
        run.odd.add(kind, "", refusal.code)
        return Prepared()
    present = {mapping.number_of(row.get("id")) for row in rows}
    gone = {id_: at for id_, at in _told_gone(told, kind).items() if id_ not in present}
    merges = [row for row in told if row.data.get("type") == "entity_merged"]
    taken = taken_in(run, kind, merges, rows)
    prepared = _mapped(run, kind, rows)
    prepared.gone |= gone | taken.gone
    prepared.into = taken.into
    return prepared


def _mapped(run: Run, kind: str, rows: list[Row]) -> Prepared:
    if kind == "companies":
        return whole.prepare(run, kind, rows)
    return (leads if kind == "leads" else contacts).prepare(run, rows)


def _by_id(run: Run, kind: str, ids: list[int]) -> list[Row]:
    """Nothing at all of so many is more likely a wrong answer: it is asked once again."""
    read = run.client.leads_by_id if kind == "leads" else lambda ids: run.client.by_id(kind, ids)
    return read(ids) or (read(ids) if len(ids) > 1 else [])


def _is_about_being(row: RecordRow) -> bool:
    type_ = str(row.data.get("type"))
    return type_ == "entity_merged" or type_.endswith(("_deleted", "_restored"))


def _told_gone(events: Sequence[RecordRow], kind: str) -> dict[int, datetime]:
    """What events say was deleted. A note's event names what the note was on, not the note."""
    return {
        row.entity_id: row.at
        for row in events
        if row.entity == kind
        and row.entity_id
        and row.at
        and str(row.data.get("type")).endswith("_deleted")
        and row.data.get("type") != DELETED
    }
