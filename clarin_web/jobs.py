"""RQ glue: queues, the `@job` wrapper that enters the account, and enqueueing by dotted name.

PostgreSQL is the queue of record: a job carries ids only and a sweeper enqueues again what was lost, so
every job function must do nothing when its row is already done.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from clarin_web.config import settings
from clarin_web.db import release, tenant
from clarin_web.store import redis_connection

log = structlog.get_logger()
__all__ = ["QUEUES", "device_queue", "enqueue", "job", "queue", "redis_connection", "worker_connection"]
QUEUES = ("chats", "kommo", "default")
Fn = TypeVar("Fn", bound=Callable[..., Any])


def queue(name: str) -> Queue:
    return Queue(name, connection=worker_connection(), serializer=JSONSerializer)


@functools.lru_cache(maxsize=1)
def worker_connection() -> redis.Redis:
    """RQ blocks on its queues, so this client has no read timeout of its own."""
    return redis.Redis.from_url(settings().redis_url, socket_connect_timeout=2, health_check_interval=30)


def device_queue(device_id: int) -> str:
    return f"device:{device_id}"


def enqueue(queue_name: str, function: str, account_id: int, *args: Any, job_id: str | None = None) -> bool:
    """Ask a worker to run `function(account_id, *args)`. Call after commit.

    `job_id` makes it unique while queued. False when Redis is away: the sweeper will find the row.
    """
    try:
        queue(queue_name).enqueue_call(
            function,
            (account_id, *args),
            job_id=job_id,
            unique=job_id is not None,
            result_ttl=0,
            failure_ttl=3600,
            timeout=600,
            retry=Retry(max=2),
        )
    except redis.RedisError as error:
        log.warning("could not enqueue; the sweeper will", function=function, error=type(error).__name__)
        return False
    except Exception as error:
        if type(error).__name__ == "DuplicateJobError":
            return True
        raise
    return True


def job(function: Fn) -> Fn:
    """A job of one account: enters it, and gives the connection back whatever happens."""

    @functools.wraps(function)
    def run(account_id: int, *args: Any, **kwargs: Any) -> Any:
        try:
            with tenant(account_id):
                return function(account_id, *args, **kwargs)
        finally:
            release()

    return run  # type: ignore[return-value]
