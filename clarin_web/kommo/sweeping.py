"""The weekly sweep: every id we hold is asked for. Neither an emptied bin is told of, nor what was stamped far back.

A hundred ids a request, resumable after each. What differs is stored; what is missing is asked again ten minutes
later, then alone. More than 2 % of a kind, or 200 rows, are marked only after a person says so: it may be lost rights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from clarin_web.db import execute, transaction
from clarin_web.events import announce_all
from clarin_web.kommo.answers import Row
from clarin_web.kommo.asking import ask_before_marking
from clarin_web.kommo.client import IDS_PER_REQUEST
from clarin_web.kommo.known import count_known, known_ids, too_many
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import anew
from clarin_web.kommo.storing.absorbed import is_there
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.streams import SWEEP
from clarin_web.kommo.vanished import KINDS
from clarin_web.models import KommoStream

EARLY_AGE = timedelta(days=1)
CONFIRM_AFTER = 600
ALONE = 50  # so many are asked for one by one before they are marked
Clock = Callable[[], float]


def sweep(run: Run, deadline: float, clock: Clock) -> bool:
    """Go on where the sweep is; answers whether there is more to do at once."""
    state: dict[str, Any] = dict(streams_of(**run.ids())[SWEEP.name].cursor)
    if state.get("confirm_at"):
        return _confirm(run, state)
    while (kind := _kind(state)) is not None:
        ids = _next_ids(run.account_id, kind, int(state.get("after", 0)))
        if not ids:
            _save(run, {**state, "kind": _after(kind), "after": 0})
        else:
            state = _look_at(run, state, kind, ids)
        state = dict(streams_of(**run.ids())[SWEEP.name].cursor)
        if clock() > deadline:
            return True
        run.between_pages()
    is_clean = not any(state.get("missing", {}).values())
    _save(run, {} if is_clean else {**state, "confirm_at": time.time() + CONFIRM_AFTER}, is_done=is_clean)
    return False


def _look_at(run: Run, state: dict[str, Any], kind: str, ids: list[int]) -> dict[str, Any]:
    """What is there is stored, should it be different; what is not is noted. Answers where the sweep is then."""
    rows = _rows(run, kind, ids)
    lost: dict[str, list[int]] = {**state.get("missing", {})}
    lost[kind] = [*lost.get(kind, []), *_absent(rows, ids)]
    after = {**state, "kind": kind, "after": ids[-1], "missing": lost}
    prepared = anew.prepare(run, kind, rows)
    with transaction():
        announce_all(anew.write(run, kind, prepared).facts)
        _save(run, after)
    return after


def begin_early(run: Run) -> None:
    """More is missing than is marked without a question: the sweep finds out, once a day at most."""
    stream = streams_of(**run.ids())[SWEEP.name]
    last = stream.last_success_at
    if not stream.cursor and last is not None and datetime.now(UTC) - last > EARLY_AGE:
        _save(run, {"kind": KINDS[0]})


def is_under_way(stream: KommoStream) -> bool:
    """Whether a sweep was begun and can go on now."""
    confirm_at = stream.cursor.get("confirm_at")
    return bool(stream.cursor) and (not confirm_at or time.time() >= float(str(confirm_at)))


def is_due(stream: KommoStream, seconds: float) -> bool:
    last = stream.last_success_at
    return is_under_way(stream) or (
        not stream.cursor and (last is None or (datetime.now(UTC) - last).total_seconds() > seconds)
    )


def _confirm(run: Run, state: dict[str, Any]) -> bool:
    """What is missing still is marked, or a person is asked."""
    for kind, ids in dict(state["missing"]).items():
        gone = _absent(_rows(run, kind, ids), ids)
        if kind != "tasks":
            gone = [id_ for id_ in gone[:ALONE] if not is_there(run, kind, id_)] + gone[ALONE:]
        # With what it decides, so that a killed visit neither asks again what was answered nor counts what is marked.
        state = {
            **state,
            "missing": {other: left for other, left in state["missing"].items() if other != kind},
        }
        with transaction():
            _mark_or_ask(run, kind, gone)
            _save(run, state)
    _save(run, {}, is_done=True)
    return False


def _mark_or_ask(run: Run, kind: str, gone: list[int]) -> None:
    known = count_known(run.account_id, kind)
    if too_many(len(gone), known):
        ask_before_marking(run, kind, gone, known)
    elif gone:
        announce_all(mark_gone(run.account_id, kind, dict.fromkeys(gone, datetime.now(UTC))).facts)


def _kind(state: dict[str, Any]) -> str | None:
    kind = state.get("kind", KINDS[0])
    return kind if kind in KINDS else None


def _after(kind: str) -> str:
    place = KINDS.index(kind) + 1
    return KINDS[place] if place < len(KINDS) else "done"


def _rows(run: Run, kind: str, ids: list[int]) -> list[Row]:
    """Nothing at all of so many is more likely a wrong answer: it is asked once again."""
    return anew.by_id(run, kind, ids) or (anew.by_id(run, kind, ids) if len(ids) > 1 else [])


def _absent(rows: list[Row], ids: list[int]) -> list[int]:
    there = {int(row["id"]) for row in rows}
    return [id_ for id_ in ids if id_ not in there]


def _next_ids(account_id: int, kind: str, after: int) -> list[int]:
    wanted = known_ids(account_id, kind)
    column = wanted.selected_columns[0]
    found = execute(wanted.where(column > after).order_by(column).limit(IDS_PER_REQUEST))
    return [int(id_) for id_ in found.scalars()]


def _save(run: Run, state: dict[str, Any], *, is_done: bool = False) -> None:
    with transaction():
        stream = streams_of(**run.ids())[SWEEP.name]
        stream.cursor, stream.updated_at, stream.phase = state, datetime.now(UTC), "live"
        if is_done:
            stream.read_whole(datetime.now(UTC))
