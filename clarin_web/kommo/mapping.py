"""Kommo's dicts as our dataclasses. Pure. An odd value is named and left out; its neighbours stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from clarin_web.lib.phones import Phone, parse_phones
from clarin_web.lib.text import clean_text

WON, LOST = 142, 143
MAX_ODD = 50
MAX_MONEY = Decimal(10) ** 14
OPEN_COLORS = ("blue", "violet", "amber", "cyan", "orange")
INCOMING = 1
Row = dict[str, Any]


@dataclass
class Oddities:
    """What could not be used, for people to see, with the value as it came. Keeps the latest MAX_ODD."""

    found: list[dict[str, str]] = field(default_factory=list)

    def add(self, kind: str, kommo_id: object, code: str, value: object = "") -> None:
        shown = clean_text(str(value), 80, one_line=True)
        odd = {"kind": kind, "kommo_id": str(kommo_id)[:30], "code": code, "value": shown}
        if odd not in self.found:
            self.found = [*self.found[-MAX_ODD + 1 :], odd]


@dataclass(frozen=True, slots=True)
class UserRow:
    kommo_id: int
    name: str
    email: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class StageRow:
    kommo_id: int
    name: str
    kind: str
    color: str
    position: int


@dataclass(frozen=True, slots=True)
class PipelineRow:
    kommo_id: int
    name: str
    position: int
    is_main: bool
    is_archived: bool
    stages: tuple[StageRow, ...]


@dataclass(frozen=True, slots=True)
class ContactRow:
    kommo_id: int
    name: str
    phones: tuple[Phone, ...]
    emails: tuple[str, ...]
    company_id: int | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class LeadRow:
    """`stage` is (pipeline, status): 142 and 143 exist in every pipeline."""

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


def user(row: Row, odd: Oddities) -> UserRow | None:
    id_ = _id(row, "user", odd)
    if id_ is None:
        return None
    rights = row.get("rights")
    active = not isinstance(rights, dict) or rights.get("is_active") is not False
    email = str(row.get("email") or "").strip().lower()
    return UserRow(id_, _text(row.get("name")) or email or f"#{id_}", email, active)


def pipeline(row: Row, odd: Oddities) -> PipelineRow | None:
    id_ = _id(row, "pipeline", odd)
    if id_ is None:
        return None
    statuses = [status for status in _embedded(row, "statuses") if _id(status, "stage", odd) is not None]
    statuses.sort(key=lambda status: (_number(status.get("sort")), status["id"]))
    stages = tuple(_stage(status, place) for place, status in enumerate(statuses))
    name = _text(row.get("name")) or f"Kommo {id_}"
    return PipelineRow(
        id_, name, _number(row.get("sort")), row.get("is_main") is True, row.get("is_archive") is True, stages
    )


def placeholder_stage(kommo_id: int, position: int = 99) -> StageRow:
    """A stage that leads are in though the pipeline does not list it."""
    return _stage({"id": kommo_id}, position)


def contact(row: Row, country: str, odd: Oddities) -> ContactRow | None:
    id_ = _id(row, "contact", odd)
    if id_ is None:
        return None
    created, updated = _times(row, "contact", odd)
    company = next(
        (item["id"] for item in _embedded(row, "companies") if isinstance(item.get("id"), int)), None
    )
    return ContactRow(
        id_,
        _name(row),
        _phones(row, country, odd),
        _emails(row, odd),
        company,
        _tags(row),
        created,
        updated,
        row.get("is_deleted") is True,
    )


def lead(row: Row, odd: Oddities) -> LeadRow | None:
    id_ = _id(row, "lead", odd)
    if id_ is None:
        return None
    created, updated = _times(row, "lead", odd)
    stage = (_number(row.get("pipeline_id")), _number(row.get("status_id")))
    if row.get("is_deleted") is not True and not all(stage):
        odd.add("lead", id_, "no_stage", f"{row.get('pipeline_id')}/{row.get('status_id')}")
        return None
    return LeadRow(
        id_,
        _text(row.get("name")) or f"Lead #{id_}",
        _money(row, odd),
        stage,
        _number(row.get("responsible_user_id")) or None,
        _main_contact(row),
        _tags(row),
        _reason(row),
        created,
        updated,
        _when(row.get("closed_at"), "lead", id_, "closed_at", odd),
        row.get("is_deleted") is True,
    )


def _stage(status: Row, place: int) -> StageRow:
    id_ = status["id"]
    kind = {WON: "won", LOST: "lost"}.get(id_, "open")
    # Slate is kept for what nobody has looked at yet, so that it never looks like a stage of the work.
    open_color = "slate" if status.get("type") == INCOMING else OPEN_COLORS[place % len(OPEN_COLORS)]
    color = {"won": "green", "lost": "red"}.get(kind, open_color)
    return StageRow(id_, _text(status.get("name")) or f"Kommo {id_}", kind, color, place)


def _id(row: Row, kind: str, odd: Oddities) -> int | None:
    value = row.get("id")
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
        row["id"] = value
        return value
    odd.add(kind, value, "bad_id", value)
    return None


def _embedded(row: Row, name: str) -> list[Row]:
    embedded = row.get("_embedded")
    items = embedded.get(name) if isinstance(embedded, dict) else None
    if isinstance(items, dict):
        items = [items]
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(value: object, limit: int = 200) -> str:
    return clean_text(value, limit, one_line=True) if isinstance(value, str) else ""


def _name(row: Row) -> str:
    parts = (_text(row.get("first_name")), _text(row.get("last_name")))
    return _text(row.get("name")) or " ".join(part for part in parts if part)


def _number(value: object) -> int:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else 0


def _money(row: Row, odd: Oddities) -> Decimal:
    exact = row.get("price_with_minor_units")
    value = row.get("price") if exact is None else exact
    if value is None:
        return Decimal(0)
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= MAX_MONEY:
        odd.add("lead", row["id"], "bad_price", value)
        return Decimal(0)
    return amount.quantize(Decimal("0.01"))


def _times(row: Row, kind: str, odd: Oddities) -> tuple[datetime, datetime]:
    """Created and updated; a missing one takes the other's value; both missing, a visibly wrong epoch."""
    created = _when(row.get("created_at"), kind, row["id"], "created_at", odd)
    updated = _when(row.get("updated_at"), kind, row["id"], "updated_at", odd)
    epoch = datetime.fromtimestamp(0, UTC)
    return created or updated or epoch, updated or created or epoch


