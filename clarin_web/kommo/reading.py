"""Reading a list that changes while it is read, without losing rows.

Page numbers over a live list skip rows when others move, so no moving set is ever paged. A list that comes in order
of its stamp is always read from page 1, each time from the last stamp seen: an edited row only moves later, where
it is still met. A list in another order is asked window by window, halved until one page holds it (`windows`).
Many rows of one second are paged by id, twice at least, until two passes saw the same rows. A server that ignores
filters is read by page number and noticed.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from clarin_web.kommo.answers import Page
from clarin_web.kommo.cursors import Cursor, Step

# fetch(page, window, order)
Fetch = Callable[[int, tuple[int, int | None] | None, str], Page]
MAX_PASSES = 5
MAX_SKEW_SECONDS = 86_400  # a clock that is a day fast says nothing


def read_step(fetch: Fetch, cursor: Cursor, field: str = "updated_at") -> Step:
    """Read the next page of what `cursor` says; rows are stamped by `field`."""
    read = {"pages": _by_page, "second": _within_second, "windows": _by_window}.get(cursor.mode, _by_stamp)
    return read(fetch, cursor, field)


def _by_stamp(fetch: Fetch, cursor: Cursor, field: str) -> Step:
    page = _surely(fetch, cursor, None, field)
    stamps = stamps_of(page, field)
    if not page.has_next:
        return _step(page, None, stamps)
    is_ordered = len(stamps) == len(page.rows) and stamps == sorted(stamps)
    is_filtered = bool(stamps) and min(stamps) >= cursor.since - 1
    if not is_filtered:
        return _step(page, cursor.change(mode="pages", page=1, seen=""), [], ignores_filters=True)
    if not is_ordered:
        return _step(page, cursor.change(mode="windows", home="windows", until=0), [])
    if _is_known_crowd(cursor, stamps):
        return _step(page, cursor.change(since=cursor.crowd + 2), stamps)
    if stamps[-1] <= cursor.since:
        return _step(page, _into_second(cursor), stamps)
    return _step(page, cursor.change(since=stamps[-1], is_dense=True), stamps)


def _by_window(fetch: Fetch, cursor: Cursor, field: str) -> Step:
    """A window that does not fit one page is shortened; one that does is done, and the next is twice as long."""
    page = _surely(fetch, cursor, cursor.until or None, field)
    stamps = stamps_of(page, field)
    if not page.has_next:
        if not cursor.until:
            return _step(page, None, stamps)
        length = 2 * (cursor.until - cursor.since) + 1
        until = cursor.until + length
        is_last = until >= _server_time(page)
        return _step(page, cursor.change(since=cursor.until, until=0 if is_last else until), stamps)
    if any(stamp < cursor.since - 1 for stamp in stamps):
        return _step(page, cursor.change(mode="pages", page=1, seen=""), [], ignores_filters=True)
    cursor = cursor.change(is_dense=True)
    if _is_known_crowd(cursor, stamps) and cursor.crowd - 1 <= cursor.since and not cursor.until:
        return _step(page, cursor.change(since=cursor.crowd + 2), stamps)
    if stamps and min(stamps) == max(stamps) == cursor.until == cursor.since + 1:
        cursor = cursor.change(
            since=cursor.until
        )  # the end of a window belongs to it, so this second is read next
    until = _shorter(cursor, page, stamps)
    after = _into_second(cursor) if until <= cursor.since else cursor.change(until=until)
    return Step([], after, _server_time(page))


def _shorter(cursor: Cursor, page: Page, stamps: list[int]) -> int:
    """Where the window is to end instead: half-way, or right before what its page tells of; `since` where it cannot."""
    until = cursor.until or max(_server_time(page), *stamps, cursor.since + 2)
    first, last = min(stamps, default=0), max(stamps, default=0)
    if first == last and cursor.since - 1 <= first <= cursor.since:
        return cursor.since  # more of the very second it begins with than a page holds
    middle = cursor.since + (until - cursor.since) // 2
    before = first - 1 if first - 1 > cursor.since else first
    is_near = before < middle or first == last or not cursor.until
    return before if is_near and cursor.since < before < until else middle


def _is_known_crowd(cursor: Cursor, stamps: list[int]) -> bool:
    """Whether a page holds nothing but the crowded second, which was read whole before."""
    is_alone = bool(stamps) and min(stamps) == max(stamps) == cursor.crowd
    return is_alone and cursor.may_pass_crowd(cursor.began)


def _into_second(cursor: Cursor) -> Cursor:
    """Into a crowded second, or past it where it was read whole before."""
    is_known = cursor.crowd == cursor.since
    if cursor.since - 1 <= cursor.crowd <= cursor.since and cursor.may_pass_crowd(cursor.began):
        return cursor.change(since=cursor.crowd + 2, until=0)
    return cursor.change(mode="second", page=1, seen="", last=cursor.crowd_seen if is_known else "", passes=0)


def _within_second(fetch: Fetch, cursor: Cursor, field: str) -> Step:
    """One second by id. Whether the ends of a window belong to it is not documented: a second more on each side."""
    page = fetch(cursor.page, (cursor.since - 1, cursor.since + 1), "id")
    seen = _digest(cursor.seen, page)
    if page.has_next:
        return _step(page, cursor.change(page=cursor.page + 1, seen=seen), stamps_of(page, field))
    if seen != cursor.last and cursor.passes < MAX_PASSES:
        again = cursor.change(page=1, seen="", last=seen, passes=cursor.passes + 1)
        return _step(page, again, stamps_of(page, field))
    on = cursor.change(mode=cursor.home, page=1, seen="", last="", since=cursor.since + 1, until=0)
    on = on.change(crowd=cursor.since, crowd_read=cursor.began, crowd_seen=seen)
    return _step(page, on, stamps_of(page, field))


def _by_page(fetch: Fetch, cursor: Cursor, field: str) -> Step:
    page = fetch(cursor.page, None, "id")
    seen = _digest("", page)
    if not page.has_next or not page.rows or seen == cursor.seen:
        return _step(page, None, stamps_of(page, field))
    return _step(page, cursor.change(page=cursor.page + 1, seen=seen), stamps_of(page, field))


def _surely(fetch: Fetch, cursor: Cursor, until: int | None, field: str) -> Page:
    """Page 1 of the window. Nothing at all right after a page that had more is asked once again: it may be a lie."""
    window = (max(0, cursor.since - 1), until)
    page = fetch(1, window, field)
    return fetch(1, window, field) if cursor.is_busy and not page.rows else page


def _step(page: Page, after: Cursor | None, stamps: list[int], *, ignores_filters: bool = False) -> Step:
    now, theirs = _server_time(page), _told_time(page) or int(time.time())
    # A stamp from the future says nothing of how far the list was read.
    newest = max((stamp for stamp in stamps if stamp <= theirs + 1), default=0)
    return Step(page.rows, after, now, ignores_filters, newest, page)


def stamps_of(page: Page, field: str) -> list[int]:
    found = (row.get(field) for row in page.rows)
    return [stamp for stamp in found if isinstance(stamp, int) and not isinstance(stamp, bool)]


def _digest(before: str, page: Page) -> str:
    ids = ",".join(str(row.get("id")) for row in page.rows)
    return f"{zlib.crc32(ids.encode(), int(before or '0', 16)):x}"


def _server_time(page: Page) -> int:
    """The server's own clock, or ours when it tells none; the later, so that a slow clock hides nothing."""
    return max(_told_time(page), int(time.time()))


def _told_time(page: Page) -> int:
    try:
        theirs = int(parsedate_to_datetime(page.server_time).timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0
    return min(theirs, int(time.time()) + MAX_SKEW_SECONDS)


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
