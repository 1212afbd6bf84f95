"""Contacts: every phone and e-mail, the first of each is the main one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from clarin_web.kommo.mapping import fields
from clarin_web.kommo.mapping.cells import (
    Oddities,
    Row,
    hash_of,
    id_of,
    ids_in,
    name_nonsense,
    number_of,
    tags_of,
    text_of,
    times_of,
)
from clarin_web.lib.emails import parse_emails
from clarin_web.lib.phones import Phone, parse_phones


@dataclass(frozen=True, slots=True)
class ContactRow:
    """`said` is what Kommo says of it, kept beside ours."""

    kommo_id: int
    name: str
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]
    company_id: int | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    is_deleted: bool
    said: dict[str, Any]
    custom: dict[str, Any]
    hash: int | None


def contact(
    row: Row, country: str, odd: Oddities, zone: tzinfo = UTC, hash_: int | None = None
) -> ContactRow | None:
    """`hash_` where it is known already; of the row as it came."""
    hash_ = hash_of(row) if hash_ is None else hash_
    id_ = id_of(row, "contact", odd)
    if id_ is None:
        return None
    created, updated = times_of(row, "contact", odd)
    name_nonsense(row, "contact", ("companies", "tags"), odd)
    companies = ids_in(row, "companies")
    entries = fields.whole(row)
    said: dict[str, Any] = {
        "name": _name(row),
        "first_name": text_of(row.get("first_name")),
        "last_name": text_of(row.get("last_name")),
        "owner": number_of(row.get("responsible_user_id")) or None,
        "company": companies[0] if companies else None,
        "tag_ids": ids_in(row, "tags"),
        "phones": fields.values_of(entries, "PHONE"),
        "emails": fields.values_of(entries, "EMAIL"),
        "fields": entries,
        "created_by": number_of(row.get("created_by")),
        "updated_by": number_of(row.get("updated_by")),
    }
    phones, emails = reach(id_, said, country, odd)
    return ContactRow(
        id_,
        said["name"],
        phones,
        emails,
        said["company"],
        tags_of(row),
        created,
        updated,
        row.get("is_deleted") is True,
        said,
        fields.typed(entries, zone, fields.About("contact", id_, odd)),
        hash_,
    )


def reach(
    kommo_id: int, said: Mapping[str, Any], country: str, odd: Oddities
) -> tuple[tuple[Phone, ...], tuple[str, ...]]:
    """The phones and e-mails in what Kommo says of a contact, as it comes or as it is kept."""
    phones, emails = said.get("phones") or [], said.get("emails") or []
    return _phones(kommo_id, phones, country, odd), _emails(kommo_id, emails, odd)


def _name(row: Row) -> str:
    parts = (text_of(row.get("first_name")), text_of(row.get("last_name")))
    return text_of(row.get("name")) or " ".join(part for part in parts if part)


def _phones(kommo_id: int, cells: list[Row], country: str, odd: Oddities) -> tuple[Phone, ...]:
    found: dict[str, Phone] = {}
    for cell in cells:
        phones, refused = parse_phones(cell["text"], country)
        found.update({phone.e164: phone for phone in phones if phone.e164 not in found})
        for refusal in refused:
            odd.add("contact", kommo_id, f"phone_{refusal.reason}", refusal.raw)
    return tuple(found.values())


def _emails(kommo_id: int, cells: list[Row], odd: Oddities) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for cell in cells:
        emails, refused = parse_emails(cell["text"])
        found |= dict.fromkeys(emails)
        for refusal in refused:
            odd.add("contact", kommo_id, "bad_email", refusal)
    return tuple(found)
