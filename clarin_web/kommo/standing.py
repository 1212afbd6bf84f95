"""How a connection stands: each stream's last success, how late it is and why; the next visit; the import's pace.

Everything is read from rows and Redis, so it is the same after a reload, a restart or from another machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import redis

from clarin_web.config import settings
from clarin_web.kommo.connection_state import EVERY, late_seconds
from clarin_web.kommo.due_lists import interval_of, pace_of, polled_at
from clarin_web.kommo.pace_report import PaceNow, pace_now
from clarin_web.kommo.queries import (
    IDLE_INTERVAL,
    OPEN_INTERVAL,
    Progress,
    may_ask,
    progress_of,
    streams_of,
)
from clarin_web.kommo.streams import CENSUS, SWEEP
from clarin_web.kommo.webhooks.queries import is_reliable
from clarin_web.models import KommoConnection, KommoStream
from clarin_web.store import redis_connection

WINDOW, SAMPLES, APART, SHORTEST = 120, 60, 2, 4


@dataclass(frozen=True, slots=True)
class Standing:
    """One stream. `state`: waiting, reading, live, late, missing (Kommo or the token does not give it), stopped or
    paused: it was read in time, and no list is read now, for Kommo or because somebody said so."""

    name: str
    state: str
    last: datetime | None
    late: int
    done: int
    total: int | None
    written: int
    error: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulse:
    """How fast rows come just now, in rows a second, and how many seconds are left at that."""

    rate: float | None
    left: int | None


def standings(connection: KommoConnection, streams: Mapping[str, KommoStream]) -> list[Standing]:
    """Every stream in the order it is read."""
    now = datetime.now(UTC)
    names = [name for name in EVERY if name in streams]
    reading = next((name for name in names if streams[name].phase == "backfill"), "")
    is_running = connection.state not in ("paused", "refused")
    found = [
        _standing(streams[name], now, connection.created_at, is_running and name == reading) for name in names
    ]
    rest = {"paused": "paused", "refused": "stopped", "unreachable": "stopped"}.get(connection.state)
    return [replace(one, state=rest) if rest and one.state == "live" else one for one in found]


def _standing(stream: KommoStream, now: datetime, since: datetime, is_reading: bool) -> Standing:
    late = late_seconds(stream, since, now)
    state = "late" if late > 0 else "live"
    if stream.error:
        state = "missing"
    elif stream.phase == "backfill":
        state = "reading" if is_reading else "waiting"
    return Standing(
        stream.name,
        state,
        stream.last_success_at,
        late if state == "late" else 0,
        stream.rows_done,
        stream.rows_total
        and max(stream.rows_total, stream.rows_done),  # many rows of one second are read twice
        stream.rows_written,
        stream.error,
        stream.retry_at,
    )


def pace() -> PaceNow | None:
    """Configured, in force and used, of the whole installation. None while Redis is away."""
    return pace_now(redis_connection(), settings().kommo_rate)


def next_visit(connection: KommoConnection, *, somebody_looks: bool = True) -> datetime | None:
    """When Kommo is asked next; None while a person must act first."""
    now = datetime.now(UTC)
    if connection.state == "paused":
        return None
    if not may_ask(connection, now):
        return connection.retry_at
    last = connection.last_attempt_at or now
    return max(now, last + (OPEN_INTERVAL if somebody_looks else IDLE_INTERVAL))


def next_read(connection: KommoConnection, streams: Mapping[str, KommoStream]) -> datetime | None:
    """When something is asked next: with the next visit, or later when no list is due then."""
    hurried = not is_reliable(connection.account_id, connection.id, datetime.now(UTC))
    at = next_visit(connection, somebody_looks=hurried)
    if at is None:
        return None
    pace, polled = pace_of(connection.id, is_watched=True), polled_at(connection.id)
    due = [
        _due_at(stream, polled.get(stream.name, 0.0), interval_of(stream.name, pace))
        for stream in streams.values()
        if stream.name in EVERY and stream.name not in (SWEEP.name, CENSUS.name)
    ]
    return max(at, min(due, default=at))


def _due_at(stream: KommoStream, polled: float, interval: float) -> datetime:
    """One that failed waits for its own time; one in the middle goes on at once."""
    rests = stream.retry_at or datetime.fromtimestamp(0, UTC)
    is_midway = stream.phase == "backfill" or bool(stream.cursor.get("is_busy"))
    return max(rests, datetime.fromtimestamp(0.0 if is_midway else polled + interval, UTC))


def note_pulse(account_id: int, connection_id: int) -> None:
    """After a page of the import: remember how many rows there are, every two seconds at most."""
    store, key = redis_connection(), _key(connection_id)
    try:
        if not store.set(f"{key}:gate", "1", nx=True, ex=APART):
            return
        progress = progress_of(streams_of(account_id, connection_id))
        if progress.is_finished:
            store.delete(key)
            return
        store.lpush(key, f"{time.time():.1f}:{progress.done}")
        store.ltrim(key, 0, SAMPLES - 1)
        store.expire(key, WINDOW)
    except redis.RedisError:
        return  # how fast it goes is not worth failing a visit for; the page then says it is not known


def pulse(connection_id: int, progress: Progress) -> Pulse:
    """From what the last two minutes brought. Nothing is guessed while nothing came."""
    try:
        found = redis_connection().lrange(_key(connection_id), 0, -1)
    except redis.RedisError:
        return Pulse(None, None)
    samples = [_sample(text) for text in found]  # type: ignore[union-attr]
    recent = [one for one in samples if time.time() - one[0] <= WINDOW]
    if len(recent) < 2:
        return Pulse(None, None)
    (newest, done), (oldest, before) = recent[0], recent[-1]
    if newest - oldest < SHORTEST or done <= before:
        return Pulse(None, None)
    rate = (done - before) / (newest - oldest)
    left = math.ceil((progress.total - progress.done) / rate) if progress.total else None
    return Pulse(rate, max(0, left) if left is not None else None)


def _sample(text: bytes | str) -> tuple[float, int]:
    at, _, done = (text.decode() if isinstance(text, bytes) else text).partition(":")
    return float(at), int(done)


def _key(connection_id: int) -> str:
    return f"kommo:pulse:{connection_id}"
