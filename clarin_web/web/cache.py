"""flask-caching, for what a whole permission set shares: names of the account, totals of lists.

Each value belongs to a live topic of an account, and the topic's version is part of its key. Whatever tells open
pages that the topic changed (`live.publish.poke`) forgets its values in the same breath, so there is no second
list of what invalidates what. Redis away: every read is a miss, never an error. A forgetting that got lost is
made good after a minute.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from flask import Flask, g, has_app_context
from flask_caching import Cache
from flask_caching.backends.rediscache import RedisCache

from clarin_web.config import settings
from clarin_web.lib.typed_json import NotThisType, dump, load
from clarin_web.store import ForgedError, redis_connection, redis_outage, signed, verified
from clarin_web.web import forgetting
from clarin_web.web.forgetting import TOPICS

T = TypeVar("T")
cache = Cache()
SECONDS = 60
NEAR = 300  # values kept in the process itself, so that a page does not build them again each time
_near: dict[str, tuple[float, Any]] = {}
_lock = threading.Lock()


class Text:
    """In place of cachelib's pickles, which run what they say: bytes in and out, and `lib.typed_json` reads them."""

    @staticmethod
    def dumps(value: bytes) -> bytes:
        return value

    @staticmethod
    def loads(value: bytes | None) -> bytes | None:
        return value


class TextCache(RedisCache):
    serializer = Text()  # type: ignore[assignment]


def init_cache(app: Flask) -> None:
    cache.init_app(
        app,
        config={
            "CACHE_TYPE": f"{__name__}.TextCache",
            "CACHE_REDIS_URL": settings().redis_url,
            "CACHE_KEY_PREFIX": "cache:",
            "CACHE_DEFAULT_TIMEOUT": SECONDS,
            "CACHE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        },
    )


def shared(account_id: int, topic: str, name: str, kind: type[T] | Any, make: Callable[[], T]) -> T:
    """`make()`'s value of type `kind`, kept until `topic` changes, a minute at most. It is no copy: nobody changes it.

    `name` must say everything the value depends on besides the topic: filter, time zone, who may see it.
    """

    def from_redis(key: str) -> Any:
        if text := cache.get(key):
            with contextlib.suppress(NotThisType, ForgedError):  # of another version, or not ours: made again
                return load(verified(key, text), kind)
        found = make()
        cache.set(key, signed(key, dump(found)))
        return found

    return _kept(account_id, topic, name, from_redis, make, SECONDS)  # type: ignore[no-any-return]


def remembered(account_id: int, topic: str, name: str, make: Callable[[], Any], seconds: float) -> Any:
    """As `shared()`, but in this process only, for what has no business in Redis. None is asked again each time."""
    return _kept(account_id, topic, name, lambda _key: make(), make, seconds)


def _kept(
    account_id: int,
    topic: str,
    name: str,
    fetch: Callable[[str], Any],
    make: Callable[[], Any],
    seconds: float,
) -> Any:
    if topic not in TOPICS:
        raise ValueError(f"not a cached topic: {topic}")
    try:
        key = f"{account_id}:{topic}:{_versions(account_id).get(topic, 0)}:{name}"
        expires, value = _near.get(key, (0.0, None))
        if expires > time.monotonic():
            return value
        found = fetch(key)
    except redis.RedisError as error:
        redis_outage.began(error)
        return make()
    if found is not None:
        _keep(key, found, seconds)
    return found


def _read_again(account_id: int) -> None:
    """The request that made something old must not go on with what it read before."""
    if has_app_context():
        g.pop(f"cache_versions_{account_id}", None)


forgetting.after.append(_read_again)


def _versions(account_id: int) -> dict[str, int]:
    """Read once a request: what changes meanwhile is news for the next one, as it is with the database."""
    name = f"cache_versions_{account_id}"
    if name not in g:
        found = redis_connection().hgetall(forgetting.versions(account_id))
        setattr(g, name, {topic.decode(): int(version) for topic, version in found.items()})  # type: ignore[union-attr]
    return g.get(name)  # type: ignore[no-any-return]


def _keep(key: str, value: Any, seconds: float) -> None:
    with _lock:
        while len(_near) >= NEAR:
            del _near[next(iter(_near))]
        _near[key] = (time.monotonic() + seconds, value)
