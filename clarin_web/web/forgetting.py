"""What `cache` keeps for a live topic becomes old here. Apart from it, because a number's process tells of topics
too and must not load Flask for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clarin_web.store import redis_connection

TOPICS = frozenset({"access", "names", "leads"})
after: list[Callable[[int], None]] = []


def forget(account_id: int, topics: Iterable[str]) -> None:
    """What is cached for these topics is old. Raises RedisError: the caller knows what else is lost then."""
    if cached := TOPICS.intersection(topics):
        pipeline = redis_connection().pipeline(transaction=False)
        for topic in cached:
            pipeline.hincrby(versions(account_id), topic, 1)
        pipeline.execute()
        for read_again in after:
            read_again(account_id)


def versions(account_id: int) -> str:
    """Where Redis keeps how often each topic changed."""
    return f"cache:versions:{account_id}"
