"""What was heard is kept as it came for a while, so that it can be looked into; then only the chats have it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, func, select

from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, tenant, transaction
from clarin_web.models import WhatsappEvent

KEPT = timedelta(days=30)
AT_ONCE = 2_000  # a slice is a transaction of its own: nothing waits for it


def forget_heard() -> None:
    """By the clock. What could not be understood stays: somebody may still have it read again."""
    for account_id in account_ids():
        with tenant(account_id):
            while _forget_oldest(account_id) == AT_ONCE:
                pass


def _forget_oldest(account_id: int) -> int:
    """By id, so that the newest are never looked through in search of old ones."""
    mine = WhatsappEvent.account_id == account_id
    oldest = (
        select(WhatsappEvent.id, WhatsappEvent.processed_at)
        .where(mine, WhatsappEvent.processed_at.is_not(None), WhatsappEvent.failed_at.is_(None))
        .order_by(WhatsappEvent.id)
        .limit(AT_ONCE)
        .subquery()
    )
    old = select(oldest.c.id).where(oldest.c.processed_at < func.now() - KEPT)
    with transaction():
        gone = delete(WhatsappEvent).where(mine, WhatsappEvent.id.in_(old)).returning(WhatsappEvent.id)
        return len(execute(gone.execution_options(synchronize_session=False)).all())
