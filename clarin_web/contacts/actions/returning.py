"""Back from the trash: whom somebody means, or who writes to us, is there again."""

from __future__ import annotations

from sqlalchemy import func, update

from clarin_web.db import execute, transaction
from clarin_web.events import Actor, ContactChanged, announce
from clarin_web.models import Contact


def bring_back(account_id: int, contact_id: int, actor: Actor) -> None:
    """Nothing for one who is not in the trash. For one who was merged ask `standing.survivor_of` first."""
    there = Contact.account_id == account_id, Contact.id == contact_id, Contact.trashed_at.is_not(None)
    again = (
        update(Contact)
        .where(*there)
        .values(trashed_at=None, version=Contact.version + 1, updated_at=func.now())
    )
    with transaction():
        if execute(again.returning(Contact.id).execution_options(synchronize_session="fetch")).first():
            announce(ContactChanged(account_id=account_id, actor=actor, contact_id=contact_id))
