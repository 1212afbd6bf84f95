"""Moves come from Kommo's events: each one, with its own time and author, however it is heard."""

import pytest
from sqlalchemy import select

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute
from clarin_web.demo.kommo_server.core import LOST, WON
from clarin_web.leads.queries.single import timeline_of
from clarin_web.models import Lead, Stage

EVENTS = "/api/v4/events"


@pytest.fixture
def lead(mirror, world, pipeline):
    made = world.add_lead("Curso", pipeline)
    mirror.visit()
    return made


def told(kind="LeadMoved"):
    """(time, Kommo's stage, by whom, whether guessed) of each that timelines show, oldest first."""
    leads = execute(select(Lead.account_id, Lead.id)).all()
    member = Member(leads[0].account_id, 1, "owner")
    facts = [fact for lead in leads for fact in timeline_of(member, lead.id) if fact.kind == kind]
    stages = dict(execute(select(Stage.id, Stage.kommo_id)).all())
    return [
        (
            int(fact.at.timestamp()),
            stages.get(fact.data.get("to_stage_id")),
            fact.data.get("by"),
            "guessed" in fact.data,
        )
        for fact in sorted(facts, key=lambda fact: (fact.at, fact.id))
    ]


def move(world, lead, stages):
    """Through these, a second between two; answers (time, stage) of each."""
    done = []
    for stage in stages:
        world.move_clock(1)
        world.move_stage(lead, stage)
        done.append((world.now(), stage))
    return done


def test_moves_between_two_polls_are_each_told_with_their_own_time(mirror, world, pipeline, lead):
    first, second = world.stage_ids(pipeline, closed=False)
    done = move(world, lead, [second, first, second, WON, first, LOST])
    mirror.poll_all()
    mirror.poll_all()
    assert [(at, stage) for at, stage, _, _ in told()] == done
    assert {by for _, _, by, _ in told()} == {"Ana Ruiz"}
    assert [at for at, *_ in told("LeadClosed")] == [done[3][0], done[5][0]]
    assert [at for at, *_ in told("LeadReopened")] == [done[4][0]]


def test_events_that_come_before_the_row_tell_it_once(mirror, world, pipeline, lead):
    _, second = world.stage_ids(pipeline, closed=False)
    mirror.server.faults.add("stale", path="/api/v4/leads[?].*updated_at.*", times=1, seconds=600)
    done = move(world, lead, [second])
    mirror.poll_all()
    assert [(at, stage) for at, stage, _, _ in told()] == done
    stage = select(Stage.kommo_id).join(Lead, Lead.stage_id == Stage.id)
    assert execute(stage).scalar_one() == second, "the lead is asked for when an event puts it elsewhere"


def test_a_lead_that_comes_after_its_events_has_its_moves(mirror, world, pipeline, lead):
    _, second = world.stage_ids(pipeline, closed=False)
    mirror.server.faults.add("status", path="/api/v4/leads[?].*", times=50, status=403)
    other = world.add_lead("Otro", pipeline)
    done = move(world, other, [second, WON])
    mirror.poll_all()
    assert told() == []
    mirror.server.faults.clear()
    mirror.visit()
    assert [(at, stage) for at, stage, _, _ in told()] == done


def test_where_no_events_come_the_row_tells_until_they_do(mirror, world, pipeline, lead):
    first, second = world.stage_ids(pipeline, closed=False)
    mirror.server.faults.add("status", path=EVENTS + ".*", times=50, status=403)
    mirror.poll_all()
    done = move(world, lead, [second, first, second])
    mirror.poll_all()
    assert [(stage, guessed) for _, stage, _, guessed in told()] == [(second, True)]
    mirror.server.faults.clear()
    mirror.visit()
    assert [(at, stage) for at, stage, _, _ in told()] == done
    assert not any(guessed for *_, guessed in told())


def test_a_closing_that_kommo_does_not_date_has_the_time_of_its_move(mirror, world, pipeline, lead):
    done = move(world, lead, [WON])
    world.rows["leads"][lead] = {**world.rows["leads"][lead], "closed_at": None}
    for _ in range(2):
        mirror.poll_all()
        closed = execute(select(Lead.closed_at).where(Lead.kommo_id == lead)).scalar_one()
        assert int(closed.timestamp()) == done[0][0]
        world.move_clock(5)
        world.change("leads", lead, name="Otro nombre")


def test_moves_through_a_stage_that_was_deleted_since_are_told(mirror, world, pipeline):
    first, second = world.stage_ids(pipeline, closed=False)
    world.move_clock(-86_400)  # before the connection
    lead = world.add_lead("Curso", pipeline)
    done = move(world, lead, [second, first, second, WON])
    world.remove_stage(pipeline, second)
    world.move_clock(86_400)
    mirror.visit()
    assert [(at, stage) for at, stage, _, _ in told()] == [
        (at, None if stage == second else stage) for at, stage in done
    ]
    assert len(told("LeadClosed")) == 1
    closed = execute(select(Lead.closed_at).where(Lead.kommo_id == lead)).scalar_one()
    assert int(closed.timestamp()) == done[-1][0]
