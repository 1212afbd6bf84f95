"""Kommo's tasks and notes as people see them here: what is done, whose they are, in which timeline they stand."""

from sqlalchemy import select

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute
from clarin_web.leads.queries.single import timeline_of
from clarin_web.models import Contact, Lead, Task
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import the


def test_a_task_is_open_and_done_as_it_is_in_kommo(mirror, world, pipeline):
    lead, contact = world.add_lead("Curso", pipeline), world.add_contact("Luis Paz")
    tasks = [world.add_task("Llamar", "leads", lead), world.add_task("Visitar", "contacts", contact)]
    mirror.visit()
    for is_completed in (True, False, True):
        world.move_clock(60)
        for task in tasks:
            world.change("tasks", task, is_completed=is_completed)
        mirror.poll_all()
        assert [the(Task, kommo_id=task).done_at is not None for task in tasks] == [is_completed] * 2
    assert drift(mirror.account_id, world) == []


def test_a_task_that_is_no_longer_about_anybody_here_leaves(mirror, world, pipeline):
    lead, company = world.add_lead("Curso", pipeline), world.add_company("Andina SAC")
    task = world.add_task("Llamar", "leads", lead)
    mirror.visit()
    world.change("tasks", task, entity_type="companies", entity_id=company)
    mirror.poll_all()
    assert execute(select(Task.id)).all() == []
    assert drift(mirror.account_id, world) == []


def test_a_task_that_came_before_its_contact_finds_it(mirror, world):
    mirror.server.faults.add("status", path="/api/v4/contacts[?].*", times=50, status=403)
    contact = world.add_contact("Luis Paz")
    task = world.add_task("Llamar", "contacts", contact)
    mirror.visit()
    assert execute(select(Task.id)).all() == []
    mirror.server.faults.clear()
    mirror.visit()
    assert the(Task, kommo_id=task).contact_id == the(Contact, kommo_id=contact).id
    assert drift(mirror.account_id, world) == []


def test_a_note_moves_to_the_lead_that_absorbed_its_own_and_one_deleted_says_no_more(mirror, world, pipeline):
    first, second = (world.add_lead(title, pipeline) for title in ("Uno", "Dos"))
    moved, lost = (world.add_note("leads", second, text=text) for text in ("Se muda", "Se borra"))
    mirror.visit()
    world.change("notes", moved, entity_id=first)
    world.delete_note(lost)
    mirror.poll_all()
    member = Member(mirror.account_id, 1, "owner")
    shown = {
        id_: [
            fact.body for fact in timeline_of(member, the(Lead, kommo_id=id_).id) if fact.kind == "LeadNoted"
        ]
        for id_ in (first, second)
    }
    assert shown == {first: ["Se muda"], second: [None]}, "a deleted one left its place"
    assert drift(mirror.account_id, world) == []


def test_notes_and_tasks_that_came_before_the_import_of_leads_find_them(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    world.add_note("leads", lead, text="Prefiere la tarde")
    world.add_task("Llamar", "leads", lead)
    mirror.server.faults.add("status", path="/api/v4/leads[?].*", times=50, status=403)
    mirror.visit()
    mirror.server.faults.clear()
    mirror.visit()
    assert drift(mirror.account_id, world) == []