def _when(value: object, kind: str, kommo_id: int, name: str, odd: Oddities) -> datetime | None:
    if value in (None, 0, "", False):
        return None
    seconds = _number(value)
    if not 0 < seconds < 10**11:
        odd.add(kind, kommo_id, f"bad_{name}", value)
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _field_values(row: Row, code: str) -> list[str]:
    fields = row.get("custom_fields_values")
    found: list[str] = []
    for item in fields if isinstance(fields, list) else []:
        if not isinstance(item, dict) or item.get("field_code") != code:
            continue
        values = item.get("values")
        for value in values if isinstance(values, list) else []:
            text = value.get("value") if isinstance(value, dict) else value
            if isinstance(text, str | int) and not isinstance(text, bool) and str(text).strip():
                found.append(str(text))
    return found


def _phones(row: Row, country: str, odd: Oddities) -> tuple[Phone, ...]:
    found: dict[str, Phone] = {}
    for cell in _field_values(row, "PHONE"):
        phones, refused = parse_phones(cell, country)
        found.update({phone.e164: phone for phone in phones if phone.e164 not in found})
        for refusal in refused:
            odd.add("contact", row["id"], f"phone_{refusal.reason}", refusal.raw)
    return tuple(found.values())


def _emails(row: Row, odd: Oddities) -> tuple[str, ...]:
    found: list[str] = []
    for value in _field_values(row, "EMAIL"):
        email = clean_text(value, 254, one_line=True).lower()
        local, at, domain = email.rpartition("@")
        if at and local and "." in domain and " " not in email:
            found.append(email)
        else:
            odd.add("contact", row["id"], "bad_email", value)
    return tuple(dict.fromkeys(found))


def _tags(row: Row) -> tuple[str, ...]:
    names = (_text(tag.get("name"), 60) for tag in _embedded(row, "tags"))
    return tuple(dict.fromkeys(name for name in names if name))


def _main_contact(row: Row) -> int | None:
    contacts = [item for item in _embedded(row, "contacts") if isinstance(item.get("id"), int)]
    contacts.sort(key=lambda item: item.get("is_main") is not True)
    return contacts[0]["id"] if contacts else None


def _reason(row: Row) -> str:
    return next((name for item in _embedded(row, "loss_reason") if (name := _text(item.get("name")))), "")
