"""A contact's names: every source keeps its own, one precedence decides which is shown (domain rule 10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func

from clarin_web.contacts.queries import find_contact
from clarin_web.db import session, transaction
from clarin_web.events import Actor, ContactChanged, ContactRenamed, announce
from clarin_web.lib.errors import Invalid
from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.text import name_key
from clarin_web.models import Contact


def rename_contact(account_id: int, contact_id: int, name: str, *, by: int) -> Contact:
    """What staff typed wins over every other source; an empty name gives the others their turn back."""
    with transaction():
        contact = find_contact(account_id, contact_id)
        if not name.strip() and not contact.phone and len(contact.names) < 2:
            raise Invalid("invalid", {"name": "required"})
        set_name(account_id, contact, "typed", name, actor=Actor.user(by))
        return contact


def set_name(account_id: int, contact: Contact, source: str, name: str, actor: Actor | None = None) -> bool:
    """Remember what `source` calls the contact. Announces only when the shown name changed."""
    names = with_name(contact.names, source, name)
    if names == contact.names:
        return False
    with transaction():
        shown = display_name(names, contact.phone) or contact.name
        before, changed = contact.name, shown != contact.name
        contact.names, contact.name, contact.name_key = names, shown, name_key(shown)
        contact.version, contact.updated_at = contact.version + 1, func.now()
        session().flush()  # so that later statements of this transaction read the new name
        if changed:
            about: dict[str, Any] = {
                "account_id": account_id,
                "actor": actor or Actor.whatsapp(),
                "contact_id": contact.id,
            }
            announce(ContactRenamed(**about, source=source, before=before, after=shown))
            announce(ContactChanged(**about))
        return changed
