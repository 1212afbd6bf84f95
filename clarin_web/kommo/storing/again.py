"""Which rows of a kept page may be stored again: never over what was read later, never back from where they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.kommo.answers import Row
from clarin_web.kommo.mapping import hash_of, number_of
from clarin_web.kommo.upserts.kept import space_of
from clarin_web.kommo.upserts.records import one_of
from clarin_web.models import Contact, KommoRecord, Lead


@dataclass(frozen=True, slots=True)
class Ours:
    """What is here of a row. `hash` is None where the row is not kept by one."""

    updated_at: datetime | None
    gone_at: datetime | None
    hash: int | None


def still_true(account_id: int, kind: str, rows: Sequence[Row], entity: str = "") -> list[Row]:
    """The rows nothing newer is known of. Of two answers with one stamp ours stays, unless it is word for word this
    one: which came later is not told."""
    living = [row for row in rows if row.get("is_deleted") is not True]
    ours = _ours(account_id, kind, living, entity)
    return [row for row in living if _may(row, ours.get(str(row.get("id"))))]


def _may(row: Row, ours: Ours | None) -> bool:
    if ours is None:
        return True
    stamp = number_of(row.get("updated_at") or row.get("created_at"))
    if ours.gone_at is not None and stamp <= ours.gone_at.timestamp():
        return False
    if ours.updated_at is None or stamp > ours.updated_at.timestamp():
        return True
    return stamp == ours.updated_at.timestamp() and ours.hash == hash_of(row)


def _ours(account_id: int, kind: str, rows: Sequence[Row], entity: str) -> dict[str, Ours]:
    model: Any = {"leads": Lead, "contacts": Contact}.get(kind)
    if model is None:
        wanted = select(KommoRecord.key, KommoRecord.kommo_updated_at, KommoRecord.gone_at).where(
            KommoRecord.account_id == account_id,
            KommoRecord.kind == kind,
            KommoRecord.space == space_of(kind, entity),
        )
        keys = [str(row.get("id")) for row in rows]
        found = execute(wanted.where(KommoRecord.key.in_(keys)))
        return {row.key: Ours(row.kommo_updated_at, row.gone_at, None) for row in found}
    ids = [id_ for row in rows if (id_ := number_of(row.get("id")))]
    held = select(model.kommo_id, model.kommo_updated_at, model.gone_in_kommo_at, model.kommo_hash)
    found = execute(held.where(model.account_id == account_id, one_of(model.kommo_id, ids)))
    return {
        str(row.kommo_id): Ours(row.kommo_updated_at, row.gone_in_kommo_at, row.kommo_hash) for row in found
    }
