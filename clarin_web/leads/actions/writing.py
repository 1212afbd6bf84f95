"""What every write to a lead shares: it is locked, its reader saw the latest, its version grows, it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from clarin_web.events import Actor, LeadFact, announce
from clarin_web.leads.queries.single import lock_lead
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.models import Lead

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

F = TypeVar("F", bound=LeadFact)


def living_lead(member: Member, lead_id: int) -> Lead:
    """A locked lead that is not in the trash: what is there must be restored before it changes."""
    lead = lock_lead(member, lead_id)
    if lead.trashed_at is not None:
        raise NotFound("lead")
    return lead


def check_unchanged(lead: Lead, version: int | None, *, still_true: bool = False) -> None:
    """Refuse to overwrite what the writer has not seen.

    `still_true` says the very thing being changed is as the writer saw it: then a newer version is no conflict,
    because somebody changed something else.
    """
    if version is not None and version != lead.version and not still_true:
        raise Conflict("lead_changed", lead_id=lead.id)


def touch(lead: Lead) -> None:
    """Every visible change grows the version: fragments with an older one never replace a newer."""
    lead.version += 1
    lead.updated_at = datetime.now(UTC)


def override(lead: Lead, *fields: str) -> None:
    """A mirrored lead's field edited here is ours from now on (rule 11)."""
    if lead.kommo_id is not None:
        lead.overrides = sorted({*lead.overrides, *fields})


def tell(kind: type[F], member: Member, lead: Lead, **values: Any) -> None:
    """Announce a fact about the lead, done by the member, in this transaction."""
    announce(
        kind(
            account_id=lead.account_id,
            actor=Actor.user(member.user_id),
            lead_id=lead.id,
            pipeline_id=lead.pipeline_id,
            contact_id=lead.contact_id,
            **values,
        )
    )
