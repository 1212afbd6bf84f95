"""A generated world of any size: computed rows, bounded memory, the same behaviour as a small one."""

import tracemalloc

import pytest

from clarin_web.demo.kommo_server import Faults, KommoServer, facts, generated, step, truth
from tests.support.kommo import Ask

NOW = 1_760_000_000


@pytest.fixture
def world():
    return generated(600, 500, 40, 30, 30, seed=3, same_second=300, clock=lambda: NOW)


def test_two_hundred_thousand_leads_and_contacts_take_little_memory():
    tracemalloc.start()
    world = generated(200_000, 200_000, 10_000, seed=1)
    with KommoServer(world, faults=Faults(rate=10**6)) as server, Ask(server) as ask:
        for kind in ("leads", "contacts"):
            last = ask.rows(kind, "order[updated_at]=asc&limit=250&page=800")
            assert (len(last), ask.get(kind, page=801, limit=250).status_code) == (250, 204)
        for _ in range(300):
            step(world)
        _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 120 * 2**20


def test_pages_by_id_and_by_stamp_show_every_row_once(ask, world):
    for kind, count in (("leads", 600), ("contacts", 500), ("companies", 40)):
        for order in ("id", "updated_at"):
            shown = [row["id"] for page in ask.pages(kind, f"limit=250&order[{order}]=asc") for row in page]
            assert (len(shown), len(set(shown))) == (count, count)


def test_the_same_seed_is_the_same_world(world):
    again = generated(600, 500, 40, 30, 30, seed=3, same_second=300, clock=lambda: NOW)
    other = generated(600, 500, 40, 30, 30, seed=4, same_second=300, clock=lambda: NOW)
    assert truth(again) == truth(world) != truth(other)


def test_many_rows_can_share_one_second(ask):
    stamp = NOW - 86400
    window = f"filter[updated_at][from]={stamp}&filter[updated_at][to]={stamp}&order[id]=asc&limit=250"
    assert sum(len(page) for page in ask.pages("leads", window)) >= 300


def test_links_are_found_from_both_ends(ask, world):
    lead = ask.rows("leads", "with=contacts&limit=1&order[id]=desc")[0]
    contact = lead["_embedded"]["contacts"][0]["id"]
    back = ask.get(f"contacts/{contact}", with_="leads").json()["_embedded"]["leads"]
    assert lead["id"] in [one["id"] for one in back]
    company = ask.ids("companies")[0]
    for one in ask.get(f"companies/{company}", with_="contacts").json()["_embedded"]["contacts"]:
        assert ask.get(f"contacts/{one['id']}").json()["_embedded"]["companies"][0]["id"] == company
    task = ask.rows("tasks")[0]
    assert ask.get(f"leads/{task['entity_id']}").json()["closest_task_at"] in (None, task["complete_till"])


def test_notes_of_a_kind_of_one_lead_and_by_stamp(ask, world):
    contact = world.add_note("contacts", 500_000_001, text="De la persona")
    pages = [row["id"] for page in ask.pages("leads/notes", "limit=9&order[updated_at]=asc") for row in page]
    assert sorted(pages) == list(range(1, 31))
    assert ask.ids("contacts/notes") == [contact]
    note = ask.rows("leads/notes", "filter[id][]=4&filter[id][]=999")[0]
    assert ask.ids(f"leads/{note['entity_id']}/notes") == [note["id"]]
    stamp = note["updated_at"]
    window = f"filter[updated_at][from]={stamp}&filter[updated_at][to]={stamp}"
    assert note["id"] in ask.ids("leads/notes", window)
    world.delete_note(note["id"])
    assert ask.get(f"leads/{note['entity_id']}/notes").status_code == 204


def test_a_made_row_that_is_changed_deleted_or_merged_stays_so(ask, world):
    first, second, third = list(world.rows["leads"])[:3]
    world.set_price(first, 77)
    world.delete("leads", second)
    world.merge("leads", first, third)
    assert ask.ids("leads", "order[id]=asc&limit=1") == [first]
    assert ask.get(f"leads/{first}").json()["price"] == 77
    assert ask.ids("leads", "with=only_deleted") == [second]
    assert sum(len(page) for page in ask.pages("leads", "order[updated_at]=asc&limit=250")) == 598
    states = [one["state"] for _, one in facts(world, "leads")]
    assert (len(states), states.count("live")) == (600, 598)
    world.purge("leads", second)
    assert len(world.rows["leads"]) == 599
