"""From a WhatsApp address to a contact (domain rule 3): found, created, or two found to be one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, insert, select

from clarin_web.contacts.actions.merging import merge_contacts, separated_from
from clarin_web.contacts.actions.naming import set_name
from clarin_web.contacts.actions.returning import bring_back
from clarin_web.contacts.actions.sharing import settle_shared
from clarin_web.contacts.queries import Key, contacts_by_identity, nobodys_numbers
from clarin_web.db import execute, session, take_turns, transaction
from clarin_web.events import Actor, ContactChanged, announce
from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.phones import NotAPhone, parse_phone
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity


@dataclass(frozen=True, slots=True)
class Recognised:
    """The contact behind an address. `merged` is the contact that turned out to be the same person, if any."""

    contact_id: int
    name: str
    is_new: bool = False
    merged: int | None = None


def find_or_create_by_whatsapp(
    account_id: int, kind: str, value: str, *, other: Key | None = None, push_name: str = ""
) -> Recognised | None:
    """The contact with the WhatsApp identity (`kind`: wa_pn or wa_lid); `other` is its pair when WhatsApp told it.

    None when the number is nobody's: the business's own, or WhatsApp's. A LID alone makes a provisional contact; once
    the pair is known, that contact and the phone's become one, in the merge ledger.
    """
    ids = dict([(kind, value)] + ([other] if other else []))
    numbers, lids = ([ids[name]] if name in ids else [] for name in ("wa_pn", "wa_lid"))
    if nobodys_numbers(account_id, numbers, lids):
        return None
    keys = _keys(ids)
    with transaction():
        # Two devices may hear the same stranger at once, while somebody types them in.
        take_turns(*recognised_by(account_id, (known for _kind, known in keys)))
        owners = _owners(account_id, keys)
        contacts = list(dict.fromkeys(owners[key] for key in keys if key in owners))
        if not contacts:
            return _create(account_id, keys, push_name)
        winner, merged = contacts[0], None
        others = contacts[1:]
        apart = separated_from(account_id, winner) if others else set()
        for loser in others:
            if loser not in apart:
                merged = loser
                merge_contacts(account_id, winner, loser, reason="wa_pair")
        _add_identities(account_id, winner, [key for key in keys if key not in owners])
        return Recognised(winner, _refresh(account_id, winner, keys, push_name), merged=merged)


def _owners(account_id: int, keys: list[Key]) -> dict[Key, int]:
    """Whose these are. A number that writes for the first time may be shown by several contacts: it is settled now."""
    owners = contacts_by_identity(account_id, keys)
    unheard = [key for key in keys if key[0] == "phone" and key in owners]
    if unheard and all(key not in owners for key in keys if key[0] != "phone"):
        settle_shared(account_id, unheard)
        return contacts_by_identity(account_id, keys)
    return owners


def recognised_by(account_id: int, values: Iterable[str]) -> set[str]:
    """The names to hold while looking for a person and making them: one per identity, phones by their digits."""
    return {f"contact:{account_id}:{value.lstrip('+')}" for value in values}


def create_group_contact(account_id: int, name: str) -> int:
    """A group stands in the chat list like a person, and is never one: no identities, no leads."""
    with transaction() as current:
        contact = Contact(account_id=account_id, name=name, name_key=name_key(name), is_group=True)
        current.add(contact)
        current.flush()  # for contact.id, which the chat points at
        return contact.id


def _keys(ids: Mapping[str, str]) -> list[Key]:
    """Identities to look for, the ones that decide who survives a merge first."""
    keys: list[Key] = []
    if number := ids.get("wa_pn"):
        if phone := _e164(number):
            keys.append(("phone", phone))
        keys.append(("wa_pn", number))
    if lid := ids.get("wa_lid"):
        keys.append(("wa_lid", lid))
    return keys


def _e164(digits: str) -> str | None:
    """WhatsApp's own numbers are international; one no plan knows (a test or short number) has no phone identity."""
    try:
        return parse_phone(f"+{digits}", "ZZ").e164
    except NotAPhone:
        return None


def _create(account_id: int, keys: list[Key], push_name: str) -> Recognised:
    phone = next((value for kind, value in keys if kind == "phone"), None)
    names = with_name({}, "push", push_name)
    name = display_name(names, phone) or _nameless(keys)
    contact = Contact(
        account_id=account_id,
        name=name,
        name_key=name_key(name),
        names=names,
        phone=phone,
        is_provisional=all(kind == "wa_lid" for kind, _ in keys),
    )
    session().add(contact)
    session().flush()  # for contact.id, which the identities point at
    _add_identities(account_id, contact.id, keys)
    return Recognised(contact.id, name, is_new=True)


def _nameless(keys: list[Key]) -> str:
    """Nobody told a name and the phone is unknown: the end of the id tells two such people apart."""
    kind, value = keys[-1]
    return f"WhatsApp …{value[-4:]}" if kind == "wa_lid" else f"+{value}"


def _add_identities(account_id: int, contact_id: int, keys: list[Key]) -> None:
    if keys:
        execute(insert(ContactIdentity), [
            {"account_id": account_id, "contact_id": contact_id, "kind": kind, "value": value, "raw": value,
             "source": "whatsapp", "is_main": kind == "phone"}
            for kind, value in keys
        ])  # fmt: skip


def _refresh(account_id: int, contact_id: int, keys: list[Key], push_name: str) -> str:
    """Fill the phone when it was learned, and follow the name people give themselves."""
    contact = (
        session()
        .scalars(
            select(Contact)
            .where(Contact.account_id == account_id, Contact.id == contact_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )
    phone = next((value for kind, value in keys if kind == "phone"), None)
    is_news = False
    if contact.is_provisional and any(kind != "wa_lid" for kind, _ in keys):
        contact.is_provisional, is_news = False, True
    if contact.trashed_at is not None:
        bring_back(account_id, contact_id, Actor.whatsapp())
    if phone and not contact.phone:
        contact.phone, is_news = phone, True
    if is_news:
        contact.version, contact.updated_at = contact.version + 1, func.now()
    session().flush()  # so that the statements of set_name see the phone
    is_told = bool(push_name) and set_name(account_id, contact, "push", push_name)
    if is_news and not is_told:
        announce(ContactChanged(account_id=account_id, actor=Actor.whatsapp(), contact_id=contact_id))
    return contact.name
