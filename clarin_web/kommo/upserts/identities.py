"""The phones, e-mails and Kommo id of a page of contacts, as identities (rule 3): Kommo's set replaces only its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import BigInteger, Boolean, Text, delete, select, tuple_, update

from clarin_web.contacts.actions import settle_shared
from clarin_web.contacts.queries import Key
from clarin_web.db import execute
from clarin_web.kommo.mapping import ContactRow
from clarin_web.kommo.upserts.records import insert_from, one_of, pairs, recordset
from clarin_web.lib.phones import Phone
from clarin_web.models import ContactIdentity, Device

TABLE = ContactIdentity.__table__
COLUMNS = {
    "account_id": BigInteger(),
    "contact_id": BigInteger(),
    "kind": Text(),
    "value": Text(),
    "source": Text(),
    "raw": Text(),
    "is_main": Boolean(),
}


@dataclass(frozen=True, slots=True)
class Reached:
    """Of a contact of Kommo's, by what it can be reached."""

    kommo_id: int
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]


def values_of(row: Reached | ContactRow) -> list[tuple[str, str]]:
    """What a person can be recognised by, main ones first."""
    return [("phone", phone.e164) for phone in row.phones] + [("email", email) for email in row.emails]


def replace_identities(
    account_id: int, rows: Mapping[int, Reached | ContactRow], ids: Mapping[int, int]
) -> set[int]:
    """Kommo's phones, e-mails and id of each contact. Whose a shared one is, is settled apart; a dropped one is
    taken over by who shows it too."""
    devices = select(Device.phone).where(Device.account_id == account_id, Device.removed_at.is_(None))
    ours = set(execute(devices).scalars())
    wanted = {
        (kind, value): row
        for row in rows.values()
        for kind, value in [*values_of(row), ("kommo_contact", str(row.kommo_id))]
        if value not in ours
    }
    raw = {phone.e164: phone.raw for row in rows.values() for phone in row.phones}
    mains = {phone.e164 for row in rows.values() for phone in row.phones[:1]}
    mains |= {email for row in rows.values() for email in row.emails[:1]}
    held = _held(account_id, ids)
    dropped = {key: id_ for key, (id_, _) in held.items() if key not in wanted}
    changed = _drop(account_id, list(dropped.values()))
    records = [
        {
            "account_id": account_id,
            "contact_id": ids[row.kommo_id],
            "kind": kind,
            "value": value,
            "source": "kommo",
            "raw": raw.get(value, ""),
            "is_main": value in mains,
        }
        for (kind, value), row in wanted.items()
        if (kind, value) not in held
    ]
    if records:
        statement = insert_from(TABLE, records, COLUMNS)
        statement = statement.on_conflict_do_nothing(index_elements=["account_id", "kind", "value"])
        changed |= set(execute(statement.returning(TABLE.c.contact_id)).scalars())
    if held:
        _set_main(account_id, rows, ids)
    contested = {key for key in _held_by_others(account_id, rows, ids) | dropped.keys() if key[1] not in ours}
    return changed | settle_shared(account_id, contested)


def _set_main(account_id: int, rows: Mapping[int, Reached | ContactRow], ids: Mapping[int, int]) -> None:
    """The first phone and the first e-mail of each contact are its main ones; what is right stays unwritten."""
    mains = [
        {"contact_id": ids[row.kommo_id], "kind": kind, "value": values[0]}
        for row in rows.values()
        for kind, values in (("phone", [phone.e164 for phone in row.phones]), ("email", row.emails))
        if values
    ]
    main = recordset(mains, {"contact_id": BigInteger(), "kind": Text(), "value": Text()})
    named = tuple_(ContactIdentity.contact_id, ContactIdentity.kind, ContactIdentity.value)
    is_main = named.in_(select(main.c.contact_id, main.c.kind, main.c.value))
    wrong = update(ContactIdentity).where(
        ContactIdentity.account_id == account_id,
        one_of(ContactIdentity.contact_id, ids.values()),
        ContactIdentity.source == "kommo",
        ContactIdentity.is_main != is_main,
    )
    execute(wrong.values(is_main=~ContactIdentity.is_main).execution_options(synchronize_session=False))


def _held(account_id: int, ids: Mapping[int, int]) -> dict[tuple[str, str], tuple[int, int]]:
    """{(kind, value): (identity, contact)} that Kommo gave the contacts of the page."""
    mine = select(
        ContactIdentity.kind, ContactIdentity.value, ContactIdentity.id, ContactIdentity.contact_id
    ).where(
        ContactIdentity.account_id == account_id,
        one_of(ContactIdentity.contact_id, ids.values()),
        ContactIdentity.source == "kommo",
    )
    return {(row.kind, row.value): (row.id, row.contact_id) for row in execute(mine)}


def _drop(account_id: int, identities: list[int]) -> set[int]:
    """Take away what Kommo no longer says; answers whose it was."""
    if not identities:
        return set()
    gone = delete(ContactIdentity).where(
        ContactIdentity.account_id == account_id, one_of(ContactIdentity.id, identities)
    )
    return set(execute(gone.returning(ContactIdentity.contact_id)).scalars())


def _held_by_others(
    account_id: int, rows: Mapping[int, Reached | ContactRow], ids: Mapping[int, int]
) -> set[Key]:
    values = [value for row in rows.values() for value in values_of(row)]
    if not values:
        return set()
    holders = select(ContactIdentity.kind, ContactIdentity.value, ContactIdentity.contact_id).where(
        ContactIdentity.account_id == account_id,
        tuple_(ContactIdentity.kind, ContactIdentity.value).in_(pairs(values)),
    )
    holder = {(kind, value): contact for kind, value, contact in execute(holders)}
    return {
        key
        for row in rows.values()
        for key in values_of(row)
        if holder.get(key) not in (None, ids[row.kommo_id])
    }
