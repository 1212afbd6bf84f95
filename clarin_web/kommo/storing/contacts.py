"""A page of contacts into ours: names, ways to reach them, company, tags; leads that waited for one find it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import cast

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.events import Actor, ContactChanged, Fact
from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.mapping import ContactRow
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.apart import prepare_apart, write_apart
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.storing.joining import part_again
from clarin_web.kommo.storing.prepared import Prepared, Stored, changed_in, deleted_in
from clarin_web.kommo.upserts import upsert_contacts
from clarin_web.kommo.upserts.records import one_of
from clarin_web.kommo.upserts.waiting import find_contacts_of_leads
from clarin_web.kommo.upserts.work import attach_tasks, by_things
from clarin_web.leads.actions import refresh_search
from clarin_web.models import Chat, Contact, KommoRecord

MAX_FACTS = 50


def prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    return prepare_apart(run, "contacts", rows, partial(_prepare, run))


def write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    return write_apart(run, "contacts", prepared, partial(_write, run, is_backfill=is_backfill))


def _prepare(run: Run, rows: Sequence[Row]) -> Prepared:
    changed = changed_in(run.account_id, Contact, rows, even_same=run.is_replay)
    read = (mapping.contact(raw, run.country, run.odd, run.zone, hash_) for raw, hash_ in changed)
    mapped = [row for row in read if row]
    _learn_companies(run, mapped)
    return Prepared(mapped, deleted_in(rows))


def _write(run: Run, prepared: Prepared, *, is_backfill: bool) -> Stored:
    gone = mark_gone(run.account_id, "contacts", prepared.gone)
    rows = cast(list[ContactRow], prepared.rows)
    changed = upsert_contacts(run.account_id, rows, run.companies, run.odd)
    part_again(run.account_id, changed)
    refresh_search(run.account_id, sorted(changed))
    gone.facts += find_contacts_of_leads(run.account_id, [row.kommo_id for row in rows])
    if changed:  # a task may have come before its contact
        gone.facts += attach_tasks(run.account_id, by_things("contacts", [row.kommo_id for row in rows]))
    gone.changed += len(changed)
    is_few = not is_backfill and len(changed) <= MAX_FACTS
    gone.facts += facts_of(run.account_id, changed if is_few else in_chats(run.account_id, changed))
    return gone


def facts_of(account_id: int, contact_ids: Collection[int]) -> list[Fact]:
    actor = Actor.kommo()
    return [ContactChanged(account_id=account_id, actor=actor, contact_id=id_) for id_ in sorted(contact_ids)]


def in_chats(account_id: int, contact_ids: Collection[int]) -> set[int]:
    """Those that the inbox shows and finds by what changed, however many came at once."""
    wanted = select(Chat.contact_id).where(
        Chat.account_id == account_id, one_of(Chat.contact_id, contact_ids)
    )
    return {id_ for id_ in execute(wanted).scalars() if id_ is not None} if contact_ids else set()


def _learn_companies(run: Run, rows: Sequence[ContactRow]) -> None:
    """Names of the companies a page points at: from what is here, else from Kommo."""
    missing = {row.company_id for row in rows if row.company_id} - run.companies.keys()
    if not missing:
        return
    known = select(KommoRecord.key, KommoRecord.data["name"].astext).where(
        KommoRecord.account_id == run.account_id,
        KommoRecord.kind == "companies",
        KommoRecord.key.in_([str(id_) for id_ in missing]),
    )
    run.companies.update({int(key): name or "" for key, name in execute(known)})
    unknown = sorted(missing - run.companies.keys())
    for row in run.if_readable("companies", lambda: run.client.companies_by_id(unknown)) if unknown else []:
        run.companies[mapping.number_of(row.get("id"))] = mapping.text_of(row.get("name"))
