"""A page of Kommo contacts. A contact known by phone or e-mail becomes Kommo's too: one person, one row (rule 3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, DateTime, Row, Text, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from clarin_web.db import execute, session
from clarin_web.kommo.mapping import ContactRow, Oddities, reach
from clarin_web.kommo.upserts.identities import Reached, replace_identities, values_of
from clarin_web.kommo.upserts.records import differs, insert_from, is_believed, one_of, pairs, unless_kept
from clarin_web.kommo.upserts.taggings import replace_taggings
from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.text import name_key
from clarin_web.models import Contact, ContactIdentity
from clarin_web.tags.actions import find_or_create

TABLE = Contact.__table__
COLUMNS = {
    "account_id": BigInteger(),
    "kommo_id": BigInteger(),
    "name": Text(),
    "name_key": Text(),
    "names": JSONB(),
    "phone": Text(),
    "email": Text(),
    "company": Text(),
    "reached": ARRAY(Text()),
    "kommo_updated_at": DateTime(timezone=True),
    "kommo_hash": BigInteger(),
    "kommo": JSONB(),
    "custom": JSONB(),
    "gone_in_kommo_at": DateTime(timezone=True),
    "created_at": DateTime(timezone=True),
    "updated_at": DateTime(timezone=True),
}
COMPARED = ("name", "names", "phone", "email", "company", "kommo_updated_at", "gone_in_kommo_at")
COMPARED += ("kommo", "custom", "kommo_hash", "reached")


@dataclass
class Known:
    """What we hold about the people of a page."""

    contacts: dict[int, Row[Any]] = field(default_factory=dict)
    by_identity: dict[tuple[str, str], int] = field(default_factory=dict)
    own: dict[int, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))


def upsert_contacts(
    account_id: int, rows: Sequence[ContactRow], companies: Mapping[int, str], odd: Oddities
) -> set[int]:
    """Write the page; answers the ids of contacts that changed."""
    latest = {row.kommo_id: row for row in rows}
    if not latest:
        return set()
    adopted = _adopt(account_id, latest)
    known = _load(account_id, latest)
    records = [_record(account_id, row, known, companies) for row in latest.values()]
    changed = _write(records) | adopted
    # A late answer, which was not written, says nothing of phones and tags either.
    ids = _written(account_id, latest)
    latest = {id_: row for id_, row in latest.items() if id_ in ids}
    changed |= replace_identities(account_id, latest, ids)
    _tags(account_id, latest, ids)
    return changed


def _adopt(account_id: int, rows: Mapping[int, ContactRow]) -> set[int]:
    """Give Kommo's id to people we know by a phone or e-mail and Kommo has not named yet."""
    named = _ids(account_id, rows)
    strangers = [row for id_, row in rows.items() if id_ not in named]
    values = [value for row in strangers for value in values_of(row)]
    if not values:
        return set()
    holders = select(ContactIdentity.kind, ContactIdentity.value, ContactIdentity.contact_id).join(
        Contact,
        (Contact.account_id == ContactIdentity.account_id) & (Contact.id == ContactIdentity.contact_id),
    )
    free = holders.where(
        ContactIdentity.account_id == account_id,
        Contact.kommo_id.is_(None),
        Contact.is_group.is_(False),
        tuple_(ContactIdentity.kind, ContactIdentity.value).in_(pairs(values)),
    )
    found = {(kind, value): contact for kind, value, contact in execute(free)}
    taken: dict[int, int] = {}
    for row in strangers:
        contact = next(
            (found[value] for value in values_of(row) if found.get(value) not in (None, *taken)), None
        )
        if contact is not None:
            taken[contact] = row.kommo_id
    for contact, kommo_id in taken.items():
        mine = (Contact.account_id == account_id, Contact.id == contact)
        execute(update(Contact).where(*mine).values(kommo_id=kommo_id, is_provisional=False))
    return set(taken)


def _load(account_id: int, rows: Mapping[int, ContactRow]) -> Known:
    known = Known()
    wanted = select(
        Contact.id, Contact.kommo_id, Contact.names, Contact.phone, Contact.email, Contact.company
    )
    for row in execute(wanted.where(Contact.account_id == account_id, one_of(Contact.kommo_id, rows))):
        known.contacts[row.kommo_id] = row
    known.own = own_reach(account_id, {row.id: row.kommo_id for row in known.contacts.values()})
    return known


