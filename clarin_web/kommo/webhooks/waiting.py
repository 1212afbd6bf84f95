"""Ids that Kommo hinted at and nobody has asked for yet: a set in Redis per connection, so that duplicates collapse.

It is bounded, and it may be lost: polling finds whatever was in it.
"""

from __future__ import annotations

from collections.abc import Collection

import redis

from clarin_web.kommo.webhooks.hints import EVERYTHING, Hint, parse
from clarin_web.store import redis_connection, redis_outage

PENDING = "kommo:hinted"
MOST, AT_ONCE = 1000, 300
KEEP = 3600
REST_MS = 400  # between two rounds for one connection: what comes meanwhile is asked for together

ADD = """
redis.call('SADD', KEYS[1], unpack(ARGV, 5))
if redis.call('SCARD', KEYS[1]) > tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1])
  redis.call('SADD', KEYS[1], ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return redis.call('SADD', KEYS[2], ARGV[1])
"""
TAKE = """
local taken = redis.call('SPOP', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
return taken
"""


def add(account_id: int, connection_id: int, words: Collection[str]) -> bool:
    """Keep what was hinted; too many become "look at everything". Whether a round must be asked for.

    It need not when something waited already: that round is on its way. Nor while Redis is away.
    """
    if not words:
        return False
    who = f"{account_id}:{connection_id}"
    keys = (_key(connection_id), PENDING)
    try:
        return bool(redis_connection().eval(ADD, 2, *keys, who, MOST, EVERYTHING, KEEP, *sorted(words)))
    except redis.RedisError as error:
        redis_outage.began(error)
        return False


def take(account_id: int, connection_id: int) -> list[Hint]:
    """What waits, at most AT_ONCE of it; it waits no more."""
    taken = redis_connection().eval(
        TAKE, 2, _key(connection_id), PENDING, f"{account_id}:{connection_id}", AT_ONCE
    )
    return [parse(word.decode()) for word in taken]  # type: ignore[union-attr]


def pending() -> list[tuple[int, int]]:
    """(account, connection) of everybody for whom something waits; nobody while Redis is away."""
    try:
        found = redis_connection().smembers(PENDING)
    except redis.RedisError as error:
        redis_outage.began(error)
        return []
    pairs = [word.decode().split(":") for word in found]  # type: ignore[union-attr]
    return [(int(account_id), int(connection_id)) for account_id, connection_id in pairs]


def is_anything(connection_id: int) -> bool:
    """Whether anything waits for this connection."""
    return bool(redis_connection().exists(_key(connection_id)))


def is_rested(connection_id: int) -> bool:
    """Whether the last round is long enough ago; if so, the next rest begins."""
    return bool(redis_connection().set(f"kommo:hints-rest:{connection_id}", "1", nx=True, px=REST_MS))


def _key(connection_id: int) -> str:
    return f"kommo:hints:{connection_id}"
