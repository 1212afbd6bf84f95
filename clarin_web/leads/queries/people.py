"""The people of a lead beside its contact, as Kommo links them, and the leads of a person, theirs or linked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    any_,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from clarin_web.db import execute
from clarin_web.models import Contact, ContactIdentity, Lead

# As the index on them says it: few leads have a second contact.
HAS_OTHERS: ColumnElement[bool] = literal_column("lead.kommo #>> '{contacts,1}'").is_not(None)
KOMMOS: ColumnElement[Any] = literal_column("(lead.kommo -> 'contacts')", JSONB())


def linked_leads(account_id: int, contact_ids: Collection[int]) -> Select[Any]:
    """A SELECT of the ids of leads that Kommo links one of these people to, the first of each lead or another.

    By identity: of a person that was two, both are followed.
    """
    told = (
        select(func.jsonb_build_array(cast(ContactIdentity.value, BigInteger)).label("one"))
        .where(
            ContactIdentity.account_id == account_id,
            ContactIdentity.kind == "kommo_contact",
            _among(ContactIdentity.contact_id, contact_ids),
        )
        # By itself: under row-level security a cast that may fail keeps a join from the index.
        .cte("told")
        .prefix_with("MATERIALIZED")
    )
    linked = KOMMOS.op("@>")(told.c.one)
    return select(Lead.id).select_from(told).join(Lead, (Lead.account_id == account_id) & linked & HAS_OTHERS)


def leads_of_people(account_id: int, contact_ids: Collection[int]) -> list[Row[Any]]:
    """(id, title, contact_id, search) of every lead of these people."""
    columns = (Lead.id, Lead.title, Lead.contact_id, Lead.search)
    mine = Lead.id.in_(ids_of_leads(account_id, contact_ids))
    return list(execute(select(*columns).where(Lead.account_id == account_id, mine)))


def places_of_leads(account_id: int, contact_ids: Collection[int]) -> list[Row[Any]]:
    """(id, pipeline_id) of every lead of these people: where pages show them."""
    mine = Lead.id.in_(ids_of_leads(account_id, contact_ids))
    return list(execute(select(Lead.id, Lead.pipeline_id).where(Lead.account_id == account_id, mine)))


def boards_of_people(account_id: int, contact_ids: Collection[int]) -> list[int]:
    """The pipelines with a lead whose own contact is one of these people."""
    theirs = Lead.account_id == account_id, _among(Lead.contact_id, contact_ids), Lead.trashed_at.is_(None)
    return list(execute(select(Lead.pipeline_id).where(*theirs).distinct()).scalars())


def ids_of_leads(account_id: int, contact_ids: Collection[int]) -> CompoundSelect[Any]:
    """A SELECT of the ids of every lead of these people. A union: with OR neither index would be used."""
    own = select(Lead.id).where(Lead.account_id == account_id, _among(Lead.contact_id, contact_ids))
    return own.union(linked_leads(account_id, contact_ids))


def others_of_leads(account_id: int, lead_ids: Collection[int]) -> dict[int, list[int]]:
    """{lead: the contacts beside its own, in Kommo's order}."""
    linked = func.jsonb_array_elements_text(KOMMOS).table_valued(
        "value", with_ordinality="place", name="linked"
    )
    linked = linked.render_derived()
    wanted = (
        select(Lead.id, ContactIdentity.contact_id)
        .select_from(Lead)
        .join(linked, true())
        .join(
            ContactIdentity,
            (ContactIdentity.account_id == Lead.account_id)
            & (ContactIdentity.kind == "kommo_contact")
            & (ContactIdentity.value == linked.c.value),
        )
        .where(Lead.account_id == account_id, _among(Lead.id, lead_ids), HAS_OTHERS)
        .where(ContactIdentity.contact_id.is_distinct_from(Lead.contact_id))
        .order_by(Lead.id, linked.c.place)
    )
    found: dict[int, list[int]] = defaultdict(list)
    for lead_id, contact_id in execute(wanted):
        if contact_id not in found[lead_id]:
            found[lead_id].append(contact_id)
    return found


def other_contacts(lead: Lead) -> list[Row[Any]]:
    """(id, name, phone, whether it left Kommo) of the contacts beside its own. One statement, none where Kommo links no
    other."""
    told = lead.kommo.get("contacts")
    ids = (
        others_of_leads(lead.account_id, [lead.id])[lead.id]
        if isinstance(told, list) and len(told) > 1
        else []
    )
    if not ids:
        return []
    columns = (Contact.id, Contact.name, Contact.phone, Contact.gone_in_kommo_at.is_not(None))
    there = (Contact.account_id == lead.account_id, _among(Contact.id, ids), Contact.trashed_at.is_(None))
    return sorted(execute(select(*columns).where(*there)), key=lambda row: ids.index(row.id))


def _among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """As one array parameter: an IN list is a statement anew for each length."""
    return column == any_(literal(list(ids), ARRAY(BigInteger())))
