"""What leads need to know of a contact: who it is, and whether they can have leads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from clarin_web.contacts.standing import survivor_of
from clarin_web.db import execute
from clarin_web.lib.errors import NotFound
from clarin_web.models import Contact


def find_person(account_id: int, contact_id: int) -> Row[Any]:
    """(id, name, phone, email, is_group, trashed_at) of a contact or whom it was merged into; who is in the trash too:
    a lead of theirs brings them back. NotFound when of another account."""
    columns = Contact.id, Contact.name, Contact.phone, Contact.email, Contact.is_group, Contact.trashed_at
    row = execute(select(*columns).where(Contact.account_id == account_id, Contact.id == contact_id)).first()
    if row is None:
        raise NotFound("contact")
    if row.trashed_at is None or (survivor := survivor_of(account_id, contact_id)) is None:
        return row
    return find_person(account_id, survivor)
