"""The census: every list once more in the order of its ids, whatever its rows' stamps say.

A stamp is what a client wrote: a row may come with one of last year, and no poll by stamp meets it; another may leave
without any event. A page is read every two minutes, for ever, and goes on where it was; what is unknown or different
here is stored, what is not there any more is marked. Pages overlap, so that nothing slips between two of them. A pass
takes (rows of all lists / 230 + 7) × 2 minutes, and when the last whole one began is what the page says: all that was
so then is here. "Read now" reads as far as its time allows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from clarin_web.db import transaction
from clarin_web.events import announce_all
from clarin_web.kommo import client
from clarin_web.kommo.answers import Page
from clarin_web.kommo.between import SteppedAside
from clarin_web.kommo.errors import WrongShape
from clarin_web.kommo.mapping import number_of
from clarin_web.kommo.overlapping import Place, is_ordered
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import NOTED_EVERY, anew, save_oddities
from clarin_web.kommo.streams import CENSUS, LISTS, Listed
from clarin_web.kommo.sweeping import begin_early
from clarin_web.kommo.vanished import Vanished, look_for, mark_vanished
from clarin_web.models import KommoStream

PAGE_EVERY, EARLY = 120.0, 15.0  # visits come every minute: with some slack a page is read at every other
Clock = Callable[[], float]
State = dict[str, Any]
FIRST: State = {**Place().dump(), "asked": 0, "gone": []}  # where a list begins
COUNTED = {listed.name: listed for listed in LISTS if listed.kind != "events" and not listed.is_bin}


def take_census(run: Run, until: float, clock: Clock, *, is_asked: bool) -> None:
    """Read on. Asked for, it begins anew and goes as far as `until`; else a page when one is due."""
    streams = streams_of(**run.ids())
    state: State = dict(streams[CENSUS.name].cursor)
    left_out = {name for name in COUNTED if streams[name].phase != "live" or streams[name].error}
    if any(streams[name].phase != "live" and not streams[name].error for name in COUNTED):
        return  # what is being imported needs no second reading
    if streams[CENSUS.name].phase == "backfill":
        state = _after_import(run, state, streams)
    state = {"cut": state.get("cut", [])} if is_asked else state
    while is_asked or time.time() >= float(state.get("next_at", 0)):
        state, is_news = _read_page(run, state, left_out)
        is_over = not state["list"] or clock() >= until or _is_waited_for(run)
        if not is_asked or is_news or (is_over and not _was_noted(streams[CENSUS.name])):
            _save(run, state)
        if is_over:
            return


def _after_import(run: Run, state: State, streams: Mapping[str, KommoStream]) -> State:
    """What was just imported can wait for its second reading. Nothing is complete before: what somebody stamped back
    while it was being imported is not here, and nothing tells of it."""
    after = {
        **state,
        "list": "",
        "next_at": _next_at(),
        "rows": sum(streams[name].rows_done for name in COUNTED),
    }
    _save(run, after)
    return after


def _next_at() -> float:
    return time.time() + PAGE_EVERY - EARLY


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


def _read_page(run: Run, state: State, left_out: set[str]) -> tuple[State, bool]:
    """Read and store the next page; answers where the census is then, with no list when it was the last, and whether
    the page brought anything."""
    cut = state.get("cut", [])
    names = [name for name in COUNTED if name not in {*cut, *left_out}]
    state = state if state.get("list") else {"cut": cut, "began": time.time(), "rows": 0}
    state["is_partial"] = bool(state.get("is_partial") or left_out - set(cut))
    state["next_at"] = _next_at()
    if not names:
        return {**state, "list": ""}, False
    if state.get("list") not in names or "at" not in state:
        state |= {"list": names[0], **FIRST}
    listed, asked = COUNTED[state["list"]], Place.load(state).page(client.LIMIT)
    try:
        page = listed.piece(run.client, *asked)
    except (*REFUSALS, WrongShape) as refusal:
        run.odd.add(listed.name, "", refusal.code)
        return {**_next_list(state, names), "is_partial": True}, False
    return _read(run, listed, page, asked, state, names)


def _next_list(state: State, names: list[str]) -> State:
    after = [*names, ""][names.index(state["list"]) + 1]
    return {**state, "list": after, **FIRST}


def _read(
    run: Run, listed: Listed, page: Page, asked: tuple[int, int], state: State, names: list[str]
) -> tuple[State, bool]:
    """Stored, and where the list goes on: at once, from farther back, where something may be between two pages. A
    server without order tells nothing of that, nor of what left."""
    ids = [id_ for row in page.rows if (id_ := number_of(row.get("id")))]
    place, in_order = Place.load(state), is_ordered(ids)
    if not place.joins(ids, asked[0]):
        return {**state, **place.farther().dump(), "next_at": 0}, False
    is_last = not page.has_next or not ids
    after = None if is_last else place.after(ids, *asked)
    state["is_partial"] = bool(state["is_partial"] or not in_order or (after is None and not is_last))
    left = _vanished(run, listed.name, ids, state, is_last=is_last) if in_order else Vanished()
    is_news = _store(run, listed, page)
    state = _noted(run, state, left)
    if left.asked:
        return {**state, "asked": left.asked}, True  # the same page again: more is missing from it
    state["rows"] = int(state.get("rows", 0)) + sum(id_ > place.last for id_ in ids)
    if after is not None:
        return {**state, **after.dump(), "asked": 0}, is_news
    if state["gone"]:
        mark_vanished(run, listed.name, state["gone"])
    return _next_list(state, names), bool(state["gone"]) or is_news


def _store(run: Run, listed: Listed, page: Page) -> bool:
    """Whether anything of it was unknown or different."""
    prepared = anew.prepare(run, listed.name, page.rows)
    if not prepared.is_empty:
        with transaction():
            announce_all(anew.write(run, listed.name, prepared, is_old=True).facts)
    return not prepared.is_empty


def _vanished(run: Run, kind: str, ids: list[int], state: State, *, is_last: bool) -> Vanished:
    """What left from between the page before and this one's end."""
    low = max(int(state["last"]), state["asked"])
    return look_for(run, kind, low, None if is_last else ids[-1], ids, len(state["gone"]))


def _noted(run: Run, state: State, left: Vanished) -> State:
    """A pass that left a question open was none."""
    if not left.is_too_many:
        return {**state, "gone": [*state["gone"], *left.gone]}
    begin_early(run)
    return {**state, "gone": [], "is_partial": True}


def _save(run: Run, state: State) -> None:
    """At the end of a pass: all that was so when it began is here, if it missed no list."""
    with transaction():
        stream = streams_of(**run.ids())[CENSUS.name]
        stream.phase, stream.error, stream.failures, stream.retry_at = "live", "", 0, None
        if not state["list"] and not state.get("is_partial"):
            stream.rows_done = int(state.get("rows", 0))  # how long a pass takes follows from it
            if "began" in state:
                stream.read_whole(datetime.fromtimestamp(float(state["began"]), UTC))
        stream.cursor, stream.updated_at = state, datetime.now(UTC)
        save_oddities(run)
