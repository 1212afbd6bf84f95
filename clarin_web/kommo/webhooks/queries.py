"""The webhook of a connection, and whether it can be relied on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from clarin_web.db import execute, session
from clarin_web.models import KommoConnection, KommoWebhook

# One that was silent for longer proves nothing: with somebody there, polling is quick again.
PROVEN_FOR = timedelta(minutes=30)
LOOK_EVERY, LOOK_WHEN_SILENT = timedelta(days=1), timedelta(hours=1)
NOT_REMOVED = "not_removed"


def webhook_of(account_id: int, connection_id: int) -> KommoWebhook | None:
    wanted = select(KommoWebhook).where(
        KommoWebhook.account_id == account_id, KommoWebhook.connection_id == connection_id
    )
    return session().scalars(wanted.execution_options(populate_existing=True)).first()


def listening(account_id: int) -> tuple[KommoWebhook, KommoConnection] | None:
    """The account's webhook with its connection, when there is a token that opens it."""
    wanted = (
        select(KommoWebhook, KommoConnection)
        .join(
            KommoConnection,
            (KommoConnection.account_id == KommoWebhook.account_id)
            & (KommoConnection.id == KommoWebhook.connection_id),
        )
        .where(KommoWebhook.account_id == account_id, KommoWebhook.token_hash.is_not(None))
    )
    found = execute(wanted.execution_options(populate_existing=True)).first()
    return None if found is None else (found[0], found[1])


def is_reliable(account_id: int, connection_id: int, now: datetime) -> bool:
    """Whether deliveries came lately, so that polling may be slow though somebody looks."""
    webhook = webhook_of(account_id, connection_id)
    if webhook is None or webhook.state != "on" or webhook.last_received_at is None:
        return False
    return now - webhook.last_received_at < PROVEN_FOR


def is_look_due(webhook: KommoWebhook, now: datetime) -> bool:
    """Once a day, and every hour while nothing comes; also when one could not be taken out of Kommo."""
    if webhook.state == "off":
        return webhook.error == NOT_REMOVED and _is_before(webhook.checked_at, now - LOOK_WHEN_SILENT)
    is_silent = _is_before(webhook.last_received_at, now - LOOK_WHEN_SILENT)
    return _is_before(webhook.checked_at, now - (LOOK_WHEN_SILENT if is_silent else LOOK_EVERY))


def _is_before(when: datetime | None, limit: datetime) -> bool:
    return when is None or when < limit
