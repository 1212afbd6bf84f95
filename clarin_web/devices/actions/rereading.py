"""What could not be understood may be understood by a newer Clarin: it is read again, in its old order."""

from __future__ import annotations

from sqlalchemy import update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, transaction
from clarin_web.devices import queries
from clarin_web.events import Actor, EventNotUnderstood, announce
from clarin_web.models import WhatsappEvent


def read_again(member: Member, device_id: int) -> None:
    """Every event of the device that was passed over waits once more, as if it had just come."""
    member.must(Permission.MANAGE_DEVICES)
    queries.get_device(member.account_id, device_id)
    with transaction():
        execute(
            update(WhatsappEvent)
            .where(
                WhatsappEvent.account_id == member.account_id,
                WhatsappEvent.device_id == device_id,
                WhatsappEvent.failed_at.is_not(None),
            )
            .values(processed_at=None, failed_at=None, attempts=0, error="")
            .execution_options(synchronize_session=False)
        )
        actor = Actor.user(member.user_id)
        announce(EventNotUnderstood(account_id=member.account_id, actor=actor, device_id=device_id))
