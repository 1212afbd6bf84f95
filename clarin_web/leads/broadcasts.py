"""Tell open browsers that leads changed: a poke, after which each page re-asks its own, authorised URL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from clarin_web.events import (
    ChatFact,
    ContactChanged,
    ContactsMerged,
    ContactsMirrored,
    ContactWroteFirst,
    LeadFact,
    LeadMoved,
    LeadsMirrored,
    NamesChanged,
)
from clarin_web.leads.actions import create_lead_by_rule, refresh_search
from clarin_web.leads.queries.people import boards_of_people, places_of_leads
from clarin_web.leads.queries.single import title_for_contact
from clarin_web.live.publish import at_once, poke
from clarin_web.pipelines.queries import pipelines_of

AT_ONCE = 500  # topics of one message


def poke_lead(fact: LeadFact) -> None:
    """Lists, the board the lead is on (and the one it left), its page, its contact's panel, and the home page."""
    boards = {fact.pipeline_id}
    if isinstance(fact, LeadMoved):
        boards.add(fact.from_pipeline_id)
    mine = [f"lead:{fact.lead_id}", *([f"contact:{fact.contact_id}"] if fact.contact_id else [])]
    poke(fact.account_id, "leads", *(f"board:{board}" for board in sorted(boards)), *mine, "home")


def poke_mirrored(fact: LeadsMirrored) -> None:
    """A page of Kommo landed: once per topic, however many leads it changed."""
    poke(fact.account_id, "leads", *_pages(fact.pipeline_ids, fact.lead_ids[:AT_ONCE]), "home")
    for begin in range(AT_ONCE, len(fact.lead_ids), AT_ONCE):
        poke(fact.account_id, *_pages((), fact.lead_ids[begin : begin + AT_ONCE]))


def names_changed(fact: NamesChanged) -> None:
    """Stages, tags and people are named on every list and board."""
    boards = (f"board:{pipeline.id}" for pipeline in pipelines_of(fact.account_id))
    poke(fact.account_id, "access", "names", "leads", *boards, "home")


def lead_for_first_writer(fact: ContactWroteFirst) -> None:
    """A stranger wrote to a device that wants leads: they get one, unless they have an open one."""
    if fact.contact_id is not None:
        title = title_for_contact(fact.account_id, fact.contact_id)
        create_lead_by_rule(fact.account_id, fact.contact_id, title, fact.pipeline_id, fact.stage_id)


def contact_changed(fact: ContactChanged | ContactsMerged) -> None:
    """Leads are found by their contact's name and phones, and show them: on lists, boards and their own pages."""
    refresh_search(fact.account_id, [fact.contact_id])
    leads = places_of_leads(fact.account_id, [fact.contact_id])[:AT_ONCE]
    pages = _pages([lead.pipeline_id for lead in leads], [lead.id for lead in leads])
    poke(fact.account_id, "leads", f"contact:{fact.contact_id}", *pages)


def unread_changed(fact: ChatFact) -> None:
    """Cards say how much of their contact's is unread; a burst of messages asks once where they are."""
    at_once(_poke_boards, fact)


def _poke_boards(facts: Iterable[ChatFact]) -> None:
    people: dict[int, set[int]] = defaultdict(set)
    for fact in facts:
        if fact.contact_id is not None:
            people[fact.account_id].add(fact.contact_id)
    for account_id, contact_ids in people.items():
        if boards := boards_of_people(account_id, contact_ids):
            poke(account_id, *_pages(boards, ()))


def poke_people(fact: ContactsMirrored) -> None:
    """What panels beside a contact show of it."""
    for begin in range(0, len(fact.contact_ids), AT_ONCE):
        poke(fact.account_id, *(f"contact:{id_}" for id_ in fact.contact_ids[begin : begin + AT_ONCE]))


def _pages(pipeline_ids: Iterable[int], lead_ids: Iterable[int]) -> list[str]:
    boards = sorted(set(pipeline_ids))
    return [*(f"board:{board}" for board in boards), *(f"lead:{lead}" for lead in lead_ids)]
