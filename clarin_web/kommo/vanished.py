"""What we hold and a page of a list in the order of its ids does not show: it left, and no event may have said so.

A page tells of every id between the one before it and its own last. What should be there and is not is asked for by
id, then alone, a few at a time, and marked once its list was gone through; very many are for the sweep and a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from clarin_web.db import execute, transaction
from clarin_web.events import announce_all
from clarin_web.kommo.asking import asked_about
from clarin_web.kommo.known import NOTED, count_known, known_ids, too_many
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import anew
from clarin_web.kommo.storing.absorbed import verified_gone
from clarin_web.kommo.storing.gone import mark_gone

KINDS = ("companies", "contacts", "leads", "tasks", *NOTED)
AT_ONCE, ALONE = 100, 10  # so many are asked for by id with a page, and so many of those one by one


@dataclass(frozen=True, slots=True)
class Vanished:
    """`gone` is not in Kommo. `asked` is the last id that was looked at when there are more; `is_too_many` when it is
    for the sweep and a person."""

    gone: tuple[int, ...] = ()
    asked: int = 0
    is_too_many: bool = False


def look_for(
    run: Run, kind: str, low: int, high: int | None, shown: Collection[int], before: int
) -> Vanished:
    """Those above `low`, up to `high`, that are not `shown`; `before` were found in this pass already."""
    missing = _missing(run, kind, low, high, shown)
    if len(missing) > AT_ONCE:
        return Vanished(is_too_many=True)
    absent = _absent(run, kind, missing)
    gone = verified_gone(run, kind, absent[:ALONE])
    if too_many(before + len(gone), count_known(run.account_id, kind)):
        return Vanished(is_too_many=True)
    return Vanished(tuple(gone), absent[ALONE - 1] if len(absent) > ALONE else 0)


def mark_vanished(run: Run, kind: str, ids: list[int]) -> None:
    """Those that are not back meanwhile."""
    gone = dict.fromkeys(_absent(run, kind, ids), datetime.now(UTC))
    with transaction():
        announce_all(mark_gone(run.account_id, kind, gone).facts)


def _missing(run: Run, kind: str, low: int, high: int | None, shown: Collection[int]) -> list[int]:
    held = known_ids(run.account_id, kind)
    column = held.selected_columns[0]
    held = held.where(column > low) if high is None else held.where(column > low, column <= high)
    ids = {int(id_) for id_ in execute(held).scalars()} - set(shown)
    return sorted(ids - asked_about(run.account_id, kind)) if ids else []


def _absent(run: Run, kind: str, ids: list[int]) -> list[int]:
    """Those the list does not give by id either. A list that may not be read tells nothing.

    What it gives was skipped: each row that leaves moves all that follow a place back, past the page to come.
    """
    try:
        rows = anew.by_id(run, kind, ids) if ids else []
    except REFUSALS as refusal:
        run.odd.add(kind, "", refusal.code)
        return []
    there = {int(row["id"]) for row in rows}
    skipped = anew.prepare(run, kind, rows)
    if not skipped.is_empty:
        with transaction():
            announce_all(anew.write(run, kind, skipped, is_old=True).facts)
    return [id_ for id_ in ids if id_ not in there]
