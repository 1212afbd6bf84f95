"""Move a lead between stages. Its status follows the stage's kind; losing asks why; coming back clears the closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from clarin_web.db import execute, transaction
from clarin_web.events import LeadClosed, LeadMoved, LeadReopened
from clarin_web.leads.actions.writing import check_unchanged, living_lead, override, tell, touch
from clarin_web.lib.errors import Invalid
from clarin_web.lib.text import clean_text
from clarin_web.models import Lead, LostReason
from clarin_web.pipelines.queries import StageView, find_stage

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class LostBecause:
    """A reason of the account's list, words of one's own, or both."""

    reason_id: int | None = None
    words: str = ""


def move_lead(
    member: Member,
    lead_id: int,
    stage_id: int,
    *,
    version: int | None = None,
    from_stage_id: int | None = None,
    because: LostBecause | None = None,
) -> Lead:
    """Put the lead in a stage of its account; moving to where it is does nothing.

    Raises Invalid("reason_needed") for a lost stage without a reason, Conflict when somebody else moved it since
    `version` (with `from_stage_id`, only when it is no longer in the stage the mover saw).
    """
    with transaction():
        lead = living_lead(member, lead_id)
        stage = find_stage(member.account_id, stage_id)
        if stage is None:
            raise Invalid("foreign_stage", {"stage_id": "not_there"})
        if lead.stage_id == stage.id:
            return lead
        check_unchanged(lead, version, still_true=lead.stage_id == from_stage_id)
        reason = _reason(member.account_id, stage, because)
        _enter(member, lead, stage, because, reason)
        return lead


def _enter(member: Member, lead: Lead, stage: StageView, because: LostBecause | None, reason: str) -> None:
    was_stage, was_pipeline, was_status = lead.stage_id, lead.pipeline_id, lead.status
    lead.stage_id, lead.pipeline_id, lead.status = stage.id, stage.pipeline_id, stage.kind
    lost = because if stage.kind == "lost" and because else LostBecause()
    lead.lost_reason_id, lead.lost_note = lost.reason_id, clean_text(lost.words, MAX_REASON)
    lead.closed_at = None if stage.kind == "open" else datetime.now(UTC)
    override(lead, "stage_id")
    touch(lead)
    tell(
        LeadMoved, member, lead, from_stage_id=was_stage, to_stage_id=stage.id, from_pipeline_id=was_pipeline
    )
    if stage.kind != "open" and stage.kind != was_status:
        tell(LeadClosed, member, lead, outcome=stage.kind, reason=reason)
    if stage.kind == "open" and was_status != "open":
        tell(LeadReopened, member, lead)


def _reason(account_id: int, stage: StageView, because: LostBecause | None) -> str:
    """The reason as one text for the fact. A reason of another account is not there."""
    if stage.kind != "lost":
        return ""
    if because is None or (because.reason_id is None and not because.words.strip()):
        raise Invalid("reason_needed", {"reason": "required"})
    if because.reason_id is None:
        return clean_text(because.words, MAX_REASON)
    wanted = select(LostReason.name).where(
        LostReason.account_id == account_id, LostReason.id == because.reason_id
    )
    name = execute(wanted).scalar_one_or_none()
    if name is None:
        raise Invalid("invalid", {"reason": "unknown_choice"})
    return " · ".join(filter(None, (name, clean_text(because.words, MAX_REASON))))
