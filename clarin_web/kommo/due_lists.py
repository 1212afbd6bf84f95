"""Which lists are due: when each was polled last, and how often it is, lively, at rest or unwatched.

The times are in Redis: a poll that finds nothing writes no row. When they are lost every list is polled once more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import redis

from clarin_web.kommo.queries import is_resting
from clarin_web.kommo.streams import INCOMING, LEADS, LISTS, Listed
from clarin_web.models import KommoStream
from clarin_web.store import redis_connection, redis_outage

LIVELY_SECONDS = 300  # so long after the last change things are taken to go on changing
KEEP_SECONDS = 7 * 86_400
REST_SECONDS = {LEADS.name: 15, "companies": 120, "company_notes": 120}
USUAL_REST_SECONDS = 60
SLACK_SECONDS = 2  # visits begin every five seconds, and a list is polled a moment after its visit began
IDLE_REFERENCE_FACTOR, IDLE_REFERENCE_SECONDS = 6, 3600


@dataclass
class Due:
    """Which lists a visit reads and in which order. Without `last` all of them."""

    connection_id: int
    last: float | None
    is_watched: bool = True
    polled: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pace = pace_of(self.connection_id, is_watched=self.is_watched)
        self.polled = polled_at(self.connection_id)

    @property
    def reference_factor(self) -> int:
        return IDLE_REFERENCE_FACTOR if self.pace == "unwatched" and self.last is not None else 1

    def is_due(self, listed: Listed, stream: KommoStream) -> bool:
        """One in the middle of a pass goes on, whatever its time; of the list that is read whole only one that stepped
        aside is."""
        is_midway = stream.phase == "backfill" and listed.name != INCOMING.name
        if self.last is None or is_midway or stream.cursor.get("is_busy"):
            return True
        return not self.was_polled(listed, interval_seconds(listed, self.pace) - SLACK_SECONDS)

    def was_polled(self, listed: Listed, within_seconds: float) -> bool:
        return time.time() - self.polled.get(listed.name, 0.0) < within_seconds

    def is_resting(self, stream: KommoStream) -> bool:
        """Whether it failed a moment ago. Who asks for all lists asks for these too."""
        return self.last is not None and is_resting(stream, datetime.now(UTC))

    def in_turn(self, streams: Mapping[str, KommoStream]) -> list[Listed]:
        """What waits longest comes first; a list that is being imported after those that only look for news."""
        lists = (*LISTS, INCOMING)
        places = {listed.name: place for place, listed in enumerate(lists)}

        def turn(listed: Listed) -> tuple[bool, float]:
            is_import = streams[listed.name].phase == "backfill"
            is_by_place = is_import or self.last is None
            return is_import, places[listed.name] if is_by_place else self.polled.get(listed.name, 0.0)

        return sorted((listed for listed in lists if self.is_due(listed, streams[listed.name])), key=turn)

    def note(self, name: str) -> None:
        """It is asked for now."""
        self.polled[name] = time.time()
        try:
            redis_connection().hset(_key(self.connection_id), name, f"{time.time():.1f}")
            redis_connection().expire(_key(self.connection_id), KEEP_SECONDS)
        except redis.RedisError as error:
            redis_outage.began(error)


def pace_of(connection_id: int, *, is_watched: bool) -> str:
    """Which of the paces is kept now."""
    if not is_watched:
        return "unwatched"
    try:
        return "lively" if redis_connection().exists(_news_key(connection_id)) else "rest"
    except redis.RedisError as error:
        redis_outage.began(error)
        return "rest"


def interval_seconds(listed: Listed, pace: str) -> int:
    """The least time between two polls of a list."""
    if pace == "lively":
        return listed.every
    if pace == "rest":
        return max(listed.every, REST_SECONDS.get(listed.name, USUAL_REST_SECONDS))
    return max(listed.every, listed.idle)


def interval_of(name: str, pace: str) -> int:
    """The same by a stream's name; what is no list is read every ten minutes, or with others."""
    listed = {one.name: one for one in (*LISTS, INCOMING)}.get(name)
    return interval_seconds(listed, pace) if listed else IDLE_REFERENCE_SECONDS // IDLE_REFERENCE_FACTOR


def polled_at(connection_id: int) -> dict[str, float]:
    """Unix times by list; nothing for what was never polled, or while Redis is away."""
    try:
        found = redis_connection().hgetall(_key(connection_id))
    except redis.RedisError as error:
        redis_outage.began(error)
        return {}
    return {name.decode(): float(at) for name, at in found.items()}  # type: ignore[union-attr]


def note_news(connection_id: int) -> None:
    """Something changed in Kommo: for a while lists are polled as often as they may be."""
    try:
        redis_connection().set(_news_key(connection_id), "1", ex=LIVELY_SECONDS)
    except redis.RedisError as error:
        redis_outage.began(error)


def _key(connection_id: int) -> str:
    return f"kommo:polled:{connection_id}"


def _news_key(connection_id: int) -> str:
    return f"kommo:news:{connection_id}"
