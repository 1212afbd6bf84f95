"""Every lead of the demo has a past that reads as if people and Kommo had lived it."""

from itertools import pairwise

import pytest
from sqlalchemy import func, select

from clarin_web.config import settings
from clarin_web.db import execute
from clarin_web.demo import kommo_world
from clarin_web.demo.mirror import mirror
from clarin_web.models import Chat, FactRow, KommoConnection, Lead, LeadNote, Message, Stage

pytestmark = pytest.mark.shared_world


def history():
    """{lead: its facts, oldest first}."""
    found = {}
    for fact in execute(select(FactRow).order_by(FactRow.at, FactRow.id)).scalars():
        found.setdefault(fact.lead_id, []).append(fact)
    return found


def test_every_lead_was_created_first(inside):
    leads = {lead.id: lead for lead in execute(select(Lead)).scalars()}
    facts = history()
    assert len(leads) == 304
    assert facts.keys() == leads.keys()
    for lead_id, (first, *_rest) in facts.items():
        assert first.kind == "LeadCreated"
        assert first.at == leads[lead_id].created_at


def test_its_moves_lead_from_stage_to_stage_to_where_it_is(inside):
    for lead in execute(select(Lead)).scalars():
        moves = [fact for fact in history_of(lead.id) if fact.kind == "LeadMoved"]
        for before, after in pairwise(moves):
            assert before.data["to_stage_id"] == after.data["from_stage_id"]
        if moves:
            assert (moves[-1].data["to_stage_id"], moves[-1].at) == (lead.stage_id, lead.updated_at)


def test_what_is_closed_says_so_and_why(inside):
    for lead in execute(select(Lead).where(Lead.status != "open")).scalars():
        (closed,) = [fact for fact in history_of(lead.id) if fact.kind == "LeadClosed"]
        assert closed.data["outcome"] == lead.status
        assert bool(closed.data["reason"]) == (lead.status == "lost")


def test_every_note_stands_in_its_leads_timeline_with_its_author(inside):
    notes = execute(select(LeadNote)).scalars().all()
    told = {
        fact.data["note_id"]: fact
        for facts in history().values()
        for fact in facts
        if fact.kind == "LeadNoted"
    }
    assert len(notes) > 40
    for note in notes:
        fact = told[note.id]
        assert (fact.lead_id, fact.actor_kind, fact.actor_id) == (note.lead_id, "user", note.author_id)
        assert fact.at == note.created_at


def test_the_timeline_of_an_old_lead_is_shown(made, inside, client):
    lead_id = execute(select(Lead.id).where(Lead.status == "won").limit(1)).scalar_one()
    client.post("/login", data={"email": made.email, "password": made.password})
    page = client.get(f"/leads/{lead_id}").get_data(as_text=True)
    assert page.count('class="mark') >= 3


def test_only_groups_name_senders(inside):
    named = select(func.count()).select_from(Message).join(Chat, Chat.id == Message.chat_id)
    assert execute(named.where(Chat.kind != "group", Message.sender_name != "")).scalar_one() == 0


def test_no_two_stages_of_a_pipeline_look_the_same(inside):
    looks = execute(select(Stage.pipeline_id, Stage.color)).all()
    assert len(looks) == len(set(looks))


def test_the_first_sync_has_nothing_to_correct(inside):
    versions = select(Lead.id, Lead.version).order_by(Lead.id)
    before = execute(versions).all()
    mirror(inside, kommo_world.load(settings().state_dir / kommo_world.FILE))
    assert execute(versions).all() == before
    assert execute(select(KommoConnection.kommo_account_name)).scalar_one() == "Andina Norte"


def history_of(lead_id):
    mine = select(FactRow).where(FactRow.lead_id == lead_id).order_by(FactRow.at, FactRow.id)
    return execute(mine).scalars().all()
