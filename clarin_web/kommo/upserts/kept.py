"""Rows that are kept whole: one upsert however many, unchanged ones unwritten, gone is a mark."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Text, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB

from clarin_web.db import execute
from clarin_web.kommo.mapping import RecordRow
from clarin_web.kommo.upserts.records import differs, insert_from, is_believed
from clarin_web.models import KommoRecord
from clarin_web.models.kommo_record import SPACED

TABLE = KommoRecord.__table__
COLUMNS = {
    "account_id": BigInteger(),
    "kind": Text(),
    "key": Text(),
    "entity": Text(),
    "entity_id": BigInteger(),
    "at": DateTime(timezone=True),
    "kommo_updated_at": DateTime(timezone=True),
    "data": JSONB(),
}
COMPARED = ("entity", "entity_id", "at", "kommo_updated_at", "data")


def upsert_records(account_id: int, rows: Sequence[RecordRow]) -> set[str]:
    """Write them; answers the keys that are new, different or back. An older answer never overwrites a newer."""
    latest = {(row.kind, space_of(row.kind, row.entity), row.key): row for row in rows}
    if not latest:
        return set()
    records = [
        {
            "account_id": account_id,
            "kind": row.kind,
            "key": row.key,
            "entity": row.entity,
            "entity_id": row.entity_id,
            "at": row.at,
            "kommo_updated_at": row.updated_at,
            "data": row.data,
        }
        for row in latest.values()
    ]
    statement = insert_from(TABLE, records, COLUMNS)
    values = {name: statement.excluded[name] for name in COMPARED}
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "kind", "space", "key"],
        set_={**values, "gone_at": None},
        where=is_believed(TABLE, statement.excluded)
        & or_(differs(TABLE, values, COMPARED), TABLE.c.gone_at.is_not(None)),
    )
    return set(execute(statement.returning(TABLE.c.key)).scalars())


def known_keys(account_id: int, kind: str, keys: Collection[str]) -> set[str]:
    """Which of these are here already, gone or not."""
    wanted = select(KommoRecord.key).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.key.in_(keys)
    )
    return set(execute(wanted).scalars())


def space_of(kind: str, entity: str) -> str:
    """Within which of Kommo's ids an id of this kind is one."""
    return entity if kind in SPACED else ""


def living_data(
    account_id: int, kind: str, keys: Collection[str], entity: str
) -> dict[str, dict[str, object]]:
    """What is kept of these, of those that are not gone: to compare before anything is locked or written."""
    wanted = select(KommoRecord.key, KommoRecord.data).where(
        KommoRecord.account_id == account_id,
        KommoRecord.kind == kind,
        KommoRecord.space == space_of(kind, entity),
        KommoRecord.key.in_(keys),
        KommoRecord.gone_at.is_(None),
    )
    return {row.key: row.data for row in execute(wanted)}


def living_keys(account_id: int, kind: str, entity: str = "") -> set[str]:
    """Keys of a kind that are not gone, of everything or of one kind of thing."""
    wanted = select(KommoRecord.key).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.gone_at.is_(None)
    )
    if entity:
        wanted = wanted.where(KommoRecord.entity == entity)
    return set(execute(wanted).scalars())


def mark_records_gone(
    account_id: int, kind: str, keys: Collection[str], at: datetime, entity: str = ""
) -> set[str]:
    """They left Kommo; what it said of them stays. Answers those that were here until now."""
    if not keys:
        return set()
    mine = (KommoRecord.account_id == account_id, KommoRecord.kind == kind, KommoRecord.key.in_(keys))
    mine += (KommoRecord.space == space_of(kind, entity),)
    marked = update(KommoRecord).where(*mine, KommoRecord.gone_at.is_(None)).values(gone_at=at)
    marked = marked.returning(KommoRecord.key).execution_options(synchronize_session=False)
    return set(execute(marked).scalars())
