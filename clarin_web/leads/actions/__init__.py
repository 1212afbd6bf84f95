"""What people do to leads: one function, one transaction, one list of facts. Knows no Flask, HTML, Redis or RQ."""

from clarin_web.leads.actions.assigning import assign_lead, may_assign
from clarin_web.leads.actions.changing import change_lead, refresh_search
from clarin_web.leads.actions.creating import NewLead, create_lead, create_lead_by_rule
from clarin_web.leads.actions.moving import LostBecause, move_lead
from clarin_web.leads.actions.noting import note_lead, tag_lead, untag_lead
from clarin_web.leads.actions.trashing import keep_lead, restore_lead, trash_lead

__all__ = [
    "LostBecause",
    "NewLead",
    "assign_lead",
    "change_lead",
    "create_lead",
    "create_lead_by_rule",
    "keep_lead",
    "may_assign",
    "move_lead",
    "note_lead",
    "refresh_search",
    "restore_lead",
    "tag_lead",
    "trash_lead",
    "untag_lead",
]
