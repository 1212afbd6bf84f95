"""Rows point at each other and come in any order: what waited finds the other, what copied a name follows it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, cast, update

from clarin_web.db import execute
from clarin_web.events import Fact
from clarin_web.kommo.upserts.mirrored import contacts_mirrored, leads_mirrored
from clarin_web.kommo.upserts.records import one_of
from clarin_web.leads.actions import refresh_search
from clarin_web.models import Contact, KommoRecord, Lead


def find_contacts_of_leads(account_id: int, kommo_ids: Collection[int]) -> list[Fact]:
    """Leads that named one of these contacts before it was here get it now."""
    if not kommo_ids:
        return []
    named = cast(Lead.kommo["contact"].astext, BigInteger)
    found = (
        update(Lead)
        .where(Lead.account_id == account_id, Lead.contact_id.is_(None), Lead.kommo_id.is_not(None))
        .where(
            named == Contact.kommo_id, Contact.account_id == account_id, one_of(Contact.kommo_id, kommo_ids)
        )
        .values(contact_id=Contact.id, version=Lead.version + 1)
    )
    rows = execute(
        found.returning(Lead.id, Lead.pipeline_id, Lead.contact_id).execution_options(
            synchronize_session=False
        )
    ).all()
    if not rows:
        return []
    refresh_search(account_id, sorted({row[2] for row in rows}))
    return leads_mirrored(account_id, rows)


def rename_companies(account_id: int, keys: Collection[str]) -> list[Fact]:
    """Contacts carry their company's name: it follows the company."""
    company = (KommoRecord.account_id == account_id) & (KommoRecord.kind == "companies")
    name = KommoRecord.data["name"].astext
    renamed = (
        update(Contact)
        .where(Contact.account_id == account_id, Contact.kommo_id.is_not(None))
        .where(company, KommoRecord.key.in_(keys), Contact.kommo["company"].astext == KommoRecord.key)
        .where(Contact.company.is_distinct_from(name))
        .values(company=name, version=Contact.version + 1)
        .returning(Contact.id)
    )
    return contacts_mirrored(
        account_id, execute(renamed.execution_options(synchronize_session=False)).scalars()
    )
