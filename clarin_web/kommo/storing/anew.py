"""Rows that are asked for by id because something about them is in doubt, stored as a visit stores them."""

from __future__ import annotations

from collections.abc import Sequence

from clarin_web.db import transaction
from clarin_web.events import announce_all
from clarin_web.kommo.answers import Row
from clarin_web.kommo.known import path_of, split
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import contacts, leads, whole
from clarin_web.kommo.storing.prepared import Prepared, Stored


def read_anew(run: Run, kind: str, ids: Sequence[int]) -> None:
    """What Kommo says of these now. What it does not give stays as it is: absence is for those who look for it."""
    if not ids:
        return
    prepared = prepare(run, kind, run.if_readable(kind, lambda: by_id(run, kind, ids)))
    with transaction():
        announce_all(write(run, kind, prepared).facts)


def by_id(run: Run, kind: str, ids: Sequence[int]) -> list[Row]:
    return run.client.leads_by_id(ids) if kind == "leads" else run.client.by_id(path_of(kind), ids)


def prepare(run: Run, kind: str, rows: Sequence[Row]) -> Prepared:
    """`kind` is the name of a list."""
    if kind in ("leads", "contacts"):
        return (leads if kind == "leads" else contacts).prepare(run, rows)
    records, entity = split(kind)
    return whole.prepare(run, records, rows, entity)


def write(run: Run, kind: str, prepared: Prepared, *, is_old: bool = False) -> Stored:
    """Old notes are no news."""
    if kind in ("leads", "contacts"):
        return (leads if kind == "leads" else contacts).write(run, prepared, is_backfill=False)
    return whole.write(run, split(kind)[0], prepared, is_backfill=is_old)
