"""How a visit ended, written on the connection: well, or why not and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import redis
import structlog

from clarin_web.db import is_away, session, transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo.errors import KommoError, RateLimited
from clarin_web.kommo.queries import REFUSED, find_connection, progress_of, streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import save_oddities
from clarin_web.models import KommoConnection

log = structlog.get_logger()
BACK_OFF = (5, 15, 60, 300, 900)
# What only a person can mend is looked at again all the same, seldom: it may have been mended there, or was a mistake.
_HOURLY = (300, 900, *[3600] * 24)
PROBES = {
    "token_refused": (*_HOURLY, 86_400),
    "access_lost": (*_HOURLY, 86_400),
    "payment_required": (3600,),
    "address_refused": (3600,),
    "token_unreadable": (3600,),
}
DEATHS_IN_A_ROW = 3
LIST_BACK_OFF = (5, 15, 60, 300)
REFUSED_BACK_OFF = (300, 900, 3600)  # rights and plans change seldom
NOTED_EVERY = timedelta(seconds=60)


def note_success(run: Run) -> None:
    """Written when something is different, else once a minute: a poll that found nothing costs no write."""
    with transaction():
        save_oddities(run)
        connection = find_connection(**run.ids())
        if connection is None:
            return
        now = datetime.now(UTC)
        state = "live" if progress_of(streams_of(**run.ids())).is_finished else "backfilling"
        changed = (connection.state, connection.error, connection.failures) != (state, "", 0)
        last = connection.last_success_at
        if not changed and last is not None and now - last < NOTED_EVERY:
            return
        if connection.state != "paused":
            connection.state = state
        connection.error, connection.failures, connection.retry_at = "", 0, None
        connection.last_success_at = now
        if changed:
            connection.version += 1
            announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))


def note_failure(account_id: int, connection_id: int, failure: KommoError) -> None:
    """What every list fails of, with the time of the next try."""
    log.warning("kommo visit failed", connection=connection_id, code=failure.code, detail=failure.detail)
    with transaction():
        connection = find_connection(account_id, connection_id)
        if connection is None:
            return
        wait = _wait_seconds(failure, connection)
        is_same = (connection.error in PROBES) == (failure.code in PROBES)
        connection.failures = connection.failures + 1 if is_same else 1
        connection.error = failure.code
        connection.retry_at = datetime.now(UTC) + timedelta(seconds=wait)
        if failure.code in PROBES:
            connection.state = "refused"
        elif connection.state != "paused" and not isinstance(failure, RateLimited):
            connection.state = "unreachable"
        connection.version += 1
        about = {"account_id": account_id, "connection_id": connection_id}
        announce(KommoProgressed(**about, actor=Actor.kommo()))


def _wait_seconds(failure: KommoError, connection: KommoConnection) -> float:
    """Kommo's own word counts; how often in a row only where it says none."""
    if isinstance(failure, RateLimited):
        return failure.retry_after or BACK_OFF[0]
    waits = PROBES.get(failure.code, BACK_OFF)
    failures = connection.failures if (connection.error in PROBES) == (failure.code in PROBES) else 0
    return max(waits[min(failures, len(waits) - 1)], failure.retry_after or 0)


def note_killed(account_id: int, connection_id: int) -> None:
    """The visit before ended without a word. The next goes on at once; where one after another dies, it waits."""
    with transaction():
        connection = find_connection(account_id, connection_id)
        if connection is None or connection.state == "paused":
            return
        log.warning("kommo visit was killed", connection=connection_id, in_a_row=connection.failures + 1)
        wait = _wait_seconds(KommoError(), connection)
        connection.failures, connection.error, connection.state = (
            connection.failures + 1,
            "killed",
            "unreachable",
        )
        if connection.failures >= DEATHS_IN_A_ROW:
            connection.retry_at = datetime.now(UTC) + timedelta(seconds=wait)
        connection.version += 1
        about = {"account_id": account_id, "connection_id": connection_id}
        announce(KommoProgressed(**about, actor=Actor.kommo()))


def note_broken(account_id: int, connection_id: int, error: Exception) -> None:
    """A visit ended by something nobody foresaw is a failure like another. What is away is waited for elsewhere."""
    if is_away(error) or isinstance(error, redis.RedisError):
        raise error
    session().rollback()
    log.exception("kommo visit broke", connection=connection_id, exc_info=error)
    note_failure(account_id, connection_id, KommoError(type(error).__name__))


def note_list_failure(run: Run, name: str, code: str) -> None:
    """One list that cannot be read now: named on its stream, with the time of its next try. The others go on."""
    is_refused = code in REFUSED
    waits = REFUSED_BACK_OFF if is_refused else LIST_BACK_OFF
    with transaction():
        stream = streams_of(**run.ids())[name]
        is_news = stream.error != code
        wait = waits[min(stream.failures, len(waits) - 1)]
        stream.failures = stream.failures + 1 if not is_news else 1
        stream.error, stream.updated_at = code, datetime.now(UTC)
        stream.retry_at = datetime.now(UTC) + timedelta(seconds=wait)
        if is_refused:
            run.odd.add(name, "", code)
        save_oddities(run)
        if is_news:
            announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))
