"""Rows of ours that Kommo made one: a contact becomes part of its survivor, of the others is noted where they live on.

What turns up in Kommo again was not taken in after all: then two contacts are two again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Row, Text, cast, func, select, update

from clarin_web.contacts.actions import KOMMO, merge_contacts, undo_merge
from clarin_web.db import execute
from clarin_web.events import announce_all
from clarin_web.kommo.storing.prepared import Stored
from clarin_web.kommo.upserts.mirrored import leads_mirrored
from clarin_web.kommo.upserts.records import Columns, one_of, recordset
from clarin_web.leads.actions import refresh_search
from clarin_web.models import Contact, ContactMerge, KommoRecord, Lead

COLUMNS: Columns = {"absorbed": BigInteger(), "survivor": BigInteger()}


def join(account_id: int, kind: str, into: Mapping[int, int]) -> Stored:
    """`into` is {absorbed: survivor} by Kommo's ids. Once done, doing it again changes nothing."""
    if not into:
        return Stored()
    _note(account_id, kind, into)
    if kind != "contacts":
        return Stored(changed=len(into))
    ids = _living(account_id, {*into, *into.values()})
    pairs = [(ids[winner], ids[loser]) for loser, winner in into.items() if winner in ids and loser in ids]
    for winner, loser in pairs:
        merge_contacts(account_id, winner, loser, reason=KOMMO)
    refresh_search(account_id, sorted({winner for winner, _ in pairs}))
    return Stored(changed=len(pairs))


def part_again(account_id: int, contact_ids: Collection[int]) -> None:
    """These contacts are in Kommo: those that were made part of another are themselves again."""
    if not contact_ids:
        return
    wanted = select(ContactMerge.id, ContactMerge.winner_id, ContactMerge.loser_id).where(
        ContactMerge.account_id == account_id,
        one_of(ContactMerge.loser_id, contact_ids),
        ContactMerge.reason == KOMMO,
        ContactMerge.undone_at.is_(None),
    )
    merges = execute(wanted).all()
    for merge in merges:
        undo_merge(account_id, merge.id)
    _follow_kommo(account_id, merges)


def _follow_kommo(account_id: int, merges: Sequence[Row[Any]]) -> None:
    """Whose a lead is, Kommo may have said anew in the meantime."""
    people = {id_ for merge in merges for id_ in (merge.winner_id, merge.loser_id)}
    if not people:
        return
    named = cast(Lead.kommo["contact"].astext, BigInteger)
    theirs = update(Lead).where(
        Lead.account_id == account_id,
        Lead.kommo_id.is_not(None),
        one_of(Lead.contact_id, people),
        Contact.account_id == account_id,
        Contact.kommo_id == named,
        Contact.id != Lead.contact_id,
    )
    moved = theirs.values(contact_id=Contact.id, version=Lead.version + 1).returning(
        Lead.id, Lead.pipeline_id
    )
    rows = execute(moved.execution_options(synchronize_session=False)).all()
    announce_all(leads_mirrored(account_id, rows))
    refresh_search(account_id, sorted(people))


def _note(account_id: int, kind: str, into: Mapping[int, int]) -> None:
    """On the absorbed row, where Kommo's own words are: they are written anew should it come back."""
    source = recordset([{"absorbed": one, "survivor": other} for one, other in into.items()], COLUMNS)
    told = func.jsonb_build_object("merged_into", source.c.survivor)
    if kind == "companies":
        mine = (KommoRecord.account_id == account_id, KommoRecord.kind == kind)
        noted = update(KommoRecord).where(*mine, KommoRecord.key == cast(source.c.absorbed, Text))
        noted = noted.values(data=KommoRecord.data.op("||")(told))
    else:
        model: Any = Lead if kind == "leads" else Contact
        noted = update(model).where(model.account_id == account_id, model.kommo_id == source.c.absorbed)
        noted = noted.values(kommo=model.kommo.op("||")(told), version=model.version + 1)
    execute(noted.execution_options(synchronize_session=False))


def _living(account_id: int, kommo_ids: Collection[int]) -> dict[int, int]:
    wanted = select(Contact.kommo_id, Contact.id).where(
        Contact.account_id == account_id, one_of(Contact.kommo_id, kommo_ids), Contact.trashed_at.is_(None)
    )
    return {row.kommo_id: row.id for row in execute(wanted)}
