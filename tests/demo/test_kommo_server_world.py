"""The simulated Kommo's world: verbs, merges, odd rows, truth, and a world kept as JSON."""

import json

import pytest

from clarin_web.demo.kommo_server import (
    Clock,
    World,
    add_oddities,
    differences,
    step,
    truth,
)
from clarin_web.demo.kommo_server.mutations import ACTS

T = 1_700_000_000


@pytest.fixture
def world():
    clock = Clock(lambda: T)
    made = World(seed=2, clock=clock)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_pipeline("Postventa", ("Por renovar",))
    return made


def test_a_merge_names_the_survivor_only_and_the_other_is_nowhere(ask, world):
    keep, gone = (
        world.add_contact("Luis", ["+51 1"], tags=["a"]),
        world.add_contact("Luis P", ["+51 2"], tags=["b"]),
    )
    lead = world.add_lead("Curso", 9001, contact_ids=[gone])
    world.move_clock(10)
    world.merge("contacts", keep, gone)
    assert [row["entity_id"] for row in ask.rows("events", "filter[type]=entity_merged")] == [keep]
    assert ask.rows("events", "filter[type]=contact_deleted") == []
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
