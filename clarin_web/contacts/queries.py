"""Reads of contacts. The account always comes first; a trashed contact is not there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import InstrumentedAttribute

from clarin_web.contacts.standing import survivor_of
from clarin_web.db import execute, session
from clarin_web.lib.errors import NotFound
from clarin_web.lib.service_numbers import is_service_number
from clarin_web.models import Contact, ContactIdentity, Device, DoNotContact

WHATSAPP_KINDS = ("phone", "wa_pn", "wa_lid")
Key = tuple[str, str]


def find_contact(account_id: int, contact_id: int) -> Contact:
    """The contact, or whom it was merged into; NotFound."""
    statement = select(Contact).where(
        Contact.account_id == account_id, Contact.id == contact_id, Contact.trashed_at.is_(None)
    )
    contact = session().scalars(statement).one_or_none()
    if contact is not None:
        return contact
    if (survivor := survivor_of(account_id, contact_id)) is None:
        raise NotFound("contact")
    return find_contact(account_id, survivor)


def identities_of(account_id: int, contact_id: int) -> list[Row[Any]]:
    """Every way this contact is recognised, main ones first."""
    return list(
        execute(
            select(ContactIdentity.kind, ContactIdentity.value, ContactIdentity.raw, ContactIdentity.is_main)
            .where(ContactIdentity.account_id == account_id, ContactIdentity.contact_id == contact_id)
            .order_by(ContactIdentity.is_main.desc(), ContactIdentity.id)
        ).all()
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """One way a contact is shown or recognised. `others` show it too, as (id, name); `is_theirs`: one of them is who
    is recognised by it."""

    kind: str
    value: str
    others: tuple[tuple[int, str], ...] = ()
    is_theirs: bool = False


def reaches_of(contact: Contact) -> list[Reach]:
    """By what it is recognised, main ones first, then what Kommo shows and another contact has."""
    own = [(row.kind, row.value) for row in identities_of(contact.account_id, contact.id)]
    shown = [("email" if "@" in value else "phone", value) for value in contact.reached]
    values = [value for kind, value in dict.fromkeys([*own, *shown]) if kind in ("phone", "email")]
    sharing: dict[str, dict[int, str]] = defaultdict(dict)
    for value, other, name in execute(_sharing(contact, values)) if values else ():
        sharing[value][other] = name
    return [
        Reach(kind, value, tuple(sorted(sharing[value].items())), (kind, value) not in own)
        for kind, value in dict.fromkeys([*own, *shown])
    ]


def _sharing(contact: Contact, values: list[str]) -> CompoundSelect[Any]:
    """(value, id, name) of the other contacts that show one of these, or are recognised by it."""
    asked = func.unnest(cast(values, ARRAY(Text()))).table_valued("value", name="asked").render_derived()
    other = (Contact.account_id == contact.account_id, Contact.id != contact.id, Contact.trashed_at.is_(None))
    show = select(asked.c.value, Contact.id, Contact.name).join(
        Contact, Contact.reached.contains(array([asked.c.value]))
    )
    hold = select(ContactIdentity.value, Contact.id, Contact.name).join(
        Contact,
        (Contact.account_id == ContactIdentity.account_id) & (Contact.id == ContactIdentity.contact_id),
    )
    kinds = ContactIdentity.kind.in_(("phone", "email"))
    return show.where(*other).union(hold.where(*other, kinds, ContactIdentity.value.in_(values)))


def words_by_contact(account_id: int, contact_ids: Iterable[int]) -> dict[int, list[str]]:
    """{contact: what its leads are found by}: name, every phone and e-mail, shared ones too."""
    ids = list(contact_ids)
    names = select(Contact.id, Contact.name, Contact.reached).where(
        Contact.account_id == account_id, _among(Contact.id, ids)
    )
    words = {row.id: dict.fromkeys([row.name, *row.reached]) for row in execute(names)} if ids else {}
    identities = select(ContactIdentity.contact_id, ContactIdentity.value).where(
        ContactIdentity.account_id == account_id,
        _among(ContactIdentity.contact_id, ids),
        ContactIdentity.kind.in_(("phone", "email")),
    )
    for id_, value in execute(identities.order_by(ContactIdentity.id)) if words else ():
        words[id_].setdefault(value)
    return {id_: list(found) for id_, found in words.items()}


def _among(column: InstrumentedAttribute[int], ids: list[int]) -> ColumnElement[bool]:
    """As one array parameter: an IN list is a statement anew for each length."""
    return column == any_(literal(ids, ARRAY(BigInteger())))


def contacts_by_identity(account_id: int, keys: Iterable[Key]) -> dict[Key, int]:
    """Which of these identities are known, and whose they are. One statement."""
    wanted = list(keys)
    if not wanted:
        return {}
    rows = execute(
        select(ContactIdentity.kind, ContactIdentity.value, ContactIdentity.contact_id).where(
            ContactIdentity.account_id == account_id, _any_of(ContactIdentity, wanted)
        )
    )
    return {(row.kind, row.value): row.contact_id for row in rows}


def find_by_identity(account_id: int, kind: str, value: str) -> int | None:
    """The id of the contact with this identity."""
    return contacts_by_identity(account_id, [(kind, value)]).get((kind, value))


def identities_column() -> ColumnElement[Any]:
    """A contact's identities as one JSON column, for statements that already read the contact."""
    one = func.json_build_object("kind", ContactIdentity.kind, "value", ContactIdentity.value)
    return (
        select(func.coalesce(func.json_agg(aggregate_order_by(one, ContactIdentity.id)), text("'[]'::json")))
        .where(ContactIdentity.account_id == Contact.account_id, ContactIdentity.contact_id == Contact.id)
        .correlate(Contact)
        .scalar_subquery()
    )


