"""Nothing vanishes (rule 12): a deleted lead waits thirty days in the trash and comes back whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clarin_web.db import transaction
from clarin_web.events import LeadRestored, LeadTrashed
from clarin_web.leads.actions.writing import tell, touch
from clarin_web.leads.queries.single import lock_lead
from clarin_web.models import Lead

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member


def trash_lead(member: Member, lead_id: int) -> Lead:
    """Out of every list and count at once. Its contact and chats stay. Twice is once."""
    with transaction():
        lead = lock_lead(member, lead_id)
        if lead.trashed_at is None:
            touch(lead)
            lead.trashed_at = datetime.now(UTC)
            tell(LeadTrashed, member, lead)
        return lead


def restore_lead(member: Member, lead_id: int) -> Lead:
    """Back where it was, stage and all."""
    with transaction():
        lead = lock_lead(member, lead_id)
        if lead.trashed_at is not None:
            lead.trashed_at = None
            touch(lead)
            tell(LeadRestored, member, lead)
        return lead
