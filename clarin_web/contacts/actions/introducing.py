"""A person typed by somebody of ours: found by phone or e-mail, else a new contact."""

from __future__ import annotations

from sqlalchemy import insert

from clarin_web.contacts.actions.recognising import recognised_by
from clarin_web.contacts.queries import Key, contacts_by_identity, is_own_number
from clarin_web.db import execute, take_turns, transaction
from clarin_web.lib.errors import Invalid
from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.phones import Phone
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity


def known_person(account_id: int, phone: Phone | None, email: str) -> int | None:
    """Whose phone or e-mail this is already."""
    keys = _keys(phone, email)
    known = contacts_by_identity(account_id, keys)
    return next((known[key] for key in keys if key in known), None)


def create_sharing(account_id: int, name: str, phone: Phone | None, email: str) -> int:
    """A new contact that is reached by somebody else's phone or e-mail too, and recognised by what nobody has."""
    keys = [key for key in _keys(phone, email) if key[0] != "wa_pn"]
    with transaction() as session:
        contact_id = _create(account_id, name, phone, email)
        known = contacts_by_identity(account_id, keys)
        session.get_one(Contact, contact_id).reached = [value for _kind, value in keys]
        _add(account_id, contact_id, [key for key in keys if key not in known], phone)
        session.flush()
        return contact_id


def find_or_create_person(account_id: int, name: str, phone: Phone | None, email: str) -> int:
    """The contact's id. A known phone or e-mail keeps its contact and its name: nothing typed here renames anybody.

    A stranger who writes meanwhile, or is typed by somebody else, is the same contact.
    """
    keys = _keys(phone, email)
    with transaction():
        take_turns(*recognised_by(account_id, (value for _kind, value in keys)))
        if phone and is_own_number(account_id, phone.e164.lstrip("+")):
            raise Invalid("invalid", {"phone": "own_number"})
        known = contacts_by_identity(account_id, keys)
        found = next((known[key] for key in keys if key in known), None)
        contact_id = found or _create(account_id, name, phone, email)
        _add(account_id, contact_id, [key for key in keys if key not in known], phone)
        return contact_id


def _keys(phone: Phone | None, email: str) -> list[Key]:
    keys: list[Key] = [("phone", phone.e164), ("wa_pn", phone.e164.lstrip("+"))] if phone else []
    return [*keys, ("email", email)] if email else keys


def _create(account_id: int, name: str, phone: Phone | None, email: str) -> int:
    names = with_name({}, "typed", name)
    shown = display_name(names, phone.e164 if phone else None) or email
    with transaction() as session:
        contact = Contact(
            account_id=account_id,
            name=shown,
            name_key=name_key(shown),
            names=names,
            phone=phone.e164 if phone else None,
            email=email or None,
        )
        session.add(contact)
        session.flush()  # for contact.id, which the identities point at
        return contact.id


def _add(account_id: int, contact_id: int, keys: list[Key], phone: Phone | None) -> None:
    """Identities nobody has yet. A WhatsApp number is only known once it writes, so none is claimed here."""
    rows = [
        {
            "account_id": account_id,
            "contact_id": contact_id,
            "kind": kind,
            "value": value,
            "is_main": True,
            "raw": phone.raw if kind == "phone" and phone else value,
            "source": "typed",
        }
        for kind, value in keys
        if kind != "wa_pn"
    ]
    if rows:
        execute(insert(ContactIdentity), rows)
