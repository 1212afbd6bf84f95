"""The custom fields of a lead or contact: their definitions as Kommo gives them, what is shown, what Kommo says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.kommo.mapping import fields as cells
from clarin_web.kommo.mapping import number_of, text_of
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.regions import in_use, of_account, zone_of
from clarin_web.models import Contact, KommoRecord, Lead

PREFIX = "field-"
NUMBERS, DAYS = cells.NUMBERS, cells.DAYS
CHOICES = ("select", "radiobutton", "category")
EDITABLE = ("text", "textarea", "url", "streetaddress", "checkbox", "multiselect", *CHOICES, *NUMBERS, *DAYS)
IDENTITIES = ("PHONE", "EMAIL")  # shown with the person's other ways to be reached


@dataclass(frozen=True, slots=True)
class CustomField:
    """`values` are shown, `said` are Kommo's, typed alike. `is_own`: edited here, so no longer Kommo's."""

    id: int
    name: str
    type: str
    options: tuple[str, ...]
    values: list[Any]
    said: list[Any]
    is_own: bool

    @property
    def key(self) -> str:
        """What addresses call it, among the fields that are no custom ones."""
        return f"{PREFIX}{self.id}"

    @property
    def is_editable(self) -> bool:
        return self.type in EDITABLE


def fields_of(record: Lead | Contact) -> list[CustomField]:
    """Every field in Kommo's order, empty ones too; those whose definition is gone only while they have a value."""
    entity = "leads" if isinstance(record, Lead) else "contacts"
    held: Any = record.kommo.get("fields") or []
    told = {entry["field_id"]: entry for entry in held}
    said = cells.typed(held, zone_of_account(record.account_id)) if held else {}
    own: dict[str, Any] = record.own if isinstance(record, Lead) else {}
    defined = _definitions(record.account_id, entity)
    unknown = [
        {
            "id": id_,
            "name": entry.get("field_name"),
            "type": entry.get("field_type"),
            "code": entry.get("field_code"),
        }
        for id_, entry in told.items()
        if id_ not in {row.get("id") for row in defined} and said.get(str(id_))
    ]
    found = [row for row in (*defined, *unknown) if row.get("code") not in IDENTITIES]
    return [_field(row, said.get(str(row["id"]), []), own) for row in found]


def _field(row: dict[str, Any], said: list[Any], own: dict[str, Any]) -> CustomField:
    key, enums = str(row["id"]), row.get("enums")
    options = [text_of(enum.get("value")) for enum in enums or [] if isinstance(enum, dict)]
    return CustomField(
        int(row["id"]),
        text_of(row.get("name")) or f"#{key}",
        str(row.get("type") or ""),
        tuple(option for option in options if option),
        own.get(key, said),
        said,
        key in own,
    )


def _definitions(account_id: int, entity: str) -> list[dict[str, Any]]:
    wanted = select(KommoRecord.data).where(
        KommoRecord.account_id == account_id,
        KommoRecord.kind == "fields",
        KommoRecord.entity == entity,
        KommoRecord.gone_at.is_(None),
    )
    rows: list[Any] = [row for row in execute(wanted).scalars() if number_of(row.get("id"))]
    return sorted(rows, key=lambda row: (number_of(row.get("sort")), number_of(row.get("id"))))


def zone_of_account(account_id: int) -> tzinfo:
    connection = connection_of(account_id)
    return zone_of(in_use(connection.region if connection else {}, of_account(account_id))["time_zone"])
