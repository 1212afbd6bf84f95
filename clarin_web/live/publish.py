"""Tell open pages. A publish may be lost: every page catches up by asking again, so nothing rests on it.

Each account's publishes are numbered in the same breath, so that a hub that missed one notices the gap.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import redis

from clarin_web.store import redis_connection, redis_outage, signed
from clarin_web.web.forgetting import forget

NUMBER_AND_PUBLISH = """
local n = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', KEYS[2], n .. ' ' .. ARGV[1])
return n
"""
MAX_HTML = 32_768
_topics: ContextVar[dict[int, dict[str, None]] | None] = ContextVar("topics", default=None)
_gathered: ContextVar[dict[Callable[[list[Any]], None], list[Any]]] = ContextVar("gathered")


@contextmanager
def in_one_breath() -> Iterator[None]:
    """Pokes inside are one poke at the end, each topic once: a burst of messages is news once, not a hundred times."""
    topics: dict[int, dict[str, None]] = {}
    gathered: dict[Callable[[list[Any]], None], list[Any]] = {}
    tokens = _topics.set(topics), _gathered.set(gathered)
    try:
        yield
    finally:
        for call, values in gathered.items():
            call(values)
        _topics.reset(tokens[0])
        _gathered.reset(tokens[1])
        for account_id, names in topics.items():
            poke(account_id, *names)


def is_burst() -> bool:
    """Whether pages will be told once for many changes: drawing each of them for nobody would be waste."""
    return _topics.get() is not None


def at_once(call: Callable[[list[Any]], None], value: Any) -> None:
    """`call` with every value of the breath, at its end; outside one, now."""
    if is_burst():
        _gathered.get().setdefault(call, []).append(value)
    else:
        call([value])


def push(account_id: int, topic: str, html: str) -> None:
    """HTML that everyone who may hear `topic` sees the same. Too big becomes a poke."""
    if len(html) > MAX_HTML:
        poke(account_id, topic)
    else:
        _publish(account_id, {"topics": [topic], "html": html})


def poke(account_id: int, *topics: str) -> None:
    """Pages that show `topics` ask their own URL again; what is cached for them is forgotten first."""
    gathered = _topics.get()
    if gathered is None:
        _publish(account_id, {"topics": list(topics)})
    else:
        gathered.setdefault(account_id, {}).update(dict.fromkeys(topics))


def recheck(account_id: int, user_id: int | None) -> None:
    """Sockets of this person (None: of everybody in the account) check their session and rights now, and so does
    every process that remembers them."""
    _publish(account_id, {"topics": ["access"], "recheck": user_id})


def _publish(account_id: int, message: dict[str, Any]) -> None:
    channel = f"live:{account_id}"
    try:
        forget(account_id, message["topics"])
        body = signed(channel, json.dumps(message).encode())
        redis_connection().eval(NUMBER_AND_PUBLISH, 2, f"live:seq:{account_id}", channel, body)
    except redis.RedisError as error:
        redis_outage.began(error)
    else:
        redis_outage.over()
