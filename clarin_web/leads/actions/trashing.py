"""Nothing vanishes (rule 12): a deleted lead waits thirty days in the trash, one gone in Kommo can be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clarin_web.db import transaction
from clarin_web.events import LeadRestored, LeadTrashed
from clarin_web.leads.actions.writing import living_lead, override, tell, touch
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


def keep_lead(member: Member, lead_id: int) -> Lead:
    """One that left Kommo is ours from now on, counted like any other. Should Kommo give it again, it follows again."""
    with transaction():
        lead = living_lead(member, lead_id)
        if lead.gone_in_kommo_at is not None:
            lead.gone_in_kommo_at, lead.kommo_hash = (
                None,
                None,
            )  # without a hash it is read, should it come again
            override(lead, "gone")
            touch(lead)
            tell(LeadRestored, member, lead)
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
