"""What Kommo's people promised and know of a lead or contact, to be read beside it.

Its tasks, a contact's responsible person and tags, the company's ways to be reached and its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, select

from clarin_web.db import execute
from clarin_web.kommo.custom_fields import IDENTITIES, zone_of_account
from clarin_web.kommo.mapping import fields as cells
from clarin_web.kommo.mapping import number_of
from clarin_web.kommo.upserts.people import names_of, owners_of
from clarin_web.models import Contact, KommoRecord, Lead, Tag, Tagging, Task, User

SHOWN = 20


@dataclass(frozen=True, slots=True)
class TaskView:
    """`who` promised it: a member here, else one of Kommo's people, else nobody."""

    title: str
    due_at: datetime
    is_done: bool
    who: str


@dataclass(frozen=True, slots=True)
class CompanyView:
    """`fields` are (name, type, values)."""

    name: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    fields: tuple[tuple[str, str, list[Any]], ...]


def tasks_of(record: Lead | Contact) -> list[TaskView]:
    """Those that are open first, what is due soonest before the others."""
    is_lead = isinstance(record, Lead)
    about = Task.lead_id == record.id if is_lead else (Task.contact_id == record.id) & Task.lead_id.is_(None)
    told = (
        (KommoRecord.account_id == Task.account_id)
        & (KommoRecord.kind == "tasks")
        & (KommoRecord.key == cast(Task.kommo_id, Text))
    )
    responsible = KommoRecord.data["responsible_user_id"].astext
    wanted = (
        select(Task.title, Task.due_at, Task.done_at, User.name, responsible.label("kommo"))
        .outerjoin(KommoRecord, told)
        .outerjoin(User, User.id == Task.owner_id)
        .where(Task.account_id == record.account_id, about)
        .order_by(Task.done_at.is_not(None), Task.due_at, Task.id)
        .limit(SHOWN)
    )
    rows = execute(wanted).all()
    names = names_of(record.account_id) if any(not row.name for row in rows) else {}
    return [
        TaskView(row.title, row.due_at, row.done_at is not None, row.name or _named(names, row.kommo))
        for row in rows
    ]


def responsible_of(contact: Contact) -> str:
    """Our member, else Kommo's own."""
    said = number_of(contact.kommo.get("owner"))
    if not said:
        return ""
    ours = owners_of(contact.account_id).get(said)
    name = execute(select(User.name).where(User.id == ours)).scalar() if ours else None
    return name or _named(names_of(contact.account_id), said)


def tags_of(contact: Contact) -> list[Any]:
    """(name, color) of each, by name."""
    worn = select(Tag.name, Tag.color).join(
        Tagging, (Tagging.account_id == Tag.account_id) & (Tagging.tag_id == Tag.id)
    )
    worn = worn.where(Tagging.account_id == contact.account_id, Tagging.contact_id == contact.id)
    return list(execute(worn.order_by(Tag.name)))


def company_of(record: Lead | Contact) -> CompanyView | None:
    """None where Kommo tells nothing of a company but its name, which stands with its people."""
    key = str(record.kommo.get("company") or "")
    wanted = select(KommoRecord.data).where(
        KommoRecord.account_id == record.account_id, KommoRecord.kind == "companies", KommoRecord.key == key
    )
    told: Any = execute(wanted).scalar() if key else None
    if told is None:
        return None
    entries = cells.whole(told)
    phones, emails = (
        tuple(str(item.get("text", "")) for item in cells.values_of(entries, code)) for code in IDENTITIES
    )
    typed = cells.typed(entries, zone_of_account(record.account_id))
    fields = tuple(
        (str(entry.get("field_name") or ""), str(entry.get("field_type") or ""), values)
        for entry in entries
        if entry.get("field_code") not in IDENTITIES and (values := typed.get(str(entry.get("field_id"))))
    )
    if not (phones or emails or fields):
        return None
    return CompanyView(str(told.get("name") or f"#{key}"), phones, emails, fields)


def _named(names: dict[int, str], kommo_user: object) -> str:
    id_ = number_of(kommo_user)
    return f"Kommo: {names.get(id_) or f'#{id_}'}" if id_ else ""
