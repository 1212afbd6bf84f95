"""Reading ahead of storing: while a page is stored the next one is mapped, and the one after that comes at its turn.

A page's place follows from the page before it alone, not from what was stored, so nothing needs to be taken back: a
page that was read and is not wanted any more (paused, superseded, failed) is dropped, and read again another time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

from clarin_web.db import elsewhere
from clarin_web.kommo.answers import TOO_DEEP
from clarin_web.kommo.cursors import Cursor, Step
from clarin_web.kommo.keeping import packed
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import prepare
from clarin_web.kommo.storing.apart import SINGULAR
from clarin_web.kommo.storing.prepared import Taken
from clarin_web.kommo.streams import Listed

Item = TypeVar("Item")
Read = Callable[[Cursor], Step]
Look = Callable[[Step, Cursor], Taken]


def read_ahead(
    read: Read, look: Look, cursor: Cursor, until: float, clock: Callable[[], float] = time.monotonic
) -> Generator[Taken]:
    """Pages in order; none is begun after `until`. At most two were begun that nobody stored yet. To be closed.

    A page that could not be read raises when it is its turn: all before it were given out.
    """
    steps = _one_ahead(_steps(read, cursor, until, clock), lambda found: found[0].after is None)
    return _one_ahead(_looked_at(look, steps), lambda taken: taken.is_last)


def looker(run: Run, listed: Listed) -> Look:
    """How a page of this list is looked at; what is odd about it stays with it until it is stored."""

    def look(step: Step, cursor: Cursor) -> Taken:
        mine = replace(run, odd=Oddities())
        if step.ignores_filters:
            mine.odd.add(listed.name, "", "filters_ignored")
        if step.page is not None and step.page.left_out:
            mine.odd.add(listed.name, "", "no_row", step.page.left_out)
        for id_ in step.page.too_deep if step.page is not None else ():
            mine.odd.add(SINGULAR.get(listed.kind, listed.kind), id_, "bad_field", TOO_DEEP)
        prepared = prepare(mine, listed, step.rows) if listed.is_independent else None
        is_news = prepared is not None and not prepared.is_empty
        body = packed(step.page) if is_news and step.page is not None else b""
        return Taken(step, cursor, prepared, mine.odd, body)

    return look


def _steps(
    read: Read, cursor: Cursor, until: float, clock: Callable[[], float]
) -> Generator[tuple[Step, Cursor]]:
    """Each page with where the list is once it is stored."""
    while True:
        step = read(cursor)
        cursor = (step.after or cursor).change(is_busy=True).met(max(cursor.top, step.newest))
        yield step, cursor if step.after else cursor.end()
        if step.after is None or clock() > until:
            return


def _looked_at(look: Look, steps: Generator[tuple[Step, Cursor]]) -> Generator[Taken]:
    with closing(steps):
        for step, cursor in steps:
            yield look(step, cursor)


def _one_ahead(items: Generator[Item], is_last: Callable[[Item], bool]) -> Generator[Item]:
    """Each item while the next is made on another thread. One alone, as a poll finds, needs no thread."""
    made: Any = next(items)
    with closing(items), ThreadPoolExecutor(1, "kommo-ahead") as thread:
        following = elsewhere(next)
        while made is not None:
            coming = None if is_last(made) else thread.submit(following, items, None)
            yield made
            if coming is None:
                return
            made = coming.result()
