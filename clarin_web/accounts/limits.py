"""How often something may be tried: counters in Redis, in this process's memory while Redis is away."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque

import redis

from clarin_web.lib.errors import DomainError
from clarin_web.store import redis_connection

_local: dict[str, deque[float]] = defaultdict(deque)
_lock = threading.Lock()


class TooMany(DomainError):
    status = 429


def spend(key: str, limit: int, seconds: int) -> None:
    """Count one try of `key`; raise TooMany beyond `limit` within `seconds`."""
    try:
        pipe = redis_connection().pipeline()
        pipe.incr(f"limit:{key}")
        pipe.expire(f"limit:{key}", seconds, nx=True)
        count = int(pipe.execute()[0])
    except redis.RedisError:
        count = _spend_here(key, seconds)
    if count > limit:
        raise TooMany("429")


def forgive(key: str) -> None:
    """Forget the tries of `key` (after a success)."""
    _local.pop(key, None)
    try:
        redis_connection().delete(f"limit:{key}")
    except redis.RedisError:
        return


def _spend_here(key: str, seconds: int) -> int:
    now = time.monotonic()
    with _lock:
        tries = _local[key]
        while tries and tries[0] < now - seconds:
            tries.popleft()
        tries.append(now)
        if len(_local) > 10_000:
            _local.clear()
        return len(tries)
