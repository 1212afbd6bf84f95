"""A page of leads into ours, with what the timeline tells of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import cast

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.events import (
    Actor,
    Fact,
    LeadCreated,
    LeadsMirrored,
)
from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.mapping import LeadRow
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import contacts
from clarin_web.kommo.storing.apart import prepare_apart, write_apart
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.storing.history import events_tell, guess_moves, tell_kept_moves
from clarin_web.kommo.storing.prepared import Prepared, Stored, changed_in, deleted_in
from clarin_web.kommo.upserts import (
    LeadChange,
    ensure_reasons,
    ensure_stages,
    load_references,
    upsert_leads,
)
from clarin_web.kommo.upserts.records import one_of
from clarin_web.kommo.upserts.work import attach_notes, attach_tasks, by_things
from clarin_web.models import Contact, Lead


def prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    return prepare_apart(run, "leads", rows, partial(_prepare, run))


def write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    return write_apart(run, "leads", prepared, partial(_write, run, is_backfill=is_backfill))


def _prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    changed = changed_in(run.account_id, Lead, rows, even_same=run.is_replay)
    mapped = [row for raw, hash_ in changed if (row := mapping.lead(raw, run.odd, run.zone, hash_))]
    return Prepared(mapped, deleted_in(rows), {"contacts": _missing_contacts(run, mapped)})


def _write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    stored = mark_gone(run.account_id, "leads", prepared.gone)
    if "contacts" in prepared.more:
        stored.add(contacts.write(run, prepared.more["contacts"], is_backfill=True))
    rows = cast(list[LeadRow], prepared.rows)
    if not rows:
        return stored
    known = load_references(run.account_id)
    is_more = ensure_stages(run.account_id, {row.stage for row in rows}, known)
    named = {
        id_: row.loss_reason for row in rows if row.loss_reason and (id_ := row.said.get("loss_reason_id"))
    }
    if ensure_reasons(run.account_id, named, known) or is_more:
        known = load_references(run.account_id)
    changes = upsert_leads(run.account_id, rows, known)
    new = {change.lead_id for change in changes if change.is_new}
    stored.changed += len(changes)
    stored.facts += _tell(run.account_id, changes, is_backfill=is_backfill)
    moved = [] if is_backfill else [change for change in changes if change.has_moved]
    if moved and not events_tell(run):
        guess_moves(run.account_id, moved)
    if new:  # also while they are imported: their list may have been refused when the others were read
        stored.facts += _attach(run, rows)
        tell_kept_moves(run, [row.kommo_id for row in rows])
    return stored


def _missing_contacts(run: Run, leads: Sequence[LeadRow]) -> Prepared:
    """A lead may point at a contact that was made a moment ago, after the contacts were read."""
    wanted = {id_ for lead in leads for id_ in lead.said["contacts"]}
    known = select(Contact.kommo_id).where(
        Contact.account_id == run.account_id, one_of(Contact.kommo_id, wanted)
    )
    missing = sorted(wanted - set(execute(known).scalars())) if wanted else []
    if not missing:
        return Prepared()
    rows = run.if_readable("contacts", lambda: run.client.contacts_by_id(missing))
    return contacts.prepare(run, rows)


def _attach(run: Run, rows: Sequence[LeadRow]) -> list[Fact]:
    """Notes and tasks may have come before their lead."""
    about = by_things("leads", [row.kommo_id for row in rows])
    attach_tasks(run.account_id, about)  # of leads that are told of anyway
    return attach_notes(run.account_id, about, is_news=False)


def _tell(account_id: int, changes: Sequence[LeadChange], *, is_backfill: bool) -> list[Fact]:
    if not changes:
        return []
    pipelines = {change.pipeline_id for change in changes} | {change.from_pipeline_id for change in changes}
    mirrored = LeadsMirrored(
        account_id=account_id,
        actor=Actor.kommo(),
        lead_ids=[change.lead_id for change in changes],
        pipeline_ids=sorted(id_ for id_ in pipelines if id_ is not None),
    )
    # The first import is not a thousand pieces of news.
    created = [] if is_backfill else [_created(account_id, one) for one in changes if one.is_new]
    return [*created, mirrored]


def _created(account_id: int, change: LeadChange) -> LeadCreated:
    return LeadCreated(
        account_id=account_id,
        actor=Actor.kommo(),
        lead_id=change.lead_id,
        pipeline_id=change.pipeline_id,
        contact_id=change.contact_id,
        title=change.title,
    )
