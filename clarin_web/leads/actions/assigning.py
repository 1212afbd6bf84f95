"""Give a lead an owner. Taking what is nobody's, or letting go of one's own, is work; the rest is assigning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from clarin_web.accounts.permissions import WORKING_ROLES, Permission
from clarin_web.db import execute, transaction
from clarin_web.events import LeadAssigned
from clarin_web.leads.actions.writing import check_unchanged, living_lead, override, tell, touch
from clarin_web.lib.errors import Forbidden, Invalid
from clarin_web.models import Lead, Membership

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member


def assign_lead(
    member: Member, lead_id: int, user_id: int | None, *, version: int | None = None, was: int | None = None
) -> Lead:
    """Set the owner, or nobody. `was` is the owner the writer saw: while it is still so, nothing conflicts."""
    with transaction():
        lead = living_lead(member, lead_id)
        if lead.owner_id == user_id:
            return lead
        if not may_assign(member, lead.owner_id, user_id):
            raise Forbidden("assign")
        check_owner(member.account_id, user_id)
        check_unchanged(lead, version, still_true=lead.owner_id == was)
        before, lead.owner_id = lead.owner_id, user_id
        override(lead, "owner_id")
        touch(lead)
        tell(LeadAssigned, member, lead, from_user_id=before, to_user_id=user_id)
        return lead


def may_assign(member: Member, before: int | None, after: int | None) -> bool:
    if member.may(Permission.ASSIGN):
        return True
    return {before, after} <= {None, member.user_id}


def check_owner(account_id: int, user_id: int | None) -> None:
    """An owner is an active member whose role may work: a lead of a viewer would be nobody's."""
    if user_id is None:
        return
    works_here = select(Membership.id).where(
        Membership.account_id == account_id,
        Membership.user_id == user_id,
        Membership.disabled_at.is_(None),
        Membership.role.in_(WORKING_ROLES),
    )
    if execute(works_here).first() is None:
        raise Invalid("invalid", {"owner_id": "unknown_choice"})
