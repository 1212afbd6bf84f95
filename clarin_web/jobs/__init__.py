"""RQ glue: queues, the `@job` wrapper that enters the account, and enqueueing by dotted name.

PostgreSQL is the queue of record: a job carries ids only and a sweeper enqueues again what was lost, so
every job function must do nothing when its row is already done.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from rq import Queue, Retry, SimpleWorker
from rq.exceptions import InvalidJobOperation, NoSuchJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from clarin_web.config import settings
from clarin_web.db import is_away, release, tenant
from clarin_web.jobs.registry import REGISTERED, NotRegistered, RegisteredJob
from clarin_web.lib.outage import Outage
from clarin_web.store import redis_connection, redis_outage

log = structlog.get_logger()
__all__ = [
    "QUEUES",
    "Worker",
    "database_outage",
    "device_queue",
    "enqueue",
    "is_stopping",
    "job",
    "queue",
    "quieten_rq",
    "redis_connection",
    "redis_outage",
    "worker_connection",
]
QUEUES = ("chats", "files", "pictures", "kommo-hints", "kommo")
database_outage = Outage("database", "jobs wait in their rows")
Fn = TypeVar("Fn", bound=Callable[..., Any])


_stopping = threading.Event()


def is_stopping() -> bool:
    """Whether the worker of this process was asked to stop: a long job ends at its next safe place, to go on later."""
    return _stopping.is_set()


class Worker(SimpleWorker):
    """Does not fork. While Redis is away it looks often and says so once, not at every look."""

    max_connection_wait_time = 5.0
    job_class = RegisteredJob

    def subscribe(self) -> None:
        """RQ would take commands from a channel of Redis: to end, to stop a job. Signals do that here."""

    def handle_warm_shutdown_request(self) -> None:
        """Told once: jobs that look at `is_stopping` end by themselves. RQ raises where it waits, and whoever
        catches that there (a destructor, a library) must not make it wait for ever."""
        _stopping.set()
        self._stop_requested = True
        super().handle_warm_shutdown_request()

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Redis lost in the middle of a job: RQ would print a page and go on as if asked to stop."""
        try:
            super().execute_job(job, queue)
        except redis.RedisError as error:
            redis_outage.began(error)
            raise StopRequested() from error

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """A Redis that came back empty does not know the job that runs: its work is done, or its row says so."""
        if isinstance(exc_info[1], InvalidJobOperation | NoSuchJobError):
            log.warning("redis forgot a running job; rows remember", job=job.id)
        else:
            log.error(
                "job failed", job=job.id, queue=job.origin, exc_info=exc_info
            )  # RQ would print its arguments


class _OncePerOutage(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = (
            *(record.args if isinstance(record.args, tuple) else ()),
            (record.exc_info or (None, None))[1],
        )
        lost = [part for part in said if isinstance(part, redis.ConnectionError)]
        for error in lost:
            redis_outage.began(error)
        return not lost


def quieten_rq() -> None:
    """Warnings only, and Redis's absence in our words."""
    logging.getLogger("rq").setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(_OncePerOutage())


def queue(name: str) -> Queue:
    return Queue(name, connection=worker_connection(), serializer=JSONSerializer, job_class=RegisteredJob)


@functools.lru_cache(maxsize=1)
def worker_connection() -> redis.Redis:
    """RQ blocks on its queues, so this client has no read timeout of its own."""
    return redis.Redis.from_url(settings().redis_url, socket_connect_timeout=2, health_check_interval=30)


def device_queue(device_id: int) -> str:
    return f"device:{device_id}"


def enqueue(queue_name: str, function: str, account_id: int, *args: Any, once: str = "") -> bool:
    """Ask a worker to run `function(account_id, *args)`. Call after commit.

    With `once` nothing is added while the same name waits in the queue. One that was begun does not count: its
    worker may be dead, and RQ learns that only minutes later. False when Redis is away: the sweeper will find the row.
    """
    if function not in REGISTERED:
        raise NotRegistered(f"add it to clarin_web.jobs.registry: {function}")
    waiting = queue(queue_name)
    try:
        if once and any(job_id.startswith(f"{once}_") for job_id in waiting.get_job_ids()):
            return True
        waiting.enqueue_call(
            function,
            (account_id, *args),
            job_id=f"{once}_{secrets.token_hex(8)}" if once else None,
            result_ttl=0,
            failure_ttl=3600,
            timeout=600,
            retry=Retry(max=2),
        )
    except redis.RedisError as error:
        redis_outage.began(error)
        return False
    redis_outage.over()
    return True


def job(function: Fn) -> Fn:
    """A job of one account: enters it, and gives the connection back whatever happens.

    A job that finds the database away ends: what it should have done is in the rows, and the sweepers look there.
    """

    @functools.wraps(function)
    def run(account_id: int, *args: Any, **kwargs: Any) -> Any:
        try:
            with tenant(account_id):
                done = function(account_id, *args, **kwargs)
            database_outage.over()
            return done
        except Exception as error:
            if not is_away(error):
                raise
            database_outage.began(error, job=function.__name__)
            return None
        finally:
            release()

    return run  # type: ignore[return-value]
