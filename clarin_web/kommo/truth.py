"""Where each field of a lead or contact comes from: its source, since when, and what Kommo says of it.

Nothing is asked of Kommo for it: what it said last is kept beside every mirrored row (rule 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Row, select

from clarin_web.accounts.permissions import Member
from clarin_web.contacts.queries import find_contact
from clarin_web.db import execute
from clarin_web.kommo.custom_fields import CustomField, fields_of
from clarin_web.kommo.owning import RETURNABLE
from clarin_web.kommo.upserts.people import names_of, owners_of
from clarin_web.leads.queries import Directory, find_lead
from clarin_web.lib.names import PRECEDENCE, display_name
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity, FactRow, KommoRecord, Lead

LEAD_FIELDS = ("title", "value", "stage_id", "owner_id", "tags")
CONTACT_FIELDS = ("name", "phone", "email", "company")
# Which facts tell that a field became what it is.
TOLD_BY = {
    "stage_id": ("LeadMoved", "LeadCreated"),
    "owner_id": ("LeadAssigned",),
    "tags": ("LeadTagged",),
}
RECENT = 300
NAME_SOURCES = {"typed": "user", "kommo": "kommo", "phone_book": "phone_book", "push": "whatsapp"}
IDENTITY_SOURCES = {"typed": "user", "kommo": "kommo", "whatsapp": "whatsapp"}


@dataclass(frozen=True, slots=True)
class Truth:
    """`source`: user, kommo, whatsapp, rule, phone_book or "" (not known). `kommo` is None where it says nothing.

    `is_of_row`: `at` is when Kommo last changed the whole row, since it does not tell each field's time.
    `is_overridden`: edited here, and Kommo's value can be taken again.
    """

    field: str
    value: object
    source: str
    at: datetime | None
    user_id: int | None = None
    kommo: object = None
    is_same: bool = True
    is_of_row: bool = False
    is_overridden: bool = False
    custom: CustomField | None = None

    @property
    def is_empty(self) -> bool:
        """A custom field nobody filled, here or there."""
        return self.custom is not None and not (self.custom.values or self.custom.said or self.custom.is_own)


def truth_of_lead(member: Member, lead_id: int, directory: Directory) -> tuple[Lead, list[Truth]]:
    """The lead, if this person may see it, and the truth of each of its fields."""
    lead, _contact = find_lead(member, lead_id)
    told = _facts(member.account_id, lead_id)
    said = _said_of_lead(lead, directory)
    fixed = [_of_lead(lead, field, told, said, directory) for field in LEAD_FIELDS]
    return lead, [*fixed, *_custom(lead, fields_of(lead), told)]


def truth_of_contact(account_id: int, contact_id: int) -> tuple[Contact, list[Truth]]:
    """The contact and the truth of each of its fields."""
    contact = find_contact(account_id, contact_id)
    fixed = [_name(contact), *_reached(contact), _company(contact)]
    return contact, [*fixed, *_custom(contact, fields_of(contact), ())]


def _custom(
    record: Lead | Contact, fields: Iterable[CustomField], told: Iterable[Row[Any]]
) -> Iterator[Truth]:
    for field in fields:
        if not field.is_own:
            at = record.kommo_updated_at
            yield Truth(field.key, field.values, "kommo", at, None, field.said, is_of_row=True, custom=field)
            continue
        fact = next((one for one in told if field.name in one.data.get("changes", {})), None)
        yield Truth(
            field.key,
            field.values,
            "user",
            fact.at if fact else None,
            fact.actor_id if fact else None,
            field.said,
            is_same=field.values == field.said,
            is_overridden=True,
            custom=field,
        )


def _of_lead(
    lead: Lead, field: str, told: Iterable[Row[Any]], said: Mapping[str, object], directory: Directory
) -> Truth:
    value = _shown(lead, field, directory)
    kommo = said.get(field)
    is_same = kommo is None or _same(value, kommo)
    fact = next((fact for fact in told if _is_about(fact, field)), None)
    is_ours = field in lead.overrides and field in RETURNABLE
    follows = lead.kommo_id is not None and field not in lead.overrides
    if follows and not (fact and fact.actor_kind == "kommo"):
        return Truth(field, value, "kommo", lead.kommo_updated_at, None, kommo, is_same, True)
    if fact is None:
        source = "user" if lead.overrides or lead.source == "typed" else lead.source
        return Truth(
            field,
            value,
            source,
            None if lead.kommo_id else lead.created_at,
            None,
            kommo,
            is_same,
            False,
            is_ours,
        )
    return Truth(field, value, fact.actor_kind, fact.at, fact.actor_id, kommo, is_same, False, is_ours)


def _is_about(fact: Row[Any], field: str) -> bool:
    if fact.kind == "LeadChanged":
        return field in fact.data.get("changes", {})
    return fact.kind in TOLD_BY.get(field, ())


def _facts(account_id: int, lead_id: int) -> list[Row[Any]]:
    kinds = {kind for many in TOLD_BY.values() for kind in many} | {"LeadChanged"}
    wanted = select(FactRow.kind, FactRow.actor_kind, FactRow.actor_id, FactRow.at, FactRow.data).where(
        FactRow.account_id == account_id, FactRow.lead_id == lead_id, FactRow.kind.in_(kinds)
    )
    return list(execute(wanted.order_by(FactRow.at.desc(), FactRow.id.desc()).limit(RECENT)))


def _shown(lead: Lead, field: str, directory: Directory) -> object:
    if field == "stage_id":
        return directory.stage(lead.stage_id).name
    if field == "owner_id":
        return directory.owner_name(lead.owner_id)
    if field == "tags":
        return [tag.name for tag in directory.tags_named(lead.tag_ids)]
    return getattr(lead, field)


def _said_of_lead(lead: Lead, directory: Directory) -> dict[str, object]:
    """Kommo's own words of each field, as this page shows values. A field it never told is not in it."""
    said: dict[str, Any] = dict(lead.kommo)
    found: dict[str, object] = {}
    if lead.kommo_id is None or not said:
        return found
    if isinstance(said.get("title"), str):
        found["title"] = said["title"]
    try:
        found["value"] = Decimal(str(said["value"]))
    except (KeyError, InvalidOperation):
        found.pop("value", None)
    if said.get("stage_id"):
        found["stage_id"] = directory.stage(said["stage_id"]).name
    if "owner" in said:
        found["owner_id"] = _kommo_user(lead.account_id, said["owner"], directory)
    if isinstance(said.get("tags"), list):
        found["tags"] = sorted(said["tags"])
    return found


