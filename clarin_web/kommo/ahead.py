"""Read by exactly one page ahead: the next page waits for its turn, comes and is mapped while the one before is stored.

A page's place follows from the page before it alone, not from what was stored, so nothing needs to be taken back: a
page that was read and is not wanted any more (paused, superseded, failed) is dropped, and read again another time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from clarin_web.db import elsewhere
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.keeping import packed
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.reading import Fetch, read_step
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import prepare
from clarin_web.kommo.storing.prepared import Taken
from clarin_web.kommo.streams import Listed

Take = Callable[[Cursor], Taken]


def taker(run: Run, listed: Listed, fetch: Fetch) -> Take:
    """How a page of this list is taken; what is odd about it stays with it until it is stored."""

    def take(cursor: Cursor) -> Taken:
        mine = replace(run, odd=Oddities())
        step = read_step(fetch, cursor, listed.field)
        if step.ignores_filters:
            mine.odd.add(listed.name, "", "filters_ignored")
        following = (step.after or cursor).change(is_busy=True).met(max(cursor.top, step.newest))
        following = following.end() if step.after is None else following
        prepared = prepare(mine, listed, step.rows) if listed.is_independent else None
        is_news = prepared is not None and not prepared.is_empty
        body = packed(step.page) if is_news and step.page is not None else b""
        return Taken(step, following, prepared, mine.odd, body)

    return take


def read_ahead(
    take: Take, cursor: Cursor, until: float, clock: Callable[[], float] = time.monotonic
) -> Generator[Taken]:
    """Pages in order, each while the next is under way; none is begun after `until`. To be closed by the caller.

    A page that could not be read raises when it is its turn: all before it were given out.
    """
    taken = take(cursor)  # a poll that finds one page needs no thread
    with ThreadPoolExecutor(1, "kommo-ahead") as thread:
        apart = elsewhere(take)
        while True:
            is_end = taken.is_last or clock() > until
            coming = None if is_end else thread.submit(apart, taken.cursor)
            yield taken
            if coming is None:
                return
            taken = coming.result()
