"""Odd values are named; neighbours survive; nothing crashes."""

import json
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from clarin_web.kommo import mapping
from clarin_web.kommo.mapping import Oddities

RECORDED = Path(__file__).parent / "recorded"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "id",
    "name",
    "price",
    "created_at",
    "updated_at",
    "closed_at",
    "custom_fields_values",
    "_embedded",
    "status_id",
    "pipeline_id",
    "responsible_user_id",
    "is_deleted",
    "rights",
    "email",
    "sort",
)
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, JSON))


def recorded(name):
    return json.loads((RECORDED / name).read_text())


@given(ROWS)
def test_no_answer_crashes_the_mapping(row):
    odd = Oddities()
    mapping.lead(dict(row), odd)
    mapping.contact(dict(row), "PE", odd)
    mapping.user(dict(row), odd)
    mapping.pipeline(dict(row), odd)


def test_a_recorded_contact_with_a_phone_that_is_no_phone():
    odd = Oddities()
    contact = mapping.contact(recorded("contacts_detail_info.json"), "PE", odd)
    assert (contact.name, contact.phones, contact.company_id) == ("Иван Иванов", (), 1)
    assert odd.found == [{"kind": "contact", "kommo_id": "3", "code": "phone_too_short", "value": "+79123"}]


def test_a_recorded_user_is_read():
    user = mapping.user(recorded("users_detail_info.json"), Oddities())
    assert (user.name, user.email, user.is_active) == ("Алексей Поимцев", "test@example.com", True)


def test_a_lead_keeps_its_stage_as_a_pair_and_its_money_exact():
    row = {
        "id": 5,
        "pipeline_id": 9001,
        "status_id": 142,
        "price": 10,
        "price_with_minor_units": 10.55,
        "created_at": 1760000000,
        "updated_at": 1760003600,
        "_embedded": {"contacts": [{"id": 1}, {"id": 2, "is_main": True}], "loss_reason": {"name": "Precio"}},
    }
    lead = mapping.lead(row, Oddities())
    assert (lead.stage, lead.value, lead.contact_kommo_id, lead.loss_reason) == (
        (9001, 142),
        Decimal("10.55"),
        2,
        "Precio",
    )


def test_odd_prices_and_times_are_named():
    odd = Oddities()
    mapping.lead(
        {"id": 5, "pipeline_id": 1, "status_id": 2, "price": "lots", "updated_at": 1760000000000}, odd
    )
    assert [item["code"] for item in odd.found] == ["bad_updated_at", "bad_price"]


def test_won_and_lost_are_stages_of_each_pipeline():
    row = {
        "id": 1,
        "name": "Ventas",
        "sort": 1,
        "_embedded": {
            "statuses": [
                {"id": 143, "name": "No", "sort": 11000},
                {"id": 7, "name": "Uno", "sort": 20},
                {"id": 142, "name": "Sí", "sort": 10000},
            ]
        },
    }
    stages = mapping.pipeline(row, Oddities()).stages
    assert [(stage.kommo_id, stage.kind) for stage in stages] == [(7, "open"), (142, "won"), (143, "lost")]


def test_nonsense_among_links_and_tags_is_named_and_its_neighbours_stay():
    odd = Oddities()
    tags = [None, {"id": 5}, {"id": 6, "name": "VIP"}]
    links = {"contacts": ["x", {"id": 0}, {"id": 7}, {"id": -3}], "tags": tags, "companies": 7}
    row = {"status_id": 21, "pipeline_id": 31}
    lead = mapping.lead({**row, "id": 501, "_embedded": links}, odd)
    assert (lead.said["contacts"], lead.said["company"], lead.tags) == ([7], None, ("VIP",))
    assert mapping.lead({**row, "id": 502, "_embedded": ["x"]}, odd)
    mapping.contact({"id": 9, "_embedded": {"tags": ["VIP"], "companies": [[]]}}, "PE", odd)
    assert {(one["kommo_id"], one["code"], one["value"]) for one in odd.found} == {
        ("501", "bad_contacts", "x"), ("501", "bad_contacts", "0"), ("501", "bad_contacts", "-3"),
        ("501", "bad_tags", "None"), ("501", "bad_tags", "5"), ("501", "bad_companies", "7"),
        ("502", "bad_links", "[…]"), ("9", "bad_tags", "VIP"), ("9", "bad_companies", "[…]"),
    }  # fmt: skip


def test_several_phones_in_one_cell_are_each_one_and_a_word_beside_one_is_kept():
    odd = Oddities()
    cells = json.loads((RECORDED.parent / "cases" / "several_phones_in_one_cell.json").read_text())
    people = [mapping.contact(row, "PE", odd) for row in cells]
    assert [(one.kommo_id, [phone.e164 for phone in one.phones]) for one in people] == [
        (601, ["+51987654301", "+51987654302"]),
        (602, ["+51987654303"]),
        (603, ["+51987654304", "+51987654305"]),
    ]
    assert (people[1].phones[0].raw, odd.found) == ("987654303 (esposo)", [])