def own_reach(account_id: int, ids: Mapping[int, int]) -> dict[int, dict[str, set[str]]]:
    """{Kommo id: {kind: values}} of what these ({our id: Kommo id}) are recognised by, and Kommo did not tell."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    identities = select(ContactIdentity.contact_id, ContactIdentity.kind, ContactIdentity.value).where(
        ContactIdentity.account_id == account_id,
        one_of(ContactIdentity.contact_id, ids),
        ContactIdentity.source != "kommo",
    )
    for contact, kind, value in execute(identities):
        found[ids[contact]][kind].add(value)
    return found


def _record(
    account_id: int, row: ContactRow, known: Known, companies: Mapping[int, str]
) -> dict[str, object]:
    mine = known.contacts.get(row.kommo_id)
    own = known.own[row.kommo_id]
    names = with_name(mine.names if mine else {}, "kommo", row.name)
    phone, email = mains_of(row, mine, own)
    company = companies.get(row.company_id or 0) or (mine.company if mine and row.company_id else None)
    name = display_name(names, phone) or f"#{row.kommo_id}"
    return {
        "account_id": account_id,
        "kommo_id": row.kommo_id,
        "name": name,
        "name_key": name_key(name),
        "names": names,
        "phone": phone,
        "email": email,
        "company": company,
        "reached": [value for _, value in values_of(row)],
        "kommo_updated_at": row.updated_at,
        "kommo_hash": row.hash,
        "kommo": row.said,
        "custom": row.custom,
        "gone_in_kommo_at": row.updated_at if row.is_deleted else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def mains_of(
    row: Reached | ContactRow, mine: Any, own: Mapping[str, set[str]]
) -> tuple[str | None, str | None]:
    """The phone and e-mail that stand for a contact: those typed here or used in WhatsApp, else Kommo's first."""
    phone = row.phones[0].e164 if row.phones else None
    email = row.emails[0] if row.emails else None
    if mine and (mine.phone in own.get("phone", ()) or (mine.phone and not phone and own.get("wa_pn"))):
        phone = mine.phone
    if mine and mine.email in own.get("email", ()):
        email = mine.email
    return phone, email


def reach_again(account_id: int, contacts: Sequence[Contact], country: str, odd: Oddities) -> set[int]:
    """Read the cells of what Kommo said of these once more; answers the contacts this changed."""
    rows = {
        id_: Reached(id_, *reach(id_, one.kommo, country, odd))
        for one in contacts
        if (id_ := one.kommo_id) is not None and one.trashed_at is None
    }
    ids = {id_: one.id for one in contacts if (id_ := one.kommo_id) in rows and id_ is not None}
    own = own_reach(account_id, {ours: id_ for id_, ours in ids.items()})
    changed: set[int] = set()
    for one in contacts:
        if (row := rows.get(one.kommo_id or 0)) is None:
            continue
        before = (one.phone, one.email, one.reached)
        one.phone, one.email = mains_of(row, one, own[row.kommo_id])
        one.reached = [value for _, value in values_of(row)]
        if before != (one.phone, one.email, one.reached):
            one.version, changed = one.version + 1, changed | {one.id}
    session().flush()
    return changed | replace_identities(account_id, rows, ids)


def _write(records: Sequence[Mapping[str, object]]) -> set[int]:
    statement = insert_from(TABLE, records, COLUMNS)
    new = statement.excluded
    # A name typed between our reading and this write must win: the row itself is asked, not what we read.
    typed = TABLE.c.names.has_key("typed")  # type: ignore[attr-defined]
    values = {name: new[name] for name in COMPARED}
    values["name"] = unless_kept(typed, TABLE.c.name, new.name)
    # Kommo's own name goes with it: emptied there, it is none here.
    values["names"] = TABLE.c.names.op("-")(literal("kommo", Text())).op("||")(new.names)
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "kommo_id"],
        index_where=TABLE.c.kommo_id.is_not(None),
        set_={
            **values,
            "name_key": unless_kept(typed, TABLE.c.name_key, new.name_key),
            "updated_at": func.greatest(TABLE.c.updated_at, new.updated_at),
            "version": TABLE.c.version + 1,
        },
        where=is_believed(TABLE, new) & differs(TABLE, values, COMPARED),
    )
    return set(execute(statement.returning(TABLE.c.id)).scalars())


def _ids(account_id: int, rows: Mapping[int, ContactRow]) -> dict[int, int]:
    wanted = select(Contact.kommo_id, Contact.id).where(
        Contact.account_id == account_id, one_of(Contact.kommo_id, rows)
    )
    return {row.kommo_id: row.id for row in execute(wanted)}


def _written(account_id: int, rows: Mapping[int, ContactRow]) -> dict[int, int]:
    """{Kommo id: ours} of those that are held as these rows say."""
    wanted = select(Contact.kommo_id, Contact.id, Contact.kommo_updated_at).where(
        Contact.account_id == account_id, one_of(Contact.kommo_id, rows)
    )
    return {row.kommo_id: row.id for row in execute(wanted) if row[2] == rows[row.kommo_id].updated_at}


def _tags(account_id: int, rows: Mapping[int, ContactRow], ids: Mapping[int, int]) -> None:
    tag_ids = find_or_create(account_id, {tag for row in rows.values() for tag in row.tags})
    wanted = {
        ids[row.kommo_id]: {tag_ids[name_key(tag)] for tag in row.tags if name_key(tag) in tag_ids}
        for row in rows.values()
    }
    replace_taggings(account_id, "contact_id", wanted)
