"""Of whom a contact's number speaks today: links, open forms and other people's lists may be older than a merge."""

from __future__ import annotations

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.models import ContactMerge

MOST_MERGES = 20


def survivor_of(account_id: int, contact_id: int) -> int | None:
    """Whom this contact was merged into, however often since; None when it was not."""
    found: int | None = None
    for _merge in range(MOST_MERGES):
        lost = ContactMerge.account_id == account_id, ContactMerge.loser_id == (found or contact_id)
        into = select(ContactMerge.winner_id).where(*lost, ContactMerge.undone_at.is_(None))
        winner = execute(into.order_by(ContactMerge.id.desc()).limit(1)).scalar()
        if winner is None:
            return found
        found = winner
    return found
