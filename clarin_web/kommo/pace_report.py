"""What the pace is right now, for the people who look at a connection."""

from __future__ import annotations

import time
from dataclasses import dataclass

import redis

from clarin_web.kommo.limiter import bucket
from clarin_web.kommo.limiter_scripts import IN_FORCE


@dataclass(frozen=True, slots=True)
class PaceNow:
    """Requests a second of the whole installation: allowed, allowed after a recent 429, and used lately."""

    configured: float
    in_force: float
    used: float


def pace_now(connection: redis.Redis, configured: float) -> PaceNow | None:
    """None while Redis is away."""
    now = time.time()
    try:
        in_force = connection.eval(IN_FORCE, 1, "kommo:pace:slow", configured)
        counted = connection.mget(bucket(now), bucket(now - 10))
    except redis.RedisError:
        return None
    recent, before = (int(number or 0) for number in counted)  # type: ignore[union-attr]
    return PaceNow(configured, float(in_force), (recent + before) / (10 + now % 10))  # type: ignore[arg-type]
