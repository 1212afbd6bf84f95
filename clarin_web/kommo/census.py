"""The census: every list once more in the order of its ids, whatever its rows' stamps say.

A stamp is what a client wrote: a row may come with one of last year, and no poll by stamp meets it. A page is read
every two minutes, for ever, and goes on where it was; what is unknown or different here is stored. So whatever a
list shows is here after (rows of all lists / 250) × 2 minutes at most; "Read now" reads as much as its time allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from clarin_web.db import transaction
from clarin_web.events import announce_all
from clarin_web.kommo.answers import Page
from clarin_web.kommo.between import SteppedAside
from clarin_web.kommo.errors import WrongShape
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import NOTED_EVERY, anew, save_oddities
from clarin_web.kommo.streams import CENSUS, LISTS
from clarin_web.models import KommoStream

PAGE_EVERY = 120.0
Clock = Callable[[], float]
COUNTED = {listed.name: listed for listed in LISTS if listed.kind != "events" and not listed.is_bin}


def take_census(run: Run, until: float, clock: Clock, *, is_asked: bool) -> None:
    """Read on. Asked for, it begins anew and goes as far as `until`; else a page when one is due."""
    streams = streams_of(**run.ids())
    state: dict[str, Any] = dict(streams[CENSUS.name].cursor)
    left_out = {name for name in COUNTED if streams[name].phase != "live" or streams[name].error}
    if any(streams[name].phase != "live" and not streams[name].error for name in COUNTED):
        return  # what is being imported needs no second reading
    if streams[CENSUS.name].phase == "backfill":
        state["next_at"] = time.time() + PAGE_EVERY  # what was just imported can wait for its second reading
        _save(run, state, is_done=True)
    state = {"cut": state.get("cut", [])} if is_asked else state
    while is_asked or time.time() >= float(state.get("next_at", 0)):
        state, is_news = _read_page(run, state, left_out)
        is_over = not state["list"] or clock() >= until or _is_waited_for(run)
        if not is_asked or is_news or (is_over and not _was_noted(streams[CENSUS.name])):
            _save(run, state, is_done=not state["list"])
        if is_over:
            return


def _is_waited_for(run: Run) -> bool:
    """Whether somebody else waits: the census has time."""
    try:
        run.between_pages()
    except SteppedAside:
        return True
    return False


def _was_noted(stream: KommoStream) -> bool:
    return datetime.now(UTC) - stream.updated_at < NOTED_EVERY


def is_due(stream: KommoStream) -> bool:
    return time.time() >= float(str(stream.cursor.get("next_at", 0)))


def _read_page(run: Run, state: dict[str, Any], left_out: set[str]) -> tuple[dict[str, Any], bool]:
    """Read and store the next page; answers where the census is then, with no list when it was the last, and whether
    the page brought anything."""
    names = [name for name in COUNTED if name not in {*state.get("cut", []), *left_out}]
    after: dict[str, Any] = {**state, "list": "", "page": 1, "last": "", "next_at": time.time() + PAGE_EVERY}
    if not names:
        return after, False
    name = state.get("list") or names[0]
    listed = COUNTED[name if name in names else names[0]]
    number = int(state.get("page", 1)) if listed.name == name else 1
    try:
        page = listed.fetcher(run.client)(number, None, "id")
    except (*REFUSALS, WrongShape) as refusal:
        run.odd.add(listed.name, "", refusal.code)
        page = Page([], has_next=False)
    ids = [str(row.get("id")) for row in page.rows]
    is_last = not page.has_next or not ids or ids[-1] == state.get("last")
    after["list"] = [*names, ""][names.index(listed.name) + 1] if is_last else listed.name
    if not is_last:
        after |= {"page": number + 1, "last": ids[-1]}
    prepared = anew.prepare(run, listed.kind, page.rows, listed.entity)
    if not prepared.is_empty:
        with transaction():
            announce_all(anew.write(run, listed.kind, prepared, is_old=True).facts)
    return after, not prepared.is_empty


def _save(run: Run, state: dict[str, Any], *, is_done: bool) -> None:
    with transaction():
        stream = streams_of(**run.ids())[CENSUS.name]
        stream.cursor, stream.updated_at = state, datetime.now(UTC)
        stream.error, stream.failures, stream.retry_at = "", 0, None
        if is_done:
            stream.read_whole(stream.updated_at)
        save_oddities(run)