def _kommo_user(account_id: int, kommo_id: int | None, directory: Directory) -> str:
    """Our member's name, else the name Kommo gave, else its number. Nobody is the empty name."""
    if not kommo_id:
        return ""
    if name := directory.owner_name(owners_of(account_id).get(kommo_id)):
        return name
    return names_of(account_id).get(kommo_id, f"#{kommo_id}")


def _same(value: object, kommo: object) -> bool:
    if isinstance(value, list) and isinstance(kommo, list):
        return {name_key(str(name)) for name in value} == {name_key(str(name)) for name in kommo}
    return value == kommo


def _name(contact: Contact) -> Truth:
    names: dict[str, str] = dict(contact.names)
    shown = [source for source in PRECEDENCE if names.get(source, "").strip()]
    source = next((one for one in shown if names[one] == display_name(names)), "")
    kommo = names.get("kommo") or None
    at = contact.kommo_updated_at if source == "kommo" else _named_at(contact) if source == "typed" else None
    is_same = kommo is None or kommo == contact.name
    by = NAME_SOURCES.get(source, "whatsapp" if contact.phone else "")
    return Truth("name", contact.name, by, at, None, kommo, is_same, source == "kommo")


def _named_at(contact: Contact) -> datetime | None:
    """When somebody here last changed the contact; its name is all they can."""
    wanted = select(FactRow.at).where(
        FactRow.account_id == contact.account_id,
        FactRow.contact_id == contact.id,
        FactRow.kind == "ContactChanged",
        FactRow.actor_kind == "user",
    )
    return execute(wanted.order_by(FactRow.at.desc()).limit(1)).scalar()


def _reached(contact: Contact) -> list[Truth]:
    wanted = select(
        ContactIdentity.kind, ContactIdentity.value, ContactIdentity.source, ContactIdentity.created_at
    ).where(
        ContactIdentity.account_id == contact.account_id,
        ContactIdentity.contact_id == contact.id,
        ContactIdentity.kind.in_(("phone", "email")),
    )
    known = {(row.kind, row.value): row for row in execute(wanted)}
    return [
        _one_reached(contact, kind, known.get((kind, getattr(contact, kind) or "")))
        for kind in ("phone", "email")
    ]


def _one_reached(contact: Contact, kind: str, row: Row[Any] | None) -> Truth:
    cells: Any = contact.kommo.get(f"{kind}s") or []
    said = [str(cell.get("text", "")) for cell in cells if isinstance(cell, dict) and cell.get("text")]
    source = IDENTITY_SOURCES.get(row.source, row.source) if row else ""
    mine = _plain(getattr(contact, kind) or "")
    is_same = source == "kommo" or not said or any(_plain(text) == mine for text in said)
    at = row.created_at if row else None
    return Truth(kind, getattr(contact, kind), source, at, None, said or None, is_same)


def _plain(text: str) -> str:
    """A phone by its digits, an e-mail in lower case: how they are written is no difference."""
    return text.lower() if "@" in text else "".join(char for char in text if char.isdigit())


def _company(contact: Contact) -> Truth:
    number: Any = contact.kommo.get("company")
    wanted = select(KommoRecord.data["name"].astext).where(
        KommoRecord.account_id == contact.account_id,
        KommoRecord.kind == "companies",
        KommoRecord.key == str(number),
    )
    said = execute(wanted).scalar() if number else None
    source = "kommo" if contact.company and contact.kommo_id else ""
    at = contact.kommo_updated_at if source else None
    is_same = said is None or said == contact.company
    return Truth("company", contact.company, source, at, None, said, is_same, bool(source))
