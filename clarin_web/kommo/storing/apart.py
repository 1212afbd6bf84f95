"""A page is read and written whole; where that fails because of a row, in halves, down to the row that is at fault.

Each part is written under a savepoint of its own: what was left out took nothing with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

import structlog

from clarin_web.db import session
from clarin_web.kommo.answers import Row
from clarin_web.kommo.isolation import is_about_data
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.prepared import Prepared, Stored

log = structlog.get_logger()
SINGULAR = {"leads": "lead", "contacts": "contact"}
Mapped = TypeVar("Mapped")


def prepare_apart(
    run: Run, kind: str, rows: Sequence[Row], prepare: Callable[[Sequence[Row]], Prepared]
) -> Prepared:
    """`prepare` of the rows; without those that make it fail, which are named. Outside any transaction."""
    try:
        return prepare(rows)
    except Exception as error:
        if not is_about_data(error):
            raise
        session().rollback()
        if len(rows) < 2:
            _leave_out(run, kind, rows[0].get("id") if rows else "", error)
            return Prepared()
    middle = len(rows) // 2
    halves = (prepare_apart(run, kind, half, prepare) for half in (rows[:middle], rows[middle:]))
    return _joined(*halves)


def write_apart(run: Run, kind: str, prepared: Prepared, write: Callable[[Prepared], Stored]) -> Stored:
    """`write` of what was prepared; without the rows that make it fail, which are named. Inside a transaction."""
    if prepared.is_empty and not prepared.into:
        return Stored()
    try:
        with session().begin_nested():
            return write(prepared)
    except Exception as error:
        if not is_about_data(error):
            raise
        parts = list(_parts(prepared))
        if not parts:
            _leave_out(run, kind, _id_of(prepared), error)
            return Stored()
    stored = Stored()
    for part in parts:
        stored.add(write_apart(run, kind, part, write))
    return stored


def read_apart(
    run: Run, kind: str, rows: Sequence[Row], read: Callable[[Row], Mapped | None]
) -> list[Mapped]:
    """What `read` makes of each row; without those that make it fail, which are named."""
    found = []
    for row in rows:
        try:
            mapped = read(row)
        except Exception as error:
            if not is_about_data(error):
                raise
            _leave_out(run, kind, row.get("id") or row.get("uid"), error)
        else:
            found += [mapped] if mapped is not None else []
    return found


def _leave_out(run: Run, kind: str, kommo_id: object, error: Exception) -> None:
    log.warning("kommo row left out", kind=kind, kommo_id=str(kommo_id)[:30], error=type(error).__name__)
    run.odd.add(SINGULAR.get(kind, kind), kommo_id, "left_out", type(error).__name__)


def _joined(one: Prepared, other: Prepared) -> Prepared:
    more = {
        kind: _joined(one.more.get(kind, Prepared()), other.more.get(kind, Prepared()))
        for kind in one.more.keys() | other.more.keys()
    }
    return Prepared(one.rows + other.rows, one.gone | other.gone, more, one.into | other.into)


def _parts(prepared: Prepared) -> Iterator[Prepared]:
    """What of it can be written alone: what belongs to other kinds first, then halves. Nothing when it is one thing."""
    more = {kind: part for kind, part in prepared.more.items() if not part.is_empty or part.into}
    found = {"more": more, "gone": prepared.gone, "rows": prepared.rows, "into": prepared.into}
    aspects: list[tuple[str, Any]] = [(name, things) for name, things in found.items() if things]
    nothing = Prepared(more={kind: Prepared() for kind in prepared.more})
    if len(aspects) > 1:
        for name, things in aspects:
            alone: dict[str, Any] = {name: {**nothing.more, **things} if name == "more" else things}
            yield replace(nothing, **alone)
        return
    [(name, things)] = aspects
    if len(things) < 2:
        return
    if name == "more":
        yield from (Prepared(more={**nothing.more, kind: part}) for kind, part in things.items())
    else:
        yield from (replace(nothing, **{name: half}) for half in _halves(things))


def _halves(things: Any) -> tuple[Any, Any]:
    middle = len(things) // 2
    if isinstance(things, list):
        return things[:middle], things[middle:]
    items = iter(things.items())
    return dict(islice(items, middle)), dict(items)


def _id_of(prepared: Prepared) -> object:
    if prepared.rows:
        row = prepared.rows[0]
        return getattr(row, "kommo_id", None) or getattr(row, "key", "")
    return next(iter({**prepared.gone, **prepared.into}), "")
