"""Leads that left Kommo: counted apart everywhere, marked, filterable, and kept on by who wants them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.leads.actions import create_lead_by_rule
from clarin_web.models import Contact, KommoRecord, Lead, Task

LEFT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
def gone(ana, sales, make_lead):
    """Two leads of Kommo's, worth 10 and 7; the second left it."""
    make_lead("Stays", value=10)
    lead = make_lead("Left", value=7)
    write(ana, update(Lead).where(Lead.id == lead.id).values(kommo_id=501, gone_in_kommo_at=LEFT))
    return lead


def write(person, statement):
    with tenant(person.account_id), transaction():
        execute(statement)
    release()


def told(person, type_, at, key):
    """An event of Kommo's about the lead that left."""
    data = {"type": type_}
    values = {"kind": "events", "key": key, "entity": "leads", "entity_id": 501, "at": at, "data": data}
    write(person, insert(KommoRecord).values(account_id=person.account_id, **values))


def test_list_board_and_home_count_them_apart_and_mark_them(ana, sales, gone):
    listed = ana.get("/leads")
    board = ana.get(f"/leads/board/{sales.id}")
    home = ana.get("/")

    assert listed.one(".total").get_text() == "1 lead"
    assert "and 1 no longer in Kommo" in listed.one(".tools a[href='/leads?gone=yes']").get_text()
    assert "Not in Kommo" in listed.one(f"#lead-{gone.id}").get_text()
    column = board.one(f"#stage-{sales.stages[0].id} header")
    assert [column.select_one(name).get_text() for name in (".count", ".sum", "a")] == ["1", "S/ 10", "+1"]
    assert "Not in Kommo" in board.one(f"#lead-{gone.id}").get_text()
    assert "S/\u00a010 · and 1 no longer in Kommo" in home.text
    assert "S/\u00a017" not in home.text


@pytest.mark.parametrize(
    ("query", "titles", "total"),
    [("yes", ["Left"], "1 lead"), ("no", ["Stays"], "1 lead"), ("", ["Left", "Stays"], "1 lead")],
)
def test_they_can_be_filtered(ana, gone, query, titles, total):
    page = ana.get(f"/leads?gone={query}&sort=name")
    assert (page.texts("#results tbody .c-title a"), page.one(".total").get_text()) == (titles, total)


@pytest.mark.parametrize("path", ["/leads?gone=perhaps", "/leads?gone=1"])
def test_nonsense_is_refused(ana, sales, path):
    assert ana.get(path).status == 422


def test_a_deletion_is_said_only_when_kommo_told_of_it(ana, gone):
    page = f"/leads/{gone.id}"
    assert "No longer in Kommo, noticed on" in ana.get(page).text
    told(ana, "lead_deleted", datetime(2026, 3, 2, 12, 0, tzinfo=UTC), "a")
    assert "Deleted in Kommo on" in ana.get(page).text
    assert "Deleted in Kommo on" in ana.get(f"/kommo/truth/leads/{gone.id}").text
    told(ana, "lead_restored", datetime(2026, 3, 3, 12, 0, tzinfo=UTC), "b")
    assert "Deleted in Kommo on" not in ana.get(page).text


def test_who_works_leads_keeps_one_and_it_counts_again(bruno, vera, carla, gone, reload):
    path = f"/leads/{gone.id}/keeping"
    assert (vera.post(path).status, carla.post(path).status) == (403, 404)
    assert bruno.post(path).status == 303
    kept = reload(gone.id)
    assert (kept.gone_in_kommo_at, kept.kommo_hash, kept.overrides) == (None, None, ["gone"])
    assert bruno.get("/leads").one(".total").get_text() == "2 leads"
    assert "no longer in Kommo" not in bruno.get("/leads").text


def test_amounts_of_two_currencies_are_never_added(ana, sales, gone):
    write(ana, update(Lead).where(Lead.id == gone.id).values(gone_in_kommo_at=None, currency="BRL"))
    assert ana.get(f"/leads/board/{sales.id}").texts(".sum")[0] == "S/ 10 + BRL 7"
    assert "S/ 10 + BRL 7" in ana.get("/").text
    assert "BRL 7" in ana.get("/leads").one(f"#lead-{gone.id}").get_text()


def test_who_has_only_a_lead_that_left_and_writes_first_gets_one_by_rule(ana, sales, gone):
    with tenant(ana.account_id), transaction():
        contact = execute(
            insert(Contact).values(account_id=ana.account_id, name="Luis").returning(Contact.id)
        )
        contact_id = contact.scalar_one()
        execute(update(Lead).where(Lead.id == gone.id).values(contact_id=contact_id))
    with tenant(ana.account_id):
        made = create_lead_by_rule(ana.account_id, contact_id, "Luis")
        again = create_lead_by_rule(ana.account_id, contact_id, "Luis")
    release()
    assert made is not None
    assert again is None, "this one is there"


def test_the_title_of_a_lead_that_left_is_free(ana, gone):
    left, stays = (ana.post("/leads", {"title": title, "value": ""}) for title in ("Left", "Stays"))
    assert (left.status, stays.status) == (303, 409)


def test_what_was_promised_to_who_left_is_due_no_more(ana, sales, gone, make_lead):
    with tenant(ana.account_id), transaction() as session:
        people = [Contact(account_id=ana.account_id, name=name) for name in ("Luis", "Rosa")]
        people[1].gone_in_kommo_at = LEFT
        session.add_all(people)
        session.flush()
        stays = execute(select(Lead.id).where(Lead.title == "Stays")).scalar_one()
        about = {"Stays": {"lead_id": stays, "contact_id": people[1].id}, "Left": {"lead_id": gone.id}}
        about |= {"Luis": {"contact_id": people[0].id}, "Rosa": {"contact_id": people[1].id}}
        session.add_all(
            Task(account_id=ana.account_id, title=f"Call {name}", due_at=LEFT, owner_id=ana.user_id, **whose)
            for name, whose in about.items()
        )
    release()
    for page in (ana.get("/"), ana.get("/due")):
        shown = {name for name in about if f"Call {name}" in page.text}
        assert shown == {"Stays", "Luis"}
