"""What two rows of a Kommo have in common when they are one: phones and e-mails, a company's name, a lead's people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from clarin_web.db import execute
from clarin_web.kommo.mapping import embedded_of, number_of, text_of
from clarin_web.kommo.mapping.fields import values_of, whole
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts.records import one_of
from clarin_web.lib.emails import parse_emails
from clarin_web.lib.phones import parse_phones
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity, KommoRecord, Lead

MAX_SUSPECTS = 300
MAX_COMPANIES = 1000  # few enough to ask for all of them: ten questions


@dataclass(frozen=True, slots=True)
class Held:
    """A row of ours by Kommo's id, and what it can be known by."""

    id: int
    ties: frozenset[str]
    updated_at: datetime | None
    gone_at: datetime | None


def ties_of(kind: str, said: Mapping[str, Any], country: str) -> set[str]:
    """By what a row of Kommo's can be known: as it comes, or as we keep it."""
    if kind == "leads":
        people = said.get("contacts") or [row.get("id") for row in embedded_of(dict(said), "contacts")]
        return {f"contact {number_of(id_)}" for id_ in people if number_of(id_)}
    phones, emails = _texts(said, "phones", "PHONE"), _texts(said, "emails", "EMAIL")
    ties = {phone.e164 for text in phones for phone in parse_phones(text, country)[0]}
    ties |= {email for text in emails for email in parse_emails(text)[0]}
    name = name_key(text_of(said.get("name")))
    return ties | {f"name {name}"} if kind == "companies" and name else ties


def held(run: Run, kind: str, ids: Collection[int]) -> dict[int, Held]:
    """Our rows of these Kommo ids."""
    if kind == "companies":
        return _read(run, kind, _records(run, KommoRecord.key.in_([str(id_) for id_ in ids])))
    model = _model(kind)
    return _read(run, kind, _rows(run, model, one_of(model.kommo_id, ids)))


def suspects(
    run: Run, kind: str, survivors: Collection[int], ties: set[str], since: datetime
) -> dict[int, Held]:
    """Rows that a merge since then may have taken in: not gone, or gone since."""
    if kind == "companies":
        there = KommoRecord.gone_at.is_(None) | (KommoRecord.gone_at >= since)
        names = [tie.removeprefix("name ") for tie in ties]
        is_other = func.lower(KommoRecord.data["name"].astext).not_in(names)
        found = _read(run, kind, _records(run, there).order_by(is_other).limit(MAX_COMPANIES))
    else:
        model = _model(kind)
        there = model.gone_in_kommo_at.is_(None) | (model.gone_in_kommo_at >= since)
        alike = _leads_alike(run, ties) if kind == "leads" else _contacts_alike(run, survivors, ties)
        found = _read(run, kind, _rows(run, model, there, alike).limit(MAX_SUSPECTS))
    return {id_: row for id_, row in found.items() if id_ not in survivors}


def merges_since(run: Run, kind: str, since: datetime | None) -> dict[int, Held]:
    """The survivors of the merges told of since then."""
    wanted = select(KommoRecord.entity_id).where(
        KommoRecord.account_id == run.account_id,
        KommoRecord.kind == "events",
        KommoRecord.entity == kind,
        KommoRecord.data["type"].astext == "entity_merged",
    )
    if since is not None:
        wanted = wanted.where(KommoRecord.at >= since)
    ids = {id_ for id_ in execute(wanted.distinct()).scalars() if id_}
    return held(run, kind, ids) if ids else {}


def _texts(said: Mapping[str, Any], kept: str, code: str) -> list[str]:
    cells = said.get(kept) if isinstance(said.get(kept), list) else values_of(whole(dict(said)), code)
    return [str(cell["text"]) for cell in cells or [] if isinstance(cell, dict) and cell.get("text")]


def _model(kind: str) -> type[Lead] | type[Contact]:
    return Lead if kind == "leads" else Contact


def _rows(run: Run, model: type[Lead] | type[Contact], *which: ColumnElement[bool]) -> Any:
    columns = (model.kommo_id, model.kommo, model.kommo_updated_at, model.gone_in_kommo_at)
    return select(*columns).where(model.account_id == run.account_id, model.kommo_id.is_not(None), *which)


def _records(run: Run, *which: ColumnElement[bool]) -> Any:
    columns = (KommoRecord.key, KommoRecord.data, KommoRecord.kommo_updated_at, KommoRecord.gone_at)
    mine = (KommoRecord.account_id == run.account_id, KommoRecord.kind == "companies")
    return select(*columns).where(*mine, *which)


def _read(run: Run, kind: str, wanted: Any) -> dict[int, Held]:
    return {
        int(key): Held(int(key), frozenset(ties_of(kind, said, run.country)), updated_at, gone_at)
        for key, said, updated_at, gone_at in execute(wanted)
    }


def _leads_alike(run: Run, ties: set[str]) -> ColumnElement[bool]:
    """Leads of the same people."""
    people = [int(tie.removeprefix("contact ")) for tie in ties]
    theirs = select(Contact.id).where(Contact.account_id == run.account_id, one_of(Contact.kommo_id, people))
    return Lead.contact_id.in_(theirs)


def _contacts_alike(run: Run, survivors: Collection[int], ties: set[str]) -> ColumnElement[bool]:
    """Who holds one of these phones or e-mails, has it first, or bears a survivor's name."""
    holders = select(ContactIdentity.contact_id).where(
        ContactIdentity.account_id == run.account_id,
        ContactIdentity.kind.in_(("phone", "email")),
        ContactIdentity.value.in_(ties),
    )
    names = select(Contact.name_key).where(
        Contact.account_id == run.account_id, one_of(Contact.kommo_id, survivors)
    )
    reached = Contact.phone.in_(ties) | Contact.email.in_(ties)
    return or_(Contact.id.in_(holders), reached, Contact.name_key.in_(names))
