"""Redis (or Valkey): wake-ups, presence, limits, caches. Losing it loses a few seconds, never a row."""

from __future__ import annotations

import functools

import redis

from clarin_web.config import settings
from clarin_web.lib.outage import Outage

redis_outage = Outage("redis", "pages catch up when asked again, sweepers find what waits")


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
