"""Leads: the stage as a pair, money exact, every linked contact with the main one first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from clarin_web.kommo.mapping import fields
from clarin_web.kommo.mapping.cells import (
    Oddities,
    Row,
    embedded_of,
    hash_of,
    id_of,
    ids_in,
    name_nonsense,
    number_of,
    tags_of,
    text_of,
    times_of,
    when_of,
)

MAX_MONEY = Decimal(10) ** 14
PLAIN = ("source_id", "loss_reason_id", "score", "labor_cost")


@dataclass(frozen=True, slots=True)
class LeadRow:
    """`stage` is (pipeline, status): 142 and 143 exist in every pipeline. `said` is kept beside ours."""

    kommo_id: int
    title: str
    value: Decimal
    stage: tuple[int, int]
    owner_kommo_id: int | None
    contact_kommo_id: int | None
    tags: tuple[str, ...]
    loss_reason: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    is_deleted: bool
    said: dict[str, Any]
    custom: dict[str, Any]
    hash: int | None


def lead(row: Row, odd: Oddities, zone: tzinfo = UTC, hash_: int | None = None) -> LeadRow | None:
    """`hash_` where it is known already; of the row as it came."""
    hash_ = hash_of(row) if hash_ is None else hash_
    id_ = id_of(row, "lead", odd)
    if id_ is None:
        return None
    created, updated = times_of(row, "lead", odd)
    stage = (number_of(row.get("pipeline_id")), number_of(row.get("status_id")))
    is_deleted = row.get("is_deleted") is True
    if not is_deleted and not all(stage):
        odd.add("lead", id_, "no_stage", f"{row.get('pipeline_id')}/{row.get('status_id')}")
        return None
    name_nonsense(row, "lead", ("contacts", "companies", "tags"), odd)
    contacts, entries = _contacts(row), fields.whole(row)
    return LeadRow(
        id_,
        text_of(row.get("name")) or f"Lead #{id_}",
        _money(row, odd),
        stage,
        number_of(row.get("responsible_user_id")) or None,
        contacts[0] if contacts else None,
        tags_of(row),
        _reason(row),
        created,
        updated,
        when_of(row.get("closed_at"), "lead", id_, "closed_at", odd),
        is_deleted,
        _said(row, contacts, entries),
        fields.typed(entries, zone, fields.About("lead", id_, odd)),
        hash_,
    )


def _said(row: Row, contacts: list[int], entries: list[Row]) -> dict[str, Any]:
    companies = ids_in(row, "companies")
    incoming = {"unsorted": True} if row.get("is_unsorted") is True else {}
    return {
        **incoming,
        **{key: number for key in PLAIN if (number := number_of(row.get(key)))},
        "contacts": contacts,
        "tag_ids": ids_in(row, "tags"),
        "company": companies[0] if companies else None,
        "fields": entries,
        "created_by": number_of(row.get("created_by")),
        "updated_by": number_of(row.get("updated_by")),
    }


def _money(row: Row, odd: Oddities) -> Decimal:
    exact = row.get("price_with_minor_units")
    value = row.get("price") if exact is None else exact
    if value is None:
        return Decimal(0)
    try:
        amount = Decimal(str(value)).quantize(Decimal("0.01"))
    except (InvalidOperation, ValueError):  # not a number, without an end, or more digits than money has
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= MAX_MONEY:
        odd.add("lead", row["id"], "bad_price", value)
        return Decimal(0)
    return amount


def _contacts(row: Row) -> list[int]:
    """Ids of all linked contacts, the main one first."""
    items = sorted(embedded_of(row, "contacts"), key=lambda item: item.get("is_main") is not True)
    return [id_ for item in items if (id_ := number_of(item.get("id"))) > 0]


def _reason(row: Row) -> str:
    names = (text_of(item.get("name")) for item in embedded_of(row, "loss_reason"))
    return next((name for name in names if name), "")
