"""The lead owed to who wrote first: a mark set with their message, gone with the lead, and asked for meanwhile.

A crash between the two loses nothing: the sweeper announces ContactWroteFirst again for marks that stay.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from clarin_web.db import execute, transaction
from clarin_web.events import Actor, ContactWroteFirst, announce
from clarin_web.models import Chat, Device

SOON, LATER = timedelta(seconds=5), timedelta(minutes=1)
AT_ONCE = 100


def owe_lead(chat: Chat) -> None:
    """Inside the message's transaction: whoever keeps the message keeps the debt."""
    chat.lead_due_at = func.now() + SOON


def settle_lead(account_id: int, chat_id: int) -> bool:
    """Inside the lead's transaction. False when the debt is settled already; somebody else who settles it waits."""
    with transaction():
        owed = (
            update(Chat)
            .where(Chat.account_id == account_id, Chat.id == chat_id, Chat.lead_due_at.is_not(None))
            .values(lead_due_at=None)
            .returning(Chat.id)
            .execution_options(synchronize_session=False)
        )
        return execute(owed).first() is not None


def ask_for_leads_owed(account_id: int) -> int:
    """Announce again what nobody settled; one that cannot be settled now is asked for every LATER. How many."""
    overdue = (
        select(Chat.id)
        .where(Chat.account_id == account_id, Chat.lead_due_at <= func.now())
        .order_by(Chat.lead_due_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with transaction():
        asked = (
            update(Chat)
            .where(Chat.account_id == account_id, Chat.id.in_(overdue), Device.id == Chat.device_id)
            .where(Device.account_id == account_id)
            .values(lead_due_at=func.now() + LATER)
            .returning(
                Chat.id, Chat.contact_id, Chat.device_id, Device.lead_pipeline_id, Device.lead_stage_id
            )
            .execution_options(synchronize_session=False)
        )
        rows = execute(asked).all()
        for row in rows:
            announce(
                ContactWroteFirst(
                    account_id=account_id,
                    actor=Actor.whatsapp(),
                    chat_id=row.id,
                    contact_id=row.contact_id,
                    device_id=row.device_id,
                    pipeline_id=row.lead_pipeline_id,
                    stage_id=row.lead_stage_id,
                )
            )
        return len(rows)
