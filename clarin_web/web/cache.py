"""flask-caching, for what a whole permission set shares: small maps of names, under a per-account version.

Bumping the version forgets everything of the account at once. Redis away: every read is a miss, never an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
import structlog
from flask import Flask
from flask_caching import Cache

from clarin_web.config import settings
from clarin_web.store import redis_connection

log = structlog.get_logger()
cache = Cache()
SECONDS = 60


def init_cache(app: Flask) -> None:
    cache.init_app(
        app,
        config={
            "CACHE_TYPE": "RedisCache",
            "CACHE_REDIS_URL": settings().redis_url,
            "CACHE_KEY_PREFIX": "cache:",
            "CACHE_DEFAULT_TIMEOUT": SECONDS,
            "CACHE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        },
    )


def shared(account_id: int, name: str, make: Callable[[], Any]) -> Any:
    """`make()`'s value, kept for a minute or until `forget(account_id)`. Values must be plain data."""
    try:
        version = redis_connection().get(f"cache:version:{account_id}") or b"0"
        key = f"{account_id}:{int(version)}:{name}"
        found = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found)
        return found
    except redis.RedisError as error:
        log.warning("cache away", error=type(error).__name__)
        return make()


def forget(account_id: int) -> None:
    """Something of the account's shared maps changed (a stage, a name, a tag)."""
    try:
        redis_connection().incr(f"cache:version:{account_id}")
    except redis.RedisError as error:
        log.warning("cache away; it forgets by itself in a minute", error=type(error).__name__)
