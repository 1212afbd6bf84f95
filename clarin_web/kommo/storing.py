"""One page of rows, its facts and its cursor, in one transaction: what is not committed was not read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import select

from clarin_web.db import execute, session, transaction
from clarin_web.events import (
    Actor,
    ContactChanged,
    Fact,
    KommoProgressed,
    LeadClosed,
    LeadCreated,
    LeadMoved,
    LeadReopened,
    LeadsMirrored,
    announce_all,
)
from clarin_web.kommo import mapping
from clarin_web.kommo.client import Client, Row
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.errors import BadRequest, NoRights, NotFound
from clarin_web.kommo.mapping import ContactRow, LeadRow, Oddities
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.upserts import LeadChange, ensure_stages, load_references, upsert_contacts, upsert_leads
from clarin_web.kommo.upserts.leads import refresh_leads_search
from clarin_web.models import Contact, KommoStream

MAX_CONTACT_FACTS = 50
STREAMS = ("users", "pipelines", "tags", "contacts", "leads")


@dataclass
class Run:
    """One visit to one Kommo. `users` pairs Kommo's users with ours."""

    account_id: int
    connection_id: int
    client: Client
    country: str
    odd: Oddities
    companies: dict[int, str] = field(default_factory=dict)

    def ids(self) -> dict[str, int]:
        return {"account_id": self.account_id, "connection_id": self.connection_id}


def store(run: Run, name: str, rows: Sequence[Row], cursor: Cursor, *, is_last: bool) -> int:
    """Write a page of contacts or leads and move the stream's cursor; answers how many rows changed."""
    write = _store_contacts if name == "contacts" else _store_leads
    prepared = _prepare(run, name, rows)
    with transaction():
        stream = streams_of(**run.ids())[name]
        facts, changed = write(run, prepared, is_backfill=stream.phase == "backfill")
        was_backfill = _advance(stream, cursor, len(rows), changed, is_last)
        save_oddities(run)
        if facts or was_backfill:
            facts.append(KommoProgressed(**run.ids(), actor=Actor.kommo()))
        announce_all(facts)
    return changed


def add_streams(account_id: int, connection_id: int) -> None:
    """A row for each stream that has none yet, so that progress is there from the first look."""
    with transaction() as current:
        have = streams_of(account_id, connection_id)
        for name in STREAMS:
            if name not in have:
                current.add(KommoStream(account_id=account_id, connection_id=connection_id, name=name))
        current.flush()


def save_oddities(run: Run) -> None:
    """Keep what was odd where people see it; written only when there is something new."""
    connection = find_connection(**run.ids())
    if connection is not None and connection.warnings != run.odd.found:
        connection.warnings = list(run.odd.found)
        session().flush()  # the row is read afresh by whoever asks next


def _prepare(run: Run, name: str, rows: Sequence[Row]) -> list[ContactRow] | list[LeadRow]:
    """Everything that asks Kommo happens here, before the transaction opens."""
    if name == "contacts":
        contacts = [row for raw in rows if (row := mapping.contact(raw, run.country, run.odd))]
        _learn_companies(run, contacts)
        return contacts
    leads = [lead for raw in rows if (lead := mapping.lead(raw, run.odd))]
    _fetch_missing_contacts(run, leads)
    return leads


def _fetch_missing_contacts(run: Run, leads: Sequence[LeadRow]) -> None:
    """A lead may point at a contact that was made a moment ago, after the contacts were read."""
    wanted = {lead.contact_kommo_id for lead in leads if lead.contact_kommo_id}
    known = select(Contact.kommo_id).where(Contact.account_id == run.account_id, Contact.kommo_id.in_(wanted))
    missing = sorted(wanted - set(execute(known).scalars()))
    if not missing:
        return
    rows = _if_readable(run, "contacts", lambda: run.client.contacts_by_id(missing))
    prepared = _prepare(run, "contacts", rows)
    with transaction():
        _store_contacts(run, prepared, is_backfill=True)


def _learn_companies(run: Run, contacts: Sequence[ContactRow]) -> None:
    missing = sorted({row.company_id for row in contacts if row.company_id} - run.companies.keys())
    if not missing:
        return
    for row in _if_readable(run, "companies", lambda: run.client.companies_by_id(missing)):
        run.companies[row["id"]] = str(row.get("name") or "")[:200]


def _if_readable(run: Run, name: str, read: Callable[[], list[Row]]) -> list[Row]:
    try:
        return read()
    except (NotFound, NoRights, BadRequest) as refusal:
        run.odd.add(name, "", refusal.code)
        return []


def _store_contacts(run: Run, rows: Sequence, *, is_backfill: bool) -> tuple[list[Fact], int]:
    changed = upsert_contacts(run.account_id, rows, run.companies, run.odd)
    refresh_leads_search(run.account_id, sorted(changed))
    if is_backfill or len(changed) > MAX_CONTACT_FACTS:
        return [], len(changed)
    actor = Actor.kommo()
    facts: list[Fact] = [
        ContactChanged(account_id=run.account_id, actor=actor, contact_id=id_) for id_ in sorted(changed)
    ]
    return facts, len(changed)


def _store_leads(run: Run, rows: Sequence, *, is_backfill: bool) -> tuple[list[Fact], int]:
    known = load_references(run.account_id)
    if ensure_stages(run.account_id, {row.stage for row in rows if not row.is_deleted}, known):
        known = load_references(run.account_id)
    changes = upsert_leads(run.account_id, rows, known)
    if not changes:
        return [], 0
    pipelines = {change.pipeline_id for change in changes} | {change.from_pipeline_id for change in changes}
    mirrored = LeadsMirrored(
        account_id=run.account_id,
        actor=Actor.kommo(),
        lead_ids=[change.lead_id for change in changes],
        pipeline_ids=sorted(id_ for id_ in pipelines if id_ is not None),
    )
    single = [] if is_backfill else [fact for change in changes for fact in _told(run.account_id, change)]
    return [*single, mirrored], len(changes)


def _told(account_id: int, change: LeadChange) -> list[Fact]:
    """What the timeline says of one lead. The first import is not a thousand pieces of news."""
    about = {
        "account_id": account_id,
        "actor": Actor.kommo(),
        "lead_id": change.lead_id,
        "pipeline_id": change.pipeline_id,
        "contact_id": change.contact_id,
    }
    if change.is_new:
        return [LeadCreated(**about, title=change.title)]  # type: ignore[arg-type]
    facts: list[Fact] = []
    if change.has_moved:
        stages = {"from_stage_id": change.from_stage_id, "to_stage_id": change.stage_id}
        facts.append(LeadMoved(**about, **stages, from_pipeline_id=change.from_pipeline_id))  # type: ignore[arg-type]
    if change.status != change.from_status:
        closed = change.status != "open"
        facts.append(LeadClosed(**about, outcome=change.status) if closed else LeadReopened(**about))  # type: ignore[arg-type]
    return facts


def _advance(stream: KommoStream, cursor: Cursor, read: int, changed: int, is_last: bool) -> bool:
    """Move the cursor with the rows. Answers whether the stream was still in its backfill."""
    now = datetime.now(UTC)
    was_backfill = stream.phase == "backfill"
    stream.cursor = cursor.dump()
    stream.rows_written += changed
    stream.updated_at = now
    if was_backfill:
        stream.rows_done += read
    if is_last:
        stream.last_success_at = now
        stream.phase = "live"
        stream.rows_total = max(stream.rows_done, 1) if was_backfill else stream.rows_total
    return was_backfill
