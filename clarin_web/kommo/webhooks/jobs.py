"""Rounds: what was hinted at is asked of Kommo within a second. And the daily look at Kommo's own list."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import select

from clarin_web.accounts.queries import account_ids
from clarin_web.config import ConfigError
from clarin_web.db import execute, release
from clarin_web.jobs import enqueue, job
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.errors import KommoError
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.jobs import alone, each_alone, enqueue_visit
from clarin_web.kommo.queries import find_connection, may_ask
from clarin_web.kommo.run import run_of
from clarin_web.kommo.webhooks import waiting
from clarin_web.kommo.webhooks.hints import Hint
from clarin_web.kommo.webhooks.queries import is_look_due, webhook_of
from clarin_web.kommo.webhooks.refetching import refetch
from clarin_web.kommo.webhooks.switching import look
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import KommoConnection, KommoWebhook

log = structlog.get_logger()
QUEUE = "kommo-hints"  # workers look here before they begin a visit


def tick() -> None:
    """Called twice a second by the clock: rounds for what is still waiting. Asks Redis alone."""
    for account_id, connection_id in waiting.pending():
        enqueue_round(account_id, connection_id)


def enqueue_round(account_id: int, connection_id: int) -> None:
    """Ask for a round, unless one waits already."""
    function = "clarin_web.kommo.webhooks.jobs.ask"
    enqueue(QUEUE, function, account_id, connection_id, once=f"kommo-hints-{connection_id}")


@job
def ask(account_id: int, connection_id: int) -> None:
    """One round. While a visit runs it asks for them itself; right after another round they go on waiting."""
    with alone(connection_id) as is_alone:
        if not is_alone or not waiting.is_rested(connection_id):
            return
        hints = waiting.take(account_id, connection_id)
        connection = find_connection(account_id, connection_id)
        if not hints or connection is None or not may_ask(connection, datetime.now(UTC)):
            return
        is_enough = _ask(connection, hints)
    if not is_enough:
        enqueue_visit(account_id, connection_id)


def _ask(connection: KommoConnection, hints: list[Hint]) -> bool:
    """False when a visit must look: there was too much, or Kommo failed and its back-off is the visit's."""
    try:
        with client_of(connection) as client:
            return refetch(run_of(connection, client), hints)
    except KommoError as failure:
        log.warning("kommo round failed", connection=connection.id, code=failure.code, detail=failure.detail)
    except (BadHost, CannotOpen, ConfigError) as failure:
        log.warning("kommo connection unusable", connection=connection.id, error=type(failure).__name__)
    return False


def look_after() -> None:
    """Called every minute by the clock: enqueue a look at each webhook that is due for one."""
    accounts = account_ids()
    release()
    for account_id in accounts:
        each_alone(account_id, partial(_look_after, account_id))


def _look_after(account_id: int) -> None:
    now = datetime.now(UTC)
    mine = select(KommoWebhook).where(KommoWebhook.account_id == account_id)
    for webhook in execute(mine).scalars().all():
        if is_look_due(webhook, now):
            enqueue_look(account_id, webhook.connection_id)


def enqueue_look(account_id: int, connection_id: int) -> None:
    function = "clarin_web.kommo.webhooks.jobs.look_at"
    enqueue("kommo", function, account_id, connection_id, once=f"kommo-look-{connection_id}")


@job
def look_at(account_id: int, connection_id: int) -> None:
    """Is it still on in Kommo? A second look right after the first does nothing."""
    connection = find_connection(account_id, connection_id)
    webhook = webhook_of(account_id, connection_id)
    if connection is None or webhook is None:
        return
    now = datetime.now(UTC)
    if is_look_due(webhook, now) and may_ask(connection, now):
        look(connection)
