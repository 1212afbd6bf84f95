"""The simulated Kommo's lists: envelope, emptiness, limits, filters, orders, and pages that drift."""

import pytest

from clarin_web.demo.kommo_server import World

T = 1_700_000_000


@pytest.fixture
def world():
    made = World(seed=2, clock=lambda: T + 1000)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_pipeline("Postventa", ("Por renovar",))
    return made


def leads(world, count, **options):
    pipeline = next(iter(world.rows["pipelines"]))
    return [world.add_lead(f"Lead {n}", pipeline, created_at=T + n, price=n, **options) for n in range(count)]


def test_an_empty_list_and_a_page_past_the_end_are_204_without_a_body(ask, world):
    assert (ask.get("leads").status_code, ask.get("leads").content) == (204, b"")
    leads(world, 3)
    assert ask.get("leads", page=2).status_code == 204
    assert ask.get("leads/999999").status_code == 204


def test_a_page_has_kommos_envelope_with_links_to_another_host(ask, world):
    leads(world, 7)
    answer = ask.get("leads", page=2, limit=3)
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/hal+json"
    assert body["_page"] == 2
    assert set(body["_links"]) == {"self", "next", "prev", "first"}
    assert body["_links"]["next"]["href"] == "https://demo.kommo.com/api/v4/leads?limit=3&page=3"
    assert "_total_items" not in body
    assert "next" not in ask.get("leads", page=3, limit=3).json()["_links"]


def test_users_and_fields_are_counted(ask, world):
    assert {"_total_items", "_page_count"} <= set(ask.get("users").json())
    fields = ask.get("contacts/custom_fields").json()
    assert fields["_total_items"] == 3
    assert "last" in fields["_links"]


def test_fifty_rows_unless_asked_and_never_more_than_250(ask, world, kommo):
    leads(world, 260)
    assert len(ask.rows("leads")) == 50
    assert len(ask.rows("leads", "limit=500")) == 250
    kommo.faults.limit_over = "400"
    assert ask.get("leads", limit=500).status_code == 400


def test_filters_by_id_range_price_name_and_stage_pairs(ask, world):
    made = leads(world, 10)
    second = world.stage_ids(9001, closed=False)[1]
    world.move_stage(made[4], second)
    assert ask.ids("leads", f"filter[id][]={made[1]}&filter[id][]={made[3]}&filter[id][]=1") == [
        made[1],
        made[3],
    ]
    assert ask.ids("leads", f"filter[created_at][from]={T + 3}&filter[created_at][to]={T + 4}") == made[3:5]
    assert ask.ids("leads", "filter[price][from]=8") == made[8:]
    assert ask.ids("leads", "filter[name][]=Lead 2") == [made[2]]
    pairs = f"filter[statuses][0][pipeline_id]=9001&filter[statuses][0][status_id]={second}"
    assert ask.ids("leads", pairs) == [made[4]]
    assert ask.ids("leads", "filter[pipeline_id][]=9002") == []
    assert ask.ids("leads", "query=lead 7") == [made[7]]
    assert ask.ids("leads", "filter[whatever]=7") == made


def test_updated_at_is_a_range_inclusive_or_not_and_a_bare_stamp_matches_exactly(ask, world, kommo):
    made = leads(world, 5)
    window = f"filter[updated_at][from]={T + 1}&filter[updated_at][to]={T + 3}"
    assert ask.ids("leads", window) == made[1:4]
    assert ask.ids("leads", f"filter[updated_at]={T + 2}") == [made[2]]
    assert ask.get("leads", **{"filter[updated_at]": T + 500}).status_code == 204
    kommo.faults.range_inclusive = False
    assert ask.ids("leads", window) == [made[2]]


def test_orders_by_id_and_stamp_both_ways_and_shuffled_when_none_is_asked(ask, world, kommo):
    made = leads(world, 30)
    world.touch("leads", made[0])
    assert ask.ids("leads", "order[updated_at]=asc") == [*made[1:], made[0]]
    assert ask.ids("leads", "order[updated_at]=desc")[:2] == [made[0], made[-1]]
    assert ask.ids("leads", "order[id]=desc") == made[::-1]
    assert ask.ids("leads", f"order[id]=asc&filter[updated_at][from]={T + 5}") == [made[0], *made[5:]]
    kommo.faults.default_order = "shuffle"
    shuffled = ask.ids("leads")
    assert (sorted(shuffled), shuffled != made) == (made, True)


def test_a_row_edited_or_deleted_between_pages_shifts_what_follows(ask, world):
    made = leads(world, 9)
    pages = ask.pages("leads", "order[id]=asc&limit=3")
    first = [row["id"] for row in next(pages)]
    world.delete("leads", made[1])
    second = [row["id"] for row in next(pages)]
    assert (first, second) == (made[:3], made[4:7])
    window = ask.pages("leads", "order[updated_at]=asc&limit=3")
    next(window)
    world.touch("leads", made[0])
    assert made[4] not in [row["id"] for page in window for row in page]


def test_the_bin_shows_stubs_of_nulls_and_lists_do_not_show_it(ask, world):
    made = leads(world, 3)
    world.delete("leads", made[1])
    assert ask.ids("leads") == [made[0], made[2]]
    assert ask.get(f"leads/{made[1]}").status_code == 204
    [stub] = ask.rows("leads", "with=only_deleted")
    filled = {key for key, value in stub.items() if value is not None and not key.startswith("_")}
    assert (stub["id"], filled) == (
        made[1],
        {"id", "updated_at", "updated_by", "is_deleted", "account_id"},
    )
    assert ask.ids("leads", f"with=only_deleted&filter[updated_at][from]={T + 5000}") == []
    world.restore("leads", made[1])
    assert ask.ids("leads") == made


def test_a_pipeline_filter_can_hide_what_integrators_saw_hidden(ask, world, kommo):
    made = leads(world, 2)
    world.move_stage(made[0], 142)
    assert ask.ids("leads", "filter[pipeline_id][]=9001") == made
    kommo.faults.pipeline_filter_hides = "closed"
    assert ask.ids("leads", "filter[pipeline_id][]=9001") == [made[1]]


def test_filters_ignored_as_without_the_add_on(ask, world, kommo):
    leads(world, 2)
    probe = "limit=1&filter[updated_at][from]=9999999999"
    assert ask.ids("leads", probe) == []
    kommo.faults.filters_enabled = False
    assert len(ask.ids("leads", probe)) == 1


def test_unknown_paths_are_404_and_other_verbs_405(ask):
    answer = ask.get("nothing")
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "Cannot GET https://demo.kommo.com/api/v4/nothing",
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert ask.http.delete("/api/v4/leads").status_code == 405
