"""A merge names its survivor only: which of our rows it absorbed is found among those that share something with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from clarin_web.db import execute
from clarin_web.kommo.mapping import number_of
from clarin_web.kommo.run import Run
from clarin_web.models import Contact, ContactIdentity, Lead

MAX_SUSPECTS = 100


def suspects(account_id: int, kind: str, survivors: Collection[int]) -> list[int]:
    """Kommo ids that may have been absorbed: contacts of a shared phone or e-mail, leads of the same contact."""
    if not survivors:
        return []
    if kind == "companies":
        return []  # nothing tells them apart but the weekly sweep
    read = _of_leads if kind == "leads" else _of_contacts
    return [id_ for id_ in read(account_id, survivors) if id_ not in survivors][:MAX_SUSPECTS]


def verified_gone(run: Run, kind: str, ids: Sequence[int]) -> dict[int, datetime]:
    """Those Kommo knows neither in its list nor by themselves."""
    if not ids:
        return {}
    rows = run.if_readable(kind, lambda: run.client.by_id(kind, ids))
    listed = {number_of(row.get("id")) for row in rows}
    return {id_: datetime.now(UTC) for id_ in ids if id_ not in listed and not is_there(run, kind, id_)}


def is_there(run: Run, kind: str, id_: int) -> bool:
    """Whether Kommo answers for this one alone; incoming leads are in no list, but they are there."""
    return bool(run.if_readable(kind, lambda: run.client.read(f"/api/v4/{kind}/{id_}", kind).rows))


def _of_contacts(account_id: int, survivors: Collection[int]) -> list[int]:
    """Whoever holds a phone or e-mail that Kommo says the survivor has."""
    survivor = aliased(Contact)
    phones = select(survivor.kommo["phones"], survivor.kommo["emails"]).where(
        survivor.account_id == account_id, survivor.kommo_id.in_(survivors)
    )
    raw = {
        str(cell.get("text"))
        for cells in execute(phones)
        for values in cells
        for cell in values or []
        if isinstance(cell, dict)
    }
    if not raw:
        return []
    held = (ContactIdentity.account_id == Contact.account_id) & (ContactIdentity.contact_id == Contact.id)
    shares = ContactIdentity.raw.in_(raw) | ContactIdentity.value.in_({text.lower() for text in raw})
    wanted = (
        select(Contact.kommo_id).join(ContactIdentity, held).where(Contact.account_id == account_id, shares)
    )
    living = wanted.where(Contact.kommo_id.is_not(None), Contact.gone_in_kommo_at.is_(None)).distinct()
    return [id_ for id_ in execute(living).scalars() if id_ is not None]


def _of_leads(account_id: int, survivors: Collection[int]) -> list[int]:
    mine = select(Lead.contact_id).where(Lead.account_id == account_id, Lead.kommo_id.in_(survivors))
    wanted = select(Lead.kommo_id).where(
        Lead.account_id == account_id,
        Lead.contact_id.in_(mine),
        Lead.kommo_id.is_not(None),
        Lead.gone_in_kommo_at.is_(None),
    )
    return [id_ for id_ in execute(wanted).scalars() if id_ is not None]
