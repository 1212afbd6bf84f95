"""Lists that are kept whole: companies, tasks, notes; and what follows from them for our own rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.apart import prepare_apart, write_apart
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.storing.prepared import Prepared, Stored, deleted_in
from clarin_web.kommo.upserts.kept import living_data, upsert_records
from clarin_web.kommo.upserts.waiting import rename_companies
from clarin_web.kommo.upserts.work import attach_notes, attach_tasks, by_keys


def prepare(run: Run, kind: str, rows: Sequence[Row], entity: str = "") -> Prepared:
    return prepare_apart(run, kind, rows, partial(_prepare, run, kind, entity))


def write(run: Run, kind: str, prepared: Prepared, *, is_backfill: bool) -> Stored:
    return write_apart(run, kind, prepared, partial(_write, run, kind, is_backfill=is_backfill))


def _prepare(run: Run, kind: str, entity: str, rows: Sequence[Row]) -> Prepared:
    living = [row for row in rows if row.get("is_deleted") is not True]
    mapped = [row for raw in living if (row := mapping.record(kind, raw, run.odd, entity))]
    known = living_data(run.account_id, kind, [row.key for row in mapped], entity) if mapped else {}
    return Prepared([row for row in mapped if known.get(row.key) != row.data], deleted_in(rows))


def _write(run: Run, kind: str, prepared: Prepared, *, is_backfill: bool) -> Stored:
    stored = mark_gone(run.account_id, kind, prepared.gone) if prepared.gone else Stored()
    changed = upsert_records(run.account_id, prepared.rows)
    stored.changed += len(changed)
    if changed:
        stored.facts += follow(run, kind, changed, is_backfill=is_backfill)
    return stored


def follow(run: Run, kind: str, keys: set[str], *, is_backfill: bool) -> list:
    """Records of these keys are different: bring our own rows after them."""
    if kind == "companies":
        run.companies.clear()
        return rename_companies(run.account_id, keys)
    if kind == "tasks":
        return attach_tasks(run.account_id, by_keys(keys))
    if kind == "notes":
        return attach_notes(run.account_id, by_keys(keys), is_news=not is_backfill)
    return []
