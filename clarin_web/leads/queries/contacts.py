"""What leads need to know of a contact: who it is, and whether they can have leads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from clarin_web.db import execute
from clarin_web.lib.errors import NotFound
from clarin_web.models import Contact


def find_person(account_id: int, contact_id: int) -> Row[Any]:
    """(id, name, phone, email, is_group) of a contact. NotFound when trashed or of another account."""
    statement = select(Contact.id, Contact.name, Contact.phone, Contact.email, Contact.is_group).where(
        Contact.account_id == account_id, Contact.id == contact_id, Contact.trashed_at.is_(None)
    )
    row = execute(statement).first()
    if row is None:
        raise NotFound("contact")
    return row
