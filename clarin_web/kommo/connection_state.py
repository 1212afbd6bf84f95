"""The state of a connection, from its rows alone. Every page that says a state says this one.

"live" is said only while every list was read as lately as promised: none is refused, fails, is unfinished or late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from clarin_web.kommo.due_lists import IDLE_REFERENCE_SECONDS
from clarin_web.kommo.queries import IMPORTED
from clarin_web.kommo.streams import CENSUS, INCOMING, LISTS, REFERENCES, SWEEP

# A poll that finds nothing is written down once a minute: less than this is not late.
SLACK_SECONDS = 150
PAGE_SECONDS, PAGE_ROWS, CENSUS_LISTS = 120, 230, 7  # of the census, whose pages overlap
EVERY = {
    **dict.fromkeys(REFERENCES, IDLE_REFERENCE_SECONDS),
    **{listed.name: max(listed.every, listed.idle) for listed in (*LISTS, INCOMING, SWEEP, CENSUS)},
}


class Connection(Protocol):
    """What of a connection its state is told from."""

    @property
    def state(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


class Stream(Protocol):
    """What of a list the state is told from."""

    @property
    def name(self) -> str: ...
    @property
    def phase(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def last_success_at(self) -> datetime | None: ...
    @property
    def rows_done(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """`name`: backfilling, live, late, incomplete, unreachable, refused or paused.

    `unread` are the lists that cannot be read now, `whys` why each cannot, `late` those not read as lately as promised,
    `late_seconds` how much the latest of them is over.
    """

    name: str
    unread: tuple[str, ...] = ()
    whys: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    late_seconds: int = 0

    @property
    def is_up_to_date(self) -> bool:
        return self.name == "live"


def read_state(connection: Connection, streams: Collection[Stream], now: datetime) -> ConnectionState:
    """Pure: the same rows at the same moment are the same state."""
    known = {stream.name: stream for stream in streams if stream.name in EVERY}
    over = {name: late_seconds(stream, connection.created_at, now) for name, stream in known.items()}
    unread = tuple(name for name in EVERY if name in known and known[name].error)
    late = tuple(name for name in EVERY if over.get(name, 0) > 0 and name not in unread)
    return ConnectionState(
        _name(connection, known, unread, late),
        unread,
        tuple(known[name].error for name in unread),
        late,
        max((over[name] for name in late), default=0),
    )


def every_seconds(stream: Stream) -> int:
    """How long ago a list may have been read. The census says when its last whole pass began: the next has to end."""
    if stream.name != CENSUS.name:
        return EVERY[stream.name]
    return 2 * pass_seconds(stream.rows_done)


def pass_seconds(rows: int) -> int:
    """How long a pass of the census over so many rows takes, and a tenth more for what it finds."""
    return PAGE_SECONDS * 11 * (rows // PAGE_ROWS + CENSUS_LISTS) // 10


def late_seconds(stream: Stream, since: datetime, now: datetime) -> int:
    """How much longer ago than promised a list was read; one never read counts from `since`."""
    last = stream.last_success_at or since
    allowed = timedelta(seconds=every_seconds(stream) + SLACK_SECONDS)
    return max(0, int((now - last - allowed).total_seconds()))


def read_state_of(row: Mapping[str, Any], now: datetime) -> ConnectionState:
    """From the JSON of the rows, as a statement that asks for more than Kommo gives them."""
    return read_state(_FromJson(row), [_FromJson(one) for one in row["streams"] or []], now)


class _FromJson:
    """A row as its JSON, read like the row."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.state, self.name = row.get("state", ""), row.get("name", "")
        self.phase, self.error = row.get("phase", ""), row.get("error", "")
        self.created_at = _moment(row.get("created_at")) or datetime.fromtimestamp(0, UTC)
        self.rows_done = int(row.get("rows_done", 0))
        self.last_success_at = _moment(row.get("last_success_at"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _name(
    connection: Connection, known: Mapping[str, Stream], unread: Collection[str], late: Collection[str]
) -> str:
    if connection.state in ("paused", "refused"):
        return connection.state
    if connection.state == "unreachable" or connection.error:
        return "unreachable"
    to_come = [name for name in IMPORTED if name not in known or known[name].phase == "backfill"]
    if set(to_come) - set(unread):
        return "backfilling"
    if unread:
        return "incomplete"
    return "late" if late else "live"
