"""Reading a list that changes while it is read, without losing rows.

Page numbers over a live list skip rows when others move, so a list is read in order of updated_at and always
from page 1, each time from the last stamp seen: an edited row only moves later, where it is still met. Many
rows with one stamp are paged by id within that second. A server that ignores filters or order is read by
page number and noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from clarin_web.kommo.client import Page, Row

# fetch(page, window, order)
Fetch = Callable[[int, tuple[int, int | None] | None, str], Page]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on. `mode`: "stamps" (by updated_at), "second" (within one), "pages" (plain page numbers)."""

    since: int = 0
    mode: str = "stamps"
    page: int = 1
    seen: str = ""
    started: int = 0

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Cursor:
        return cls(**{key: value for key, value in data.items() if key in cls.__slots__})

    def dump(self) -> dict[str, object]:
        return asdict(self)

    def change(self, **values: Any) -> Cursor:
        return Cursor(**{**asdict(self), **values})


@dataclass(frozen=True, slots=True)
class Step:
    """One answer. `after` is where to go on; None when the list's end was reached."""

    rows: list[Row]
    after: Cursor | None
    server_time: int
    ignores_filters: bool = False


def read_step(fetch: Fetch, cursor: Cursor) -> Step:
    """Read the next page of what `cursor` says."""
    if cursor.mode == "pages":
        return _by_page(fetch, cursor)
    if cursor.mode == "second":
        return _within_second(fetch, cursor)
    return _by_stamp(fetch, cursor)


def _by_stamp(fetch: Fetch, cursor: Cursor) -> Step:
    page = fetch(1, (cursor.since, None), "updated_at")
    stamps = [row.get("updated_at") for row in page.rows]
    numbers = [stamp for stamp in stamps if isinstance(stamp, int)]
    ordered = len(numbers) == len(stamps) and numbers == sorted(numbers)
    if page.has_next and not (ordered and numbers and numbers[0] >= cursor.since):
        return Step([], cursor.change(mode="pages", page=1, seen=""), _time(page), ignores_filters=True)
    if not page.has_next:
        return Step(page.rows, None, _time(page))
    after = cursor.change(since=numbers[-1])
    if numbers[-1] == cursor.since:
        after = cursor.change(mode="second", page=1)
    return Step(page.rows, after, _time(page))


def _within_second(fetch: Fetch, cursor: Cursor) -> Step:
    page = fetch(cursor.page, (cursor.since, cursor.since), "id")
    if page.has_next:
        return Step(page.rows, cursor.change(page=cursor.page + 1), _time(page))
    return Step(page.rows, cursor.change(mode="stamps", page=1, since=cursor.since + 1), _time(page))


def _by_page(fetch: Fetch, cursor: Cursor) -> Step:
    page = fetch(cursor.page, None, "id")
    seen = ",".join(str(row.get("id")) for row in page.rows[:250])
    if not page.has_next or not page.rows or seen == cursor.seen:
        return Step(page.rows, None, _time(page))
    return Step(page.rows, cursor.change(page=cursor.page + 1, seen=seen), _time(page))


def _time(page: Page) -> int:
    """The server's own clock: cursors are compared with its stamps, so ours does not matter. 0 when unknown."""
    try:
        return int(parsedate_to_datetime(page.server_time).timestamp())
    except (TypeError, ValueError):
        return 0


def count_rows(fetch: Fetch) -> int | None:
    """About how many rows a list has (Kommo tells no total): double the page number, then halve the gap.

    None when the server ignores page numbers. About twenty light calls for a hundred thousand rows.
    """
    if fetch(2**31, None, "id").rows:
        return None
    low, high = 0, 1
    while fetch(high, None, "id").rows:
        low, high = high, high * 2
    while high - low > max(1, low // 50):
        middle = (low + high) // 2
        low, high = (middle, high) if fetch(middle, None, "id").rows else (low, middle)
    return low
