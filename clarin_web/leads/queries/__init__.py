"""Reads of leads. Every one takes the member first and asks `visible()`: what they may not see is not there."""

from clarin_web.leads.queries.board import Column, board_columns, stage_cards, stage_sums
from clarin_web.leads.queries.directory import Directory, read_directory
from clarin_web.leads.queries.lists import count_leads, leads_of_contact, page_of_leads, trashed_leads
from clarin_web.leads.queries.single import find_lead, lock_lead, lost_reasons, same_title_open, timeline_of

__all__ = [
    "Column",
    "Directory",
    "board_columns",
    "count_leads",
    "find_lead",
    "leads_of_contact",
    "lock_lead",
    "lost_reasons",
    "page_of_leads",
    "read_directory",
    "same_title_open",
    "stage_cards",
    "stage_sums",
    "timeline_of",
    "trashed_leads",
]
