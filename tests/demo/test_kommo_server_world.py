"""The simulated Kommo's world: verbs, the journal of events, merges, truth, and a world kept as JSON."""

import json

import pytest

from clarin_web.demo.kommo_server import (
    Clock,
    Faults,
    KommoServer,
    World,
    add_oddities,
    differences,
    step,
    truth,
)
from clarin_web.demo.kommo_server.mutations import ACTS
from tests.support.kommo import Ask

T = 1_700_000_000


@pytest.fixture
def world():
    clock = Clock(lambda: T)
    made = World(seed=2, clock=clock)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_pipeline("Postventa", ("Por renovar",))
    return made


@pytest.fixture
def ask(world):
    with KommoServer(world, faults=Faults(rate=10**6)) as server, Ask(server) as made:
        yield made


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


def test_a_merge_names_the_survivor_only_and_the_other_is_nowhere(ask, world):
    keep, gone = (
        world.add_contact("Luis", ["+51 1"], tags=["a"]),
        world.add_contact("Luis P", ["+51 2"], tags=["b"]),
    )
    lead = world.add_lead("Curso", 9001, contact_ids=[gone])
    world.move_clock(10)
    world.merge("contacts", keep, gone)
    assert told(ask, type="entity_merged") == [("entity_merged", keep)]
    assert told(ask, type="contact_deleted") == []
    assert (ask.ids("contacts"), ask.get(f"contacts/{gone}").status_code) == ([keep], 204)
    assert ask.rows("contacts", "with=only_deleted") == []
    survivor = truth(world)["contacts"][keep]
    assert (survivor["phones"], survivor["tags"]) == (["+51 1", "+51 2"], ["a", "b"])
    assert truth(world)["leads"][lead]["contacts"] == [keep]
    assert world.rows["leads"][lead]["updated_at"] == T + 10
    assert truth(world)["contacts"][gone] == {"state": "merged", "into": keep}


def test_what_does_not_stamp_a_row_is_a_knob(world):
    lead = world.add_lead("Curso", 9001)
    world.move_clock(10)
    world.add_note("leads", lead, text="Hola")
    assert world.rows["leads"][lead]["updated_at"] == T
    world.bumps = {"notes"}
    world.tag("leads", lead, "vip")
    assert world.rows["leads"][lead]["updated_at"] == T
    world.add_note("leads", lead, text="Otra")
    assert world.rows["leads"][lead]["updated_at"] == T + 10


def test_a_deleted_contact_leaves_its_leads_and_comes_back(world):
    first, second = world.add_contact("Luis"), world.add_contact("Rosa")
    lead = world.add_lead("Curso", 9001, contact_ids=[first, second])
    world.delete("contacts", first)
    assert truth(world)["leads"][lead]["contacts"] == [second]
    world.restore("contacts", first)
    assert truth(world)["leads"][lead]["contacts"] == [first, second]


def test_rows_can_be_back_dated(ask, world):
    lead = world.add_lead("Curso", 9001)
    world.change("leads", lead, price=9, updated_at=T - 86400)
    assert ask.ids("leads", f"filter[updated_at][from]={T - 10}") == []
    assert ask.ids("leads", f"filter[updated_at][to]={T - 10}") == [lead]


def test_rows_nobody_documents_are_listed_and_true(ask, world):
    odd = add_oddities(world)
    leads = {row["id"]: row for row in ask.rows("leads", "limit=250&with=contacts")}
    assert leads[odd["price as text"]]["price"] == "1500"
    assert leads[odd["decimal price"]]["price_with_minor_units"] == 99.95
    assert len(leads[odd["long name"]]["name"].encode()) > 10_000
    assert leads[odd["unknown contact"]]["_embedded"]["contacts"] == []
    assert len(leads[odd["many contacts"]]["_embedded"]["contacts"]) == 12
    assert leads[odd["unknown field type"]]["custom_fields_values"][0]["field_type"] == "hologram"
    assert truth(world)["leads"].keys() == leads.keys()
    contacts = {row["id"]: row for row in ask.rows("contacts", "limit=250")}
    assert contacts[odd["no phone"]]["custom_fields_values"] is None
    assert len(contacts[odd["many phones"]]["custom_fields_values"][0]["values"]) == 40


def test_a_world_kept_as_json_comes_back_whole(world):
    for _ in range(200):
        step(world)
    field = world.add_field("leads", "Canal", "select")
    world.set_field("leads", world.add_lead("Curso", 9001), field, "Web")
    again = World.from_json(json.loads(json.dumps(world.to_json())))
    assert truth(again) == truth(world)
    assert again.new_id("leads") == world.new_id("leads")


def test_every_act_happens_and_the_same_seed_does_the_same(world):
    def lived(seed):
        made = World(seed=seed, clock=lambda: T)
        made.add_user("Ana", "ana@demo.test", admin=True)
        made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
        made.add_loss_reason("Precio")
        made.add_company("Andina")
        made.add_field_of_each_type()
        for _ in range(20):
            step(made, ("new_lead", "new_contact"))
        return [step(made) for _ in range(400)], truth(made)

    acts, after = lived(7)
    assert {act.split()[0] for act in acts} == set(ACTS)
    assert lived(7) == (acts, after)
    assert lived(8)[0] != acts


def test_lists_show_exactly_what_is_true_after_much_happened(ask, world):
    for _ in range(400):
        step(world)
    facts = truth(world)
    for kind in ("leads", "contacts", "companies"):
        live = sorted(id_ for id_, one in facts[kind].items() if one["state"] == "live")
        for order in ("id", "updated_at"):
            shown = [row["id"] for page in ask.pages(kind, f"limit=9&order[{order}]=asc") for row in page]
            assert sorted(shown) == live
        bin_ = [id_ for id_, one in facts[kind].items() if one["state"] == "deleted"]
        assert ask.ids(kind, "limit=250&with=only_deleted") == sorted(bin_)
    assert [row["uid"] for row in ask.rows("leads/unsorted")] == list(facts["unsorted"])


def test_differences_are_said_in_words():
    ours = {1: {"name": "Luis"}, 2: {"name": "Rosa"}}
    assert differences(ours, {1: {"name": "Luz", "price": 1}, 3: {}}) == [
        "2: only ours",
        "3: only theirs",
        "1.name: ours 'Luis', theirs 'Luz'",
    ]
    assert differences(ours, ours) == []
