"""The visits: who is due, one visit per connection at a time, and a visit's time budget."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import redis
import structlog
from sqlalchemy import text

from clarin_web.accounts.queries import account_ids
from clarin_web.config import ConfigError
from clarin_web.db import engine, is_away, release, tenant, transaction
from clarin_web.jobs import enqueue, job, queue
from clarin_web.kommo import bulk
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.drafting import forget_old
from clarin_web.kommo.errors import KommoError
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.keeping import forget_old_pages
from clarin_web.kommo.outcomes import note_broken, note_failure, note_killed
from clarin_web.kommo.queries import connection_of, find_connection, is_due
from clarin_web.kommo.sync import sync
from clarin_web.kommo.tokens import warn_of_end, warning_of
from clarin_web.lib.secrets import CannotOpen
from clarin_web.store import redis_connection

log = structlog.get_logger()
JUST_NOW = timedelta(seconds=2)  # jobs that piled up behind a long visit do nothing
TIDY_EVERY = 600.0
VISIT_MARK_SECONDS = 3600
_tidied_at: float | None = None
QUEUES = ("kommo-hints", "kommo")  # what the worker that visits also works off
LOCK_SPACE = 0x4B6F  # "Ko": our half of PostgreSQL's two-part advisory lock keys


def tick() -> None:
    """Called every second by the clock: enqueue a visit to each Kommo that is due."""
    accounts = account_ids()
    release()
    is_time = _is_time_to_tidy()
    if is_time:
        bulk.settle()
    for account_id in accounts:
        each_alone(account_id, functools.partial(_look_after, account_id, is_time=is_time))


def each_alone(account_id: int, look: Callable[[], None]) -> None:
    """`look` as this account: whatever goes wrong with one account is in no other's way."""
    try:
        with tenant(account_id):
            look()
    except Exception as error:
        if is_away(error):
            raise
        log.exception("kommo account not looked after", account=account_id)
    finally:
        release()


def _look_after(account_id: int, *, is_time: bool) -> None:
    if is_time:
        forget_old(account_id)
        forget_old_pages(account_id)
    connection = connection_of(account_id)
    now = datetime.now(UTC)
    if connection and is_due(connection, now, somebody_looks=_somebody_looks(account_id)):
        enqueue_visit(account_id, connection.id)
    if connection and warning_of(connection, now) not in (None, connection.warned_days):
        warn_of_end(account_id, connection.id, now)


def _is_time_to_tidy() -> bool:
    """Every ten minutes of this process, and when it starts."""
    global _tidied_at
    now = time.monotonic()
    if _tidied_at is not None and now - _tidied_at < TIDY_EVERY:
        return False
    _tidied_at = now
    return True


def enqueue_visit(account_id: int, connection_id: int, *, goes_on: bool = False) -> None:
    """Ask for a visit, unless one waits already. One that goes on has no need of a rest."""
    function = "clarin_web.kommo.jobs.sync_connection"
    enqueue("kommo", function, account_id, connection_id, goes_on, once=f"kommo-{connection_id}")


def somebody_waits(connection_id: int) -> bool:
    """Whether other work than this connection's waits for a worker; nobody while Redis is away."""
    mine = tuple(f"{kind}-{connection_id}_" for kind in ("kommo", "kommo-hints", "kommo-look"))
    try:
        waiting = [name for each in QUEUES for name in queue(each).get_job_ids()]
    except redis.RedisError:
        return False
    return any(not name.startswith(mine) for name in waiting)


@job
def sync_connection(account_id: int, connection_id: int, goes_on: bool = False) -> None:
    """One visit. Another one already running for this connection makes this one leave at once."""
    with alone(connection_id) as is_alone:
        last = _begin(account_id, connection_id, goes_on=goes_on) if is_alone else None
        if last is None:
            return
        with _under_way(account_id, connection_id):
            has_more = _visit(account_id, connection_id, last, goes_on=goes_on)
    if has_more:
        enqueue_visit(account_id, connection_id, goes_on=True)


def _begin(account_id: int, connection_id: int, *, goes_on: bool) -> float | None:
    """Stamp the attempt first: a visit that dies is not repeated at once, and the queue's duplicates do nothing.

    Answers when the one before was (0 for never), or None when there is to be none.
    """
    with transaction():
        connection = find_connection(account_id, connection_id)
        if connection is None or connection.state == "paused":
            return None
        now, last = datetime.now(UTC), connection.last_attempt_at
        if connection.retry_at is not None and connection.retry_at > now:
            return None
        if last is not None and now - last < JUST_NOW and not goes_on:
            return None
        connection.last_attempt_at = now
        return last.timestamp() if last else 0.0


@contextmanager
def _under_way(account_id: int, connection_id: int) -> Iterator[None]:
    """A visit whose worker was killed cannot say how it ended: the next one finds its mark and says it."""
    mark = f"kommo:visit:{connection_id}"
    if redis_connection().set(mark, "1", ex=VISIT_MARK_SECONDS, get=True):
        note_killed(account_id, connection_id)
    try:
        yield
    finally:
        redis_connection().delete(mark)


def _visit(account_id: int, connection_id: int, last: float, *, goes_on: bool) -> bool:
    connection = find_connection(account_id, connection_id)
    if connection is None:
        return False
    try:
        client = client_of(connection)
    except (BadHost, CannotOpen, ConfigError) as failure:
        log.warning("kommo connection unusable", connection=connection_id, error=type(failure).__name__)
        _refuse(
            account_id,
            connection_id,
            "address_refused" if isinstance(failure, BadHost) else "token_unreadable",
        )
        return False
    except Exception as error:  # noqa: BLE001 -- written on the connection; what is away is raised on
        note_broken(account_id, connection_id, error)
        return False
    with client:
        waits = functools.partial(somebody_waits, connection_id)
        return sync(
            account_id,
            connection_id,
            client,
            last_visit=last or None,
            somebody_waits=waits,
            is_watched=_somebody_looks(account_id),
            goes_on=goes_on,
        )


def _refuse(account_id: int, connection_id: int, code: str) -> None:
    failure = KommoError()
    failure.code = code
    note_failure(account_id, connection_id, failure)


@contextmanager
def alone(connection_id: int) -> Iterator[bool]:
    """A session-level advisory lock on its own database connection: a killed worker lets go by dying."""
    key = {"space": LOCK_SPACE, "id": connection_id % 2**31}
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as held:
        taken = bool(held.execute(text("SELECT pg_try_advisory_lock(:space, :id)"), key).scalar())
        try:
            yield taken
        finally:
            if taken:
                held.execute(text("SELECT pg_advisory_unlock(:space, :id)"), key)


def _somebody_looks(account_id: int) -> bool:
    """Whether a page of the account is open; without Redis the slow pace is kept."""
    try:
        return bool(redis_connection().exists(f"presence:{account_id}"))
    except redis.RedisError:
        return False
