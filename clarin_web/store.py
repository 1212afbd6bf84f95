"""Redis (or Valkey): wake-ups, presence, limits, caches. Losing it loses a few seconds, never a row."""

from __future__ import annotations

import functools
import hmac

import redis

from clarin_web.config import settings
from clarin_web.lib.outage import Outage

redis_outage = Outage("redis", "pages catch up when asked again, sweepers find what waits")
MARK_BYTES = 32


@functools.lru_cache(maxsize=1)
def redis_connection() -> redis.Redis:
    """One pooled client per process. Timeouts are short: nobody waits for what is not the truth."""
    return redis.Redis.from_url(
        settings().redis_url,
        socket_connect_timeout=2,
        socket_timeout=5,
        health_check_interval=30,
        max_connections=200,
    )


class ForgedError(ValueError):
    """What lies in Redis was not written by a process of this Clarin."""


def signed(place: str, data: bytes) -> bytes:
    """`data` behind a mark that needs Clarin's secret, good for `place` alone: who only writes Redis cannot make it."""
    return _mark(place, data) + data


def verified(place: str, data: bytes) -> bytes:
    """What was given to `signed()`. ForgedError for everything else."""
    mark, said = data[:MARK_BYTES], data[MARK_BYTES:]
    if not hmac.compare_digest(mark, _mark(place, said)):
        raise ForgedError(place)
    return said


def _mark(place: str, data: bytes) -> bytes:
    key = settings().secret_key.encode()
    return hmac.digest(key, f"redis {place}\0".encode() + data, "sha256")[: MARK_BYTES // 2].hex().encode()
