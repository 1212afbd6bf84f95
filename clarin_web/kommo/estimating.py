"""About how many rows each list of an import has, asked once before it begins: Kommo tells no totals."""

from __future__ import annotations

from collections.abc import Mapping

from clarin_web.db import transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo.errors import OF_ALL_LISTS, KommoError
from clarin_web.kommo.queries import IMPORTED, streams_of
from clarin_web.kommo.reading import Fetch, count_rows
from clarin_web.kommo.run import Run
from clarin_web.kommo.streams import LISTS, Listed
from clarin_web.models import KommoStream

PRECISE = ("contacts", "leads")  # row by row; of the others a page is near enough
FARTHEST = 2**17


def estimate(run: Run, streams: Mapping[str, KommoStream]) -> None:
    """Only before the first row of an import: later it would cost calls and tell nothing new."""
    if any(streams[name].rows_done for name in IMPORTED):
        return
    for listed in LISTS:
        stream = streams[listed.name]
        if listed.name in IMPORTED and stream.phase == "backfill" and stream.rows_total is None:
            _note(run, listed.name, _count(run, listed))


def _count(run: Run, listed: Listed) -> int | None:
    try:
        if listed.name in PRECISE:
            return count_rows(lambda page, _window, _order: run.client.probe(listed.kind, page))
        return count_by_pages(listed.fetcher(run.client))
    except OF_ALL_LISTS:
        raise
    except KommoError:
        return None  # the reading itself names what is wrong with the list


def count_by_pages(fetch: Fetch) -> int | None:
    """Within a quarter, in some ten questions for a hundred thousand rows. None when page numbers are ignored."""
    first = fetch(1, None, "id")
    if not first.has_next:
        return len(first.rows)
    low, high = 1, 2
    while (page := fetch(high, None, "id")).rows:
        if high >= FARTHEST or page.rows == first.rows:
            return None
        low, high = high, high * 2
    while high - low > max(1, low // 4):
        middle = (low + high) // 2
        low, high = (middle, high) if fetch(middle, None, "id").rows else (low, middle)
    return low * len(first.rows)


def _note(run: Run, name: str, total: int | None) -> None:
    if total is None:
        return
    with transaction():
        streams_of(**run.ids())[name].rows_total = total
        announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))
