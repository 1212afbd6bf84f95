"""What we hold as being in Kommo: the ids that its lists should give, and how many may vanish without a question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import BigInteger, cast, false, func, select

from clarin_web.db import execute
from clarin_web.models import Contact, KommoRecord, Lead

# Lists of notes, and what the notes are on.
NOTED = {"lead_notes": "leads", "contact_notes": "contacts", "company_notes": "companies"}
MAX_GONE, MAX_SHARE, SMALL = 200, 0.02, 10


def too_many(gone: int, known: int) -> bool:
    """More than 200, or more than 2 % of what we hold; of a small account a handful is not a catastrophe."""
    return gone > MAX_GONE or (gone > SMALL and gone > known * MAX_SHARE)


def split(kind: str) -> tuple[str, str]:
    """The kind of record in a list, and of notes what they are on."""
    return ("notes", NOTED[kind]) if kind in NOTED else (kind, "")


def path_of(kind: str) -> str:
    """Where Kommo gives this list."""
    return f"{NOTED[kind]}/notes" if kind in NOTED else kind


def known_ids(account_id: int, kind: str) -> Any:
    """A SELECT of Kommo ids that should be in Kommo's list. Incoming leads are in none, and of what left nobody knows
    whether its notes are."""
    if kind == "leads":
        return select(Lead.kommo_id).where(
            Lead.account_id == account_id,
            Lead.kommo_id.is_not(None),
            Lead.gone_in_kommo_at.is_(None),
            ~Lead.overrides.has_key("gone"),  # type: ignore[attr-defined]  # it left, and is kept on here
            ~Lead.kommo.has_key("unsorted"),  # type: ignore[attr-defined]
        )
    if kind == "contacts":
        return select(Contact.kommo_id).where(
            Contact.account_id == account_id,
            Contact.kommo_id.is_not(None),
            Contact.gone_in_kommo_at.is_(None),
        )
    kind, entity = split(kind)
    records = select(cast(KommoRecord.key, BigInteger)).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.gone_at.is_(None)
    )
    if not entity:
        return records
    return records.where(
        KommoRecord.entity == entity, KommoRecord.entity_id.not_in(_left(account_id, entity))
    )


def _left(account_id: int, entity: str) -> Any:
    """A SELECT of Kommo ids of the leads, contacts or companies that left."""
    if entity == "companies":
        return select(cast(KommoRecord.key, BigInteger)).where(
            KommoRecord.account_id == account_id,
            KommoRecord.kind == entity,
            KommoRecord.gone_at.is_not(None),
        )
    model: Any = Lead if entity == "leads" else Contact
    is_gone = model.gone_in_kommo_at.is_not(None)
    is_gone |= model.kommo.has_key("unsorted") if model is Lead else false()
    return select(model.kommo_id).where(model.account_id == account_id, model.kommo_id.is_not(None), is_gone)


def unknown_ids(account_id: int, kind: str, ids: Collection[int]) -> list[int]:
    """Which of these Kommo ids are not held at all, gone or not."""
    if not ids:
        return []
    if kind in ("leads", "contacts"):
        model = Lead if kind == "leads" else Contact
        held = select(model.kommo_id).where(model.account_id == account_id, model.kommo_id.in_(ids))
    else:
        held = select(cast(KommoRecord.key, BigInteger)).where(
            KommoRecord.account_id == account_id,
            KommoRecord.kind == kind,
            KommoRecord.key.in_([str(id_) for id_ in ids]),
        )
    return sorted(set(ids) - set(execute(held).scalars()))


def count_known(account_id: int, kind: str) -> int:
    known = known_ids(account_id, kind).subquery()
    return int(execute(select(func.count()).select_from(known)).scalar_one())


def kommo_ids(account_id: int, kind: str, ids: Sequence[int]) -> list[int]:
    """Kommo's ids of these leads or contacts of ours."""
    if not ids:
        return []
    model = Lead if kind == "leads" else Contact
    wanted = select(model.kommo_id).where(
        model.account_id == account_id, model.id.in_(ids), model.gone_in_kommo_at.is_(None)
    )
    return [id_ for id_ in execute(wanted).scalars() if id_ is not None]


def count_rows(account_id: int, kind: str, entity: str = "") -> int:
    """How many rows of a list are here, gone ones too; of notes those of one kind of thing."""
    if kind in ("leads", "contacts"):
        model: Any = Lead if kind == "leads" else Contact
        rows = select(model.id).where(model.account_id == account_id, model.kommo_id.is_not(None))
    else:
        rows = select(KommoRecord.id).where(KommoRecord.account_id == account_id, KommoRecord.kind == kind)
        rows = rows.where(KommoRecord.entity == entity) if entity else rows
    return int(execute(select(func.count()).select_from(rows.subquery())).scalar_one())
