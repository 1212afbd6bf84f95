"""How a visit ended, written on the connection: well, or why not and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from clarin_web.db import transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo.errors import KommoError, PaymentRequired, RateLimited, Unauthorized
from clarin_web.kommo.queries import find_connection, progress_of, streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import save_oddities

log = structlog.get_logger()
BACK_OFF = (5, 15, 60, 300, 900)
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


def note_failure(run: Run, failure: KommoError) -> None:
    log.warning("kommo visit failed", connection=run.connection_id, code=failure.code, detail=failure.detail)
    with transaction():
        connection = find_connection(**run.ids())
        if connection is None:
            return
        wait = max(BACK_OFF[min(connection.failures, len(BACK_OFF) - 1)], failure.retry_after or 0)
        connection.failures += 1
        connection.error = failure.code
        connection.retry_at = datetime.now(UTC) + timedelta(seconds=wait)
        if isinstance(failure, Unauthorized | PaymentRequired):
            connection.state = "refused"
        elif connection.state != "paused" and not isinstance(failure, RateLimited):
            connection.state = "unreachable"
        connection.version += 1
        announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))


def note_refusal(run: Run, name: str, code: str) -> None:
    """One list this server or token does not give: named on its stream, the others go on."""
    with transaction():
        stream = streams_of(**run.ids())[name]
        if stream.error != code or stream.phase != "live":
            stream.error, stream.phase, stream.updated_at = code, "live", datetime.now(UTC)
        if stream.last_success_at is None:
            stream.last_success_at = datetime.now(UTC)
        save_oddities(run)
