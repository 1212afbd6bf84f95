"""The simulated Kommo's journal: what happened, as /events tells it."""

import pytest

from clarin_web.demo.kommo_server import Clock, World

T = 1_700_000_000


@pytest.fixture
def world():
    clock = Clock(lambda: T)
    made = World(seed=2, clock=clock)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_pipeline("Postventa", ("Por renovar",))
    return made


def told(ask, **filters):
    query = "&".join(f"filter[{key}]={value}" for key, value in filters.items())
    return [(row["type"], row["entity_id"]) for row in ask.rows("events", f"limit=100&{query}")]


def test_a_move_is_an_event_with_both_stages_and_pipelines(ask, world):
    lead = world.add_lead("Curso", 9001)
    first = world.rows["leads"][lead]["status_id"]
    world.move_clock(60)
    target = world.stage_ids(9002, closed=False)[0]
    world.move_stage(lead, target, pipeline_id=9002)
    [event] = ask.rows("events", "filter[type]=lead_status_changed")
    assert event["value_before"] == [{"lead_status": {"id": first, "pipeline_id": 9001}}]
    assert event["value_after"] == [{"lead_status": {"id": target, "pipeline_id": 9002}}]
    assert (len(event["id"]), event["created_at"], event["entity_type"]) == (26, T + 60, "lead")
    assert ask.get(f"events/{event['id']}").json()["id"] == event["id"]


def test_events_come_newest_first_filtered_by_types_time_and_entity(ask, world):
    lead = world.add_lead("Curso", 9001)
    world.move_clock(10)
    world.tag("leads", lead, "vip", "web")
    world.tag("leads", lead, "web")
    world.assign(lead, 77)
    assert [kind for kind, _ in told(ask)] == [
        "entity_responsible_changed",
        "entity_tag_deleted",
        "entity_tag_added",
        "lead_added",
    ]
    assert len(told(ask, type="entity_tag_added,entity_tag_deleted")) == 2
    assert len(ask.rows("events", "filter[type][0]=lead_added&filter[type][1]=entity_tag_added")) == 2
    assert len(told(ask, created_at=T + 5)) == 3
    assert len(told(ask, entity="lead", entity_id=lead)) == 4
    assert ask.get("events", **{"filter[entity_id]": lead}).status_code == 400
    assert "lead_status_changed" in {row["key"] for row in ask.rows("events/types")}


def test_deletions_restores_tasks_notes_links_and_fields_are_told(ask, world):
    contact, lead = world.add_contact("Luis"), world.add_lead("Curso", 9001)
    field = world.add_field("leads", "Canal", "select")
    task = world.add_task("Llamar", "leads", lead)
    world.link(lead, contact)
    world.unlink(lead, contact)
    world.set_field("leads", lead, field, "Web")
    world.complete_task(task)
    world.delete_task(task)
    note = world.add_note("leads", lead, text="Hola")
    world.delete_note(note)
    world.add_call("contacts", contact, "+51 1")
    world.delete("leads", lead)
    world.restore("leads", lead)
    kinds = [kind for kind, _ in reversed(told(ask))]
    assert (
        kinds[2:]
        == (
            "task_added entity_linked entity_unlinked custom_field_value_changed task_completed task_deleted "
            "common_note_added common_note_deleted incoming_call lead_deleted lead_restored"
        ).split()
    )
