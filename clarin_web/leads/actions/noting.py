"""Write on a lead without changing its fields: notes and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from clarin_web.db import execute, transaction
from clarin_web.events import LeadNoted, LeadTagged
from clarin_web.leads.actions.writing import living_lead, override, tell, touch
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.lib.text import clean_text
from clarin_web.models import Lead, LeadNote, Tag
from clarin_web.tags import actions as tags

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

MAX_NOTE = 5000


def note_lead(member: Member, lead_id: int, body: str) -> LeadNote:
    """Add a note. Blank ones are refused; the words stay as typed, without control characters."""
    with transaction() as session:
        lead = living_lead(member, lead_id)
        words = clean_text(body, MAX_NOTE).strip()
        if not words:
            raise Invalid("invalid", {"body": "required"})
        note = LeadNote(account_id=lead.account_id, lead_id=lead.id, author_id=member.user_id, body=words)
        session.add(note)
        session.flush()  # for note.id, which the fact carries
        tell(LeadNoted, member, lead, note_id=note.id)
        return note


def tag_lead(member: Member, lead_id: int, name: str) -> Lead:
    """Put the tag called `name` on the lead, making it when the account has none of that name."""
    with transaction():
        lead = living_lead(member, lead_id)
        tag_id = tags.find_or_create_one(lead.account_id, name)
        if tag_id not in lead.tag_ids:
            lead.tag_ids = tags.tag_lead(lead.account_id, lead.id, tag_id)
            _told(member, lead, added=[_name(lead.account_id, tag_id)])
        return lead


def untag_lead(member: Member, lead_id: int, tag_id: int) -> Lead:
    """Take a tag off. What is not on the lead stays off: nothing happens."""
    with transaction():
        lead = living_lead(member, lead_id)
        name = _name(lead.account_id, tag_id)
        if tag_id in lead.tag_ids:
            lead.tag_ids = tags.untag_lead(lead.account_id, lead.id, tag_id)
            _told(member, lead, removed=[name])
        return lead


def _told(member: Member, lead: Lead, **names: list[str]) -> None:
    override(lead, "tags")
    touch(lead)
    tell(LeadTagged, member, lead, **names)


def _name(account_id: int, tag_id: int) -> str:
    name = execute(
        select(Tag.name).where(Tag.account_id == account_id, Tag.id == tag_id)
    ).scalar_one_or_none()
    if name is None:
        raise NotFound("tag")
    return name
