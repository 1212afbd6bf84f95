"""A delivery: whose it is, and what to ask Kommo for because of it. A few milliseconds, and no call to anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from sqlalchemy import update

from clarin_web.accounts.limits import spend
from clarin_web.db import execute, transaction
from clarin_web.events import Actor, KommoProgressed, KommoWebhookChanged, announce
from clarin_web.kommo.hosts import is_own
from clarin_web.kommo.webhooks import hints, waiting
from clarin_web.kommo.webhooks.address import is_token
from clarin_web.kommo.webhooks.jobs import enqueue_round
from clarin_web.kommo.webhooks.queries import listening
from clarin_web.lib.errors import TooMany
from clarin_web.models import KommoConnection, KommoWebhook

log = structlog.get_logger()
# More than this is a mass change, which polling reads in fewer questions, or somebody who has our address.
DELIVERIES, WITHIN = 600, 60
NOTED_EVERY = timedelta(seconds=10)


class Body(Protocol):
    def read(self, size: int) -> bytes: ...


def receive(account_id: int, token: str, body: Body) -> bool:
    """Take a delivery in. False when no such address is listened at; then nothing of the body was read."""
    found = listening(account_id)
    if not is_token(token, found[0].token_hash if found else None) or found is None:
        return False
    webhook, connection = found
    heard = _heard(account_id, connection, body)
    if heard is None:
        _count_ignored(webhook)
        return True
    _note(webhook)
    if connection.state in ("paused", "refused"):
        return True
    if waiting.add(account_id, connection.id, heard):
        enqueue_round(account_id, connection.id)
    return True


def _heard(account_id: int, connection: KommoConnection, body: Body) -> frozenset[str] | None:
    """The hints; None when they are about another Kommo, or about nobody knows whom."""
    try:
        spend(f"kommo-hook:{account_id}", DELIVERIES, WITHIN)
    except TooMany:
        return frozenset({hints.EVERYTHING})
    heard = hints.read(body.read(hints.MAX_BODY + 1))
    if heard.hints == {hints.EVERYTHING}:
        return heard.hints  # the account may be in the part that was not read; looking at all is safe
    return heard.hints if _is_about(heard, connection) else None


def _is_about(heard: hints.Heard, connection: KommoConnection) -> bool:
    """The id decides: a renamed Kommo has another subdomain. Where none is known, the subdomain must be ours."""
    if connection.kommo_account_id is not None and heard.account_id is not None:
        return heard.account_id == connection.kommo_account_id
    host = urlsplit(connection.base_url).hostname or ""
    return is_own(connection.base_url) and heard.subdomain.lower() == host.partition(".")[0]


def _note(webhook: KommoWebhook) -> None:
    """That something came, every ten seconds at most; what comes also says that it is on."""
    now = datetime.now(UTC)
    last = webhook.last_received_at
    if webhook.state == "on" and last is not None and now - last < NOTED_EVERY:
        return
    about = {"account_id": webhook.account_id, "connection_id": webhook.connection_id, "actor": Actor.kommo()}
    with transaction():
        _set(webhook, last_received_at=now, state="on")
        if webhook.state != "on":
            announce(KommoWebhookChanged(**about, state="on"))  # type: ignore[arg-type]
        else:
            announce(KommoProgressed(**about))  # type: ignore[arg-type]


def _count_ignored(webhook: KommoWebhook) -> None:
    log.info("kommo webhook about another account", connection=webhook.connection_id)
    with transaction():
        _set(webhook, ignored=KommoWebhook.ignored + 1)


def _set(webhook: KommoWebhook, **values: object) -> None:
    """Only while it is the same webhook: somebody may turn it off just now."""
    mine = (KommoWebhook.account_id == webhook.account_id, KommoWebhook.id == webhook.id)
    still = KommoWebhook.token_hash == webhook.token_hash
    execute(
        update(KommoWebhook).where(*mine, still).values(**values).execution_options(synchronize_session=False)
    )
