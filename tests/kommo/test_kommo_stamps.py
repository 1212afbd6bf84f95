"""A stamp is what a client wrote: from the future, from the past or wrong, what Kommo shows is what is here."""

import time

import pytest
from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.models import Contact, KommoRecord, Lead
from tests.support.kommo_mirror import drift

OLD, FAR = 1_500_000_000, 4_000_000_000


def title(kommo_id):
    return execute(select(Lead.title).where(Lead.kommo_id == kommo_id)).scalar()


@pytest.fixture
def lead(mirror, world, pipeline):
    made = world.add_lead("Curso", pipeline)
    mirror.visit()
    return made


@pytest.mark.parametrize("ahead", [1800, 10**9])
def test_a_row_from_the_future_is_not_frozen_there(mirror, world, lead, ahead):
    world.change("leads", lead, name="Mañana", updated_at=world.now() + ahead)
    mirror.poll_all()
    assert title(lead) == "Mañana"
    world.change("leads", lead, name="Hoy", updated_at=world.now())
    mirror.poll_all()
    assert title(lead) == "Hoy"


def test_one_row_from_the_future_hides_no_other(mirror, world, pipeline, lead):
    world.change("leads", lead, name="Mañana", updated_at=FAR)
    other = world.add_lead("Otro", pipeline)
    mirror.poll_all()
    world.change("leads", other, name="Cambió")
    mirror.poll_all()
    assert title(other) == "Cambió"


def stamp(world, kind, id_, **stamps):
    """Set without a word: no event, no other stamp."""
    world.rows[kind][id_] = {**world.rows[kind][id_], **stamps}


def old_rows(world, pipeline):
    """One of each kind that nothing tells of: old stamps, and no event."""
    lead = world.add_lead("Antiguo", pipeline)
    made = [("leads", lead), ("contacts", world.add_contact("Antigua", ["+51987000111"]))]
    made.append(("companies", world.add_company("Antigua S.A.")))
    made += [("notes", world.add_note(kind, id_, text="Nota antigua")) for kind, id_ in made]
    made.append(("tasks", world.add_task("Llamar", "leads", lead)))
    for kind, id_ in made:
        stamp(world, kind, id_, created_at=OLD, updated_at=OLD)
    for id_ in list(world.rows["events"]):
        world.rows["events"].pop(id_)


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.census.PAGE_EVERY", -1.0)


def test_rows_that_no_date_leads_to_are_found_by_the_census(hurried, mirror, world, pipeline, lead):
    old_rows(world, pipeline)
    mirror.poll(time.time())
    assert drift(mirror.account_id, world) == []


def test_whoever_asks_to_read_now_gets_them_at_once(mirror, world, pipeline, lead):
    old_rows(world, pipeline)
    mirror.visit()
    assert drift(mirror.account_id, world) == []


def test_the_census_takes_a_page_every_two_minutes(mirror, world, lead):
    mirror.server.seen.clear()
    for _ in range(5):
        mirror.poll(time.time())
    assert [seen for seen in mirror.server.seen if "order%5Bid%5D" in seen.target] == []


@pytest.mark.parametrize("verb", ["add_lead", "add_contact", "add_company", "add_task"])
def test_events_of_creation_lead_to_what_its_stamp_hides(mirror, world, pipeline, lead, verb):
    kinds = {"add_lead": "leads", "add_contact": "contacts", "add_company": "companies", "add_task": "tasks"}
    about = {"add_lead": [pipeline], "add_task": ["leads", lead]}.get(verb, [])
    made = getattr(world, verb)("Antiguo", *about)
    stamp(world, kinds[verb], made, updated_at=OLD)
    mirror.poll_all()
    held = {
        "leads": select(Lead.kommo_id),
        "contacts": select(Contact.kommo_id),
    }.get(kinds[verb], select(KommoRecord.key).where(KommoRecord.kind == kinds[verb]))
    assert str(made) in {str(id_) for id_ in execute(held).scalars()}