def is_own_number(account_id: int, digits: str) -> bool:
    """Whether these digits are one of the business's own linked numbers (rule 3)."""
    return bool(_own(account_id, {digits}, set()))


def nobodys_numbers(account_id: int, numbers: Iterable[str], lids: Iterable[str] = ()) -> set[str]:
    """Those of `numbers` (digits, of WhatsApp ids) and private ids that can be no customer's: the business's own, and
    WhatsApp's.
    """
    asked = set(numbers)
    return {digits for digits in asked if is_service_number(digits)} | _own(account_id, asked, set(lids))


def _own(account_id: int, numbers: set[str], lids: set[str]) -> set[str]:
    own = select(Device.phone, Device.lid).where(
        Device.account_id == account_id,
        or_(Device.phone.in_([f"+{digits}" for digits in numbers]), Device.lid.in_(lids)),
        Device.removed_at.is_(None),
    )
    found = {value.lstrip("+") for row in execute(own) for value in row if value}
    return found & (numbers | lids)


def is_do_not_contact(account_id: int, phones: Iterable[str], wa_ids: Iterable[str] = ()) -> bool:
    """Whether any of these phones (E.164) or WhatsApp ids (bare) may not be written to (rule 9).

    A phone on the list also stops its WhatsApp number, and the other way round.
    """
    ids = set(wa_ids)
    digits = {phone.lstrip("+") for phone in phones} | ids
    if not digits:
        return False
    blocked = select(DoNotContact.id).where(
        DoNotContact.account_id == account_id,
        or_(
            and_(DoNotContact.kind.in_(("phone", "wa_pn")), func.ltrim(DoNotContact.value, "+").in_(digits)),
            and_(DoNotContact.kind == "wa_lid", DoNotContact.value.in_(ids)),
        ),
    )
    return execute(blocked.limit(1)).first() is not None


def may_be_contacted(account_id: int, contact_id: int, key: str) -> bool:
    """By every identity of the contact and by the chat's own key. An error here is an error, never a yes."""
    known = identities_of(account_id, contact_id)
    phones = [row.value for row in known if row.kind == "phone"]
    ids = [row.value for row in known if row.kind in ("wa_pn", "wa_lid")]
    return not is_do_not_contact(account_id, phones, [*ids, key.removesuffix("@lid")])


def do_not_contact_column(key: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The same question beside a contact that a statement reads anyway: for pages to show, never to decide by."""
    mine = ContactIdentity.account_id == Contact.account_id, ContactIdentity.contact_id == Contact.id
    numbers = select(func.ltrim(ContactIdentity.value, "+")).where(
        *mine, ContactIdentity.kind.in_(("phone", "wa_pn"))
    )
    lids = select(ContactIdentity.value).where(*mine, ContactIdentity.kind == "wa_lid")
    number = func.ltrim(DoNotContact.value, "+")
    by_number = or_(number == key, number.in_(numbers.correlate(Contact)))
    by_lid = or_(DoNotContact.value + "@lid" == key, DoNotContact.value.in_(lids.correlate(Contact)))
    return exists().where(
        DoNotContact.account_id == Contact.account_id,
        or_(
            and_(DoNotContact.kind.in_(("phone", "wa_pn")), by_number),
            and_(DoNotContact.kind == "wa_lid", by_lid),
        ),
    )


def _any_of(model: type[ContactIdentity], keys: list[Key]) -> ColumnElement[bool]:
    return or_(*(and_(model.kind == kind, model.value == value) for kind, value in keys))
