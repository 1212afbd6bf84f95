"""How often something may be tried: counters in Redis, in this process's memory while Redis is away."""

from __future__ import annotations

import redis

from clarin_web.accounts.throttle import Memory, Store
from clarin_web.lib.errors import TooMany
from clarin_web.store import redis_connection

_memory = Memory()


def spend(key: str, limit: int, seconds: int) -> None:
    """Count one try of `key`; raise TooMany beyond `limit` within `seconds`."""
    try:
        count, left = _count(redis_connection(), key, seconds)
    except redis.RedisError:
        count, left = _count(_memory, key, seconds)
    if count > limit:
        raise TooMany(seconds=left)


def _count(store: Store, key: str, seconds: int) -> tuple[int, int]:
    """(tries of this window, seconds until the next one)."""
    window, name = f"window:{key}", f"limit:{key}"
    if store.set(window, "1", nx=True, ex=seconds):
        store.delete(name)
    count = int(store.incrby(name, 1))
    store.expire(name, seconds)
    return count, max(1, -(-int(store.pttl(window)) // 1000))
