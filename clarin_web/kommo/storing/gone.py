"""Gone in Kommo is a mark, never a delete (rule 12): our row stays with all that was said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, func, select, update

from clarin_web.contacts.actions import settle_shared
from clarin_web.contacts.queries import Key
from clarin_web.db import execute
from clarin_web.events import Actor, ContactChanged, Fact, LeadsMirrored
from clarin_web.kommo.known import NOTED, split
from clarin_web.kommo.storing.prepared import Stored
from clarin_web.kommo.upserts.kept import mark_records_gone
from clarin_web.kommo.upserts.records import Columns, one_of, recordset
from clarin_web.kommo.upserts.work import attach_notes, attach_tasks, by_keys
from clarin_web.models import Contact, ContactIdentity, Lead

MAX_FACTS = 50
COLUMNS: Columns = {"kommo_id": BigInteger(), "at": DateTime(timezone=True)}


def mark_gone(account_id: int, kind: str, gone: Mapping[int, datetime], entity: str = "") -> Stored:
    """Mark these, once. What is unknown here stays unknown. Notes are those on one kind of `entity`, or of a list."""
    if not gone:
        return Stored()
    if kind in NOTED:
        kind, entity = split(kind)
    if kind == "leads":
        return _leads(account_id, gone)
    if kind == "contacts":
        return _contacts(account_id, gone)
    keys = mark_records_gone(account_id, kind, [str(id_) for id_ in gone], datetime.now(UTC), entity)
    if keys and kind == "tasks":
        return Stored(attach_tasks(account_id, by_keys(keys)), len(keys))
    if keys and kind == "notes":
        return Stored(attach_notes(account_id, by_keys(keys), is_news=False), len(keys))
    return Stored(changed=len(keys))


def _leads(account_id: int, gone: Mapping[int, datetime]) -> Stored:
    ids = _marked(Lead, account_id, gone, (Lead.id, Lead.pipeline_id))
    if not ids:
        return Stored()
    mirrored: Fact = LeadsMirrored(
        account_id=account_id,
        actor=Actor.kommo(),
        lead_ids=[row[0] for row in ids],
        pipeline_ids=sorted({row[1] for row in ids}),
    )
    return Stored([mirrored], len(ids))


def _contacts(account_id: int, gone: Mapping[int, datetime]) -> Stored:
    ids = _marked(Contact, account_id, gone, (Contact.id,))
    settle_shared(account_id, _kommos_reach(account_id, [row[0] for row in ids]))
    facts: list[Fact] = [
        ContactChanged(account_id=account_id, actor=Actor.kommo(), contact_id=row[0])
        for row in ids[:MAX_FACTS]
    ]
    return Stored(facts, len(ids))


def _kommos_reach(account_id: int, contact_ids: list[int]) -> list[Key]:
    """By what only Kommo let these be recognised: another contact that shows it, and is there, takes it over."""
    held = select(ContactIdentity.kind, ContactIdentity.value).where(
        ContactIdentity.account_id == account_id,
        one_of(ContactIdentity.contact_id, contact_ids),
        ContactIdentity.source == "kommo",
    )
    return [(row.kind, row.value) for row in execute(held)] if contact_ids else []


def _marked(
    model: type[Lead] | type[Contact], account_id: int, gone: Mapping[int, datetime], columns: tuple
) -> list:
    source = recordset([{"kommo_id": id_, "at": at} for id_, at in gone.items()], COLUMNS)
    mine = [model.account_id == account_id, model.kommo_id == source.c.kommo_id]
    if model is Lead:
        mine.append(~Lead.overrides.has_key("gone"))  # type: ignore[attr-defined]  # somebody keeps it
    marked = update(model).where(*mine, model.gone_in_kommo_at.is_(None))
    marked = marked.values(
        gone_in_kommo_at=func.coalesce(source.c.at, datetime.now(UTC)), version=model.version + 1
    )
    return list(execute(marked.returning(*columns).execution_options(synchronize_session=False)))
