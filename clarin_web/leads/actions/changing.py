"""Edit a lead's own fields, and keep its search text true."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from clarin_web.db import execute, transaction
from clarin_web.events import LeadChanged
from clarin_web.leads.actions.writing import check_unchanged, living_lead, override, tell, touch
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import name_key, search_key
from clarin_web.models import Contact, ContactIdentity, Lead

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


def refresh_search(account_id: int, contact_id: int) -> None:
    """A contact's name, phones or e-mails changed: its leads are found by the new ones."""
    with transaction():
        leads = execute(
            select(Lead.id, Lead.title).where(Lead.account_id == account_id, Lead.contact_id == contact_id)
        )
        words = words_of_contact(account_id, contact_id)
        for lead_id, title in leads.all():
            new = search_key(title, *words)
            changed = update(Lead).where(
                Lead.account_id == account_id, Lead.id == lead_id, Lead.search != new
            )
            execute(changed.values(search=new).execution_options(synchronize_session=False))


def words_of_contact(account_id: int, contact_id: int | None) -> list[str]:
    """What a lead is also found by: its contact's name, phones and e-mails."""
    if contact_id is None:
        return []
    names = select(Contact.name).where(Contact.account_id == account_id, Contact.id == contact_id)
    others = select(ContactIdentity.value).where(
        ContactIdentity.account_id == account_id,
        ContactIdentity.contact_id == contact_id,
        ContactIdentity.kind.in_(("phone", "email")),
    )
    return list(execute(names.union_all(others)).scalars())


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
        lead.search = search_key(lead.title, *words_of_contact(lead.account_id, lead.contact_id))
    override(lead, *changes)
    touch(lead)
    tell(LeadChanged, member, lead, changes=told)
