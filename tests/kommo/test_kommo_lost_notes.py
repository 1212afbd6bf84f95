"""Notes that were deleted in Kommo: an event names only what they were on, and one that tells nothing hides nothing."""

import time
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute
from clarin_web.kommo import asking
from clarin_web.kommo.queries import streams_of
from clarin_web.models import KommoRecord, LeadNote
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import begin_sweep, the


def living():
    """Kommo's ids of the notes that are here."""
    kept = select(KommoRecord.key).where(KommoRecord.kind == "notes", KommoRecord.gone_at.is_(None))
    return {int(key) for key in execute(kept).scalars()}


def asked_for(server):
    """Where single notes were asked for, by their ids or on what they are."""
    return [
        seen.path
        for seen in server.seen
        if "/notes" in seen.path and ("filter[id]" in unquote(seen.query) or seen.path.count("/") > 4)
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_a_note_that_may_not_be_asked_for_hides_no_other_event(mirror, world, pipeline, status):
    first, second, third = (world.add_lead(f"Lead {number}", pipeline) for number in range(3))
    hidden, lost = world.add_note("leads", first, text="Uno"), world.add_note("leads", second, text="Dos")
    mirror.visit()
    for note in (hidden, lost):
        world.delete_note(note)
    world.delete("leads", third)
    mirror.server.faults.add("status", rf"/leads/{first}/notes", times=99, status=status)
    mirror.server.faults.add("status", r"/leads[?]", times=99, status=403)
    mirror.poll_all()
    assert streams_of(mirror.account_id, mirror.connection_id)["events"].error == ""
    assert living() == ({hidden} if status == 403 else set())
    assert the(LeadNote, kommo_id=lost).trashed_at is not None


@pytest.mark.parametrize("status", [403, 404, 400])
def test_a_list_of_notes_that_is_refused_hides_no_event(mirror, world, pipeline, status):
    lead, contact = world.add_lead("Curso", pipeline), world.add_contact("Luis Paz")
    note = world.add_note("leads", lead, text="Uno")
    told = world.add_note("contacts", contact, text="Dos")
    mirror.visit()
    world.delete_note(note)
    world.delete_note(told)
    mirror.server.faults.add("status", r"/leads/notes[?]", times=99, status=status)
    mirror.poll_all()
    streams = streams_of(mirror.account_id, mirror.connection_id)
    assert (streams["events"].error, bool(streams["lead_notes"].error)) == ("", True)
    assert living() == {note}


def test_events_about_what_has_no_notes_here_ask_nothing(mirror, world, pipeline):
    """Customers have notes too, which are read by nobody; and what was deleted before we came was never here."""
    leads = [world.add_lead(f"Lead {number}", pipeline) for number in range(5)]
    for lead in leads:
        world.delete_note(world.add_note("leads", lead, text="Ya no"))
        world.move_clock(1)
        world.add_note("leads", lead, text="Se queda")
    event = next(row for row in world.rows["events"].values() if row["type"] == "common_note_deleted")
    event["entity_type"] = "customer"
    mirror.visit()
    assert len(living()) == len(leads)
    assert asked_for(mirror.server) == []


def test_notes_of_many_things_are_asked_for_at_once(mirror, world, pipeline):
    leads = [world.add_lead(f"Lead {number}", pipeline) for number in range(8)]
    notes = [world.add_note("leads", lead, text=text) for lead in leads for text in ("Una", "Otra")]
    mirror.visit()
    for note in notes[::2]:
        world.delete_note(note)
    mirror.server.seen.clear()
    mirror.poll_all()
    assert living() == set(notes[1::2])
    listed = [path for path in asked_for(mirror.server) if path == "/api/v4/leads/notes"]
    assert len(listed) == 1


@pytest.mark.parametrize("entity", ["leads", "contacts", "companies"])
def test_notes_that_went_without_a_word_are_found_by_the_census(mirror, world, pipeline, monkeypatch, entity):
    monkeypatch.setattr("clarin_web.kommo.census.PAGE_EVERY", -1.0)
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    thing = {
        "leads": lambda: world.add_lead("Curso", pipeline),
        "contacts": lambda: world.add_contact("Luis Paz"),
        "companies": lambda: world.add_company("Andina SAC"),
    }[entity]()
    notes = [world.add_note(entity, thing, text=f"Nota {number}") for number in range(12)]
    mirror.visit()
    left = {notes[0], *notes[5:7], notes[-1]}
    for note in left:
        world.purge("notes", note)
    for _ in range(14):
        mirror.poll(time.time())
    assert living() == set(notes) - left
    gone = execute(select(LeadNote.id).where(LeadNote.trashed_at.is_not(None))).all()
    assert len(gone) == (len(left) if entity == "leads" else 0)
    assert drift(mirror.account_id, world) == []


def test_notes_of_a_lead_that_left_stay_with_it(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.census.PAGE_EVERY", -1.0)
    lead = world.add_lead("Curso", pipeline)
    note = world.add_note("leads", lead, text="Prefiere la tarde")
    mirror.visit()
    world.delete("leads", lead)
    mirror.poll_all()
    world.purge("notes", note)  # nobody knows whether lists show notes of what is in the bin
    for _ in range(12):
        mirror.poll(time.time())
    assert living() == {note}
    assert the(LeadNote, kommo_id=note).trashed_at is None


def test_very_many_notes_that_went_are_for_a_person(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.sweeping.CONFIRM_AFTER", -1)
    lead = world.add_lead("Curso", pipeline)
    notes = [world.add_note("leads", lead, text=f"Nota {number}") for number in range(40)]
    mirror.visit()
    for note in notes[:20]:
        world.purge("notes", note)
    begin_sweep(mirror)
    for _ in range(2):
        mirror.poll_all()
    [question] = asking.open_questions(mirror.account_id)
    assert (question.kind, len(question.ids), living()) == ("lead_notes", 20, set(notes))
    asking.answer(Member(mirror.account_id, 1, "owner"), question.id, mark=True)
    assert living() == set(notes[20:])
