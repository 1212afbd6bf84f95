"""Edit a lead's own fields, and keep its search text true."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import update

from clarin_web.contacts.queries import words_by_contact
from clarin_web.db import execute, transaction
from clarin_web.events import LeadChanged
from clarin_web.leads.actions.writing import check_unchanged, living_lead, override, tell, touch
from clarin_web.leads.queries.people import leads_of_people, others_of_leads
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Lead

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

EDITABLE = ("title", "value")


def change_lead(
    member: Member,
    lead_id: int,
    changes: Mapping[str, str | Decimal],
    *,
    version: int | None = None,
    was: Mapping[str, str] | None = None,
) -> Lead:
    """Write new values of EDITABLE fields; equal ones are skipped. One fact names every field with before and after.

    Conflict when the lead changed since `version`, unless the fields still read as `was`.
    """
    with transaction():
        lead = living_lead(member, lead_id)
        if unknown := set(changes) - set(EDITABLE):
            raise Invalid("invalid", dict.fromkeys(unknown, "not_there"))
        different = {name: value for name, value in changes.items() if getattr(lead, name) != value}
        if not different:
            return lead
        seen = was or {}
        unchanged = bool(seen) and all(seen.get(name) == as_text(getattr(lead, name)) for name in different)
        check_unchanged(lead, version, still_true=unchanged)
        _write(member, lead, different)
        return lead


def refresh_search(account_id: int, contact_ids: Collection[int]) -> None:
    """Names, phones or e-mails of these contacts changed: their leads are found by the new ones, and those on which
    they are among the others. Rows that read the same stay unwritten."""
    if not contact_ids:
        return
    with transaction():
        leads = leads_of_people(account_id, contact_ids)
        if not leads:
            return
        others = others_of_leads(account_id, [lead.id for lead in leads])
        people = {id_ for lead in leads for id_ in (lead.contact_id, *others[lead.id]) if id_ is not None}
        words = words_by_contact(account_id, people)
        found_by = {
            lead.id: [w for id_ in (lead.contact_id, *others[lead.id]) for w in words.get(id_, ())]
            for lead in leads
        }
        now = {lead.id: search_key(lead.title, *found_by[lead.id]) for lead in leads}
        changed = [{"id": lead.id, "search": now[lead.id]} for lead in leads if now[lead.id] != lead.search]
        if changed:
            execute(update(Lead), changed)


def words_of_lead(account_id: int, lead: Lead) -> list[str]:
    """What a lead is also found by: names, phones and e-mails of its contact and of its others."""
    people = [lead.contact_id] if lead.contact_id else []
    if lead.id is not None and lead.kommo_id is not None:
        people += others_of_leads(account_id, [lead.id])[lead.id]
    words = words_by_contact(account_id, people)
    return [word for id_ in people for word in words.get(id_, ())]


def as_text(value: str | Decimal) -> str:
    """A field's value as forms carry it and facts tell it: no trailing zeros that a person did not type."""
    if not isinstance(value, Decimal):
        return value
    whole = value == value.to_integral_value()
    return str(value.quantize(Decimal(1)) if whole else value.quantize(Decimal("0.01")))


def _write(member: Member, lead: Lead, changes: Mapping[str, str | Decimal]) -> None:
    told = {name: [as_text(getattr(lead, name)), as_text(value)] for name, value in changes.items()}
    for name, value in changes.items():
        setattr(lead, name, value)
    if "title" in changes:
        lead.name_key = name_key(lead.title)
        lead.search = search_key(lead.title, *words_of_lead(lead.account_id, lead))
    override(lead, *changes)
    touch(lead)
    tell(LeadChanged, member, lead, changes=told)
