"""The list of leads: found, filtered, sorted, paged, and only one's own."""

from __future__ import annotations

import pytest


def titles(page):
    return page.texts("#results tbody tr .c-title a")


def test_everybody_of_the_account_sees_its_leads_and_carla_sees_none(ana, bruno, vera, carla, make_lead):
    make_lead("Ana Quispe", value=1631)

    for person in (ana, bruno, vera):
        page = person.get("/leads")
        assert page.status == 200
        assert titles(page) == ["Ana Quispe"]
        assert "1 lead" in page.one(".total").get_text()

    assert titles(carla.get("/leads")) == []


def test_signed_out_people_are_asked_to_sign_in(client):
    assert client.get("/leads").status_code == 303
    assert client.get("/leads", headers={"HX-Request": "true"}).status_code == 401


def test_a_viewer_is_not_offered_to_create(vera, sales):
    page = vera.get("/leads")

    assert not page.select('a[href="/leads/new"]')
    assert vera.get("/leads/new").status == 403


def test_an_empty_account_is_told_where_leads_come_from(ana, sales):
    assert "No leads yet" in ana.get("/leads").text


@pytest.mark.parametrize("query", ["nand", "ÑANDÚ", "jose nan", "987 654", "+51 987-654-321", "jose@correo"])
def test_search_finds_part_of_a_word_phone_or_mail_without_accents(ana, sales, make_lead, query):
    ana.post("/leads", {"name": "José Ñandú", "phone": "987654321", "email": "jose@correo.pe"})
    make_lead("Somebody else")

    page = ana.get("/leads", query_string={"q": query})

    assert titles(page) == ["José Ñandú"]


def test_a_percent_sign_means_itself(ana, make_lead):
    make_lead("10% off")
    make_lead("100 off")

    assert titles(ana.get("/leads", query_string={"q": "0%"})) == ["10% off"]


def test_filters_combine_and_each_chip_takes_itself_away(ana, bruno, sales, make_lead):
    mine = make_lead("Mine", owner_id=ana.user_id, tags=["vip"])
    make_lead("Nobody's")
    tag_id = mine.tag_ids[0]

    page = ana.get(f"/leads?owner=me&tag={tag_id}&status=open&pipeline={sales.id}&stage={sales.stages[0].id}")

    assert titles(page) == ["Mine"]
    assert len(page.select("a.chip")) == 5
    assert titles(ana.get("/leads?owner=none")) == ["Nobody's"]
    assert titles(bruno.get(f"/leads?owner={ana.user_id}")) == ["Mine"]
    assert "Clear filters" in ana.get("/leads?status=won").text


def test_created_range_means_the_accounts_days(ana, make_lead):
    make_lead("Today")

    assert titles(ana.get("/leads?created_from=2020-01-01&created_to=2099-01-01")) == ["Today"]
    assert titles(ana.get("/leads?created_to=2020-01-01")) == []


@pytest.mark.parametrize(
    "query",
    ["stage=999999", "stage=abc", "stage=-1", "pipeline=0", "tag=99999999999999999999", "owner=you", "owner=424242",
     "status=dead", "sort=color", "limit=0", "limit=201", "created_from=yesterday", "color=red",
     "created_from=2026-02-01&created_to=2026-01-01", "after=junk", "after=W10"],
)  # fmt: skip
def test_a_filter_it_does_not_understand_shows_nothing_and_says_why(ana, make_lead, query):
    make_lead("Secret to a broken filter")

    page = ana.get(f"/leads?{query}")

    assert page.status == 422
    assert "Secret" not in page.text
    assert page.select('a[href="/leads"]')
    assert ana.htmx_get(f"/leads?{query}").status == 422


def test_another_accounts_ids_are_unknown_filters(carla, make_lead, sales):
    make_lead("Theirs", tags=["vip"])

    assert carla.get(f"/leads?stage={sales.stages[0].id}").status == 422
    assert carla.get(f"/leads?pipeline={sales.id}").status == 422


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Ábaco", "beta", "Casa"]),
        ("-name", ["Casa", "beta", "Ábaco"]),
        ("value", ["beta", "Casa", "Ábaco"]),
        ("-value", ["Ábaco", "Casa", "beta"]),
        ("created", ["Casa", "Ábaco", "beta"]),
        ("-updated", ["beta", "Ábaco", "Casa"]),
    ],
)
def test_sorting(ana, make_lead, sort, expected):
    for title, value in (("Casa", 20), ("Ábaco", 30), ("beta", 10)):
        make_lead(title, value=value)

    assert titles(ana.get(f"/leads?sort={sort}")) == expected


@pytest.mark.parametrize("sort", ["-updated", "updated", "name", "-name", "-value", "value", "-created"])
def test_paging_forth_and_back_meets_every_lead_once(ana, make_lead, sort):
    for number in range(7):
        make_lead(f"Lead {number}", value=number // 2)
    everything = titles(ana.get(f"/leads?sort={sort}"))

    page = ana.get(f"/leads?sort={sort}&limit=3")
    seen = [titles(page)]
    while page.select("a[rel=next]"):
        page = ana.get(page.one("a[rel=next]")["href"])
        seen.append(titles(page))
    back = ana.get(page.one("a[rel=prev]")["href"])

    assert [title for shown in seen for title in shown] == everything
    assert titles(back) == seen[1]


def test_leads_that_arrive_meanwhile_neither_repeat_nor_hide_others(ana, make_lead):
    for number in range(4):
        make_lead(f"Lead {number}")
    first = ana.get("/leads?sort=-created&limit=2")
    make_lead("Newcomer")

    second = ana.get(first.one("a[rel=next]")["href"])

    assert titles(first) + titles(second) == ["Lead 3", "Lead 2", "Lead 1", "Lead 0"]


def test_htmx_gets_the_results_alone(ana, make_lead):
    make_lead("One")

    page = ana.htmx_get("/leads?q=&sort=name&status=")

    assert page.status == 200
    assert "<html" not in page.text
    assert page.one("#results")["hx-get"] == "/leads?sort=name"


def test_a_page_costs_few_statements_however_many_rows(ana, make_lead):
    make_lead("One", tags=["a", "b"], owner_id=ana.user_id)
    one = len(ana.get("/leads").statements)
    for number in range(20):
        make_lead(f"Lead {number}", tags=["a", f"t{number}"])

    many = len(ana.get("/leads").statements)

    assert many == one
    assert many <= 6
    assert len(ana.htmx_get("/leads").statements) <= 5


def test_an_agent_who_may_see_only_theirs_sees_only_theirs(ana, bruno, make_lead, account_id):
    narrow(account_id)
    make_lead("Ana's", owner_id=ana.user_id)
    lead = make_lead("Bruno's", owner_id=bruno.user_id)
    hidden = make_lead("Nobody's")

    page = bruno.get("/leads")

    assert titles(page) == ["Bruno's"]
    assert "1 lead" in page.one(".total").get_text()
    assert bruno.get(f"/leads/{lead.id}").status == 200
    assert bruno.get(f"/leads/{hidden.id}").status == 404


def narrow(account_id):
    from sqlalchemy import update

    from clarin_web.db import execute, release, tenant, transaction
    from clarin_web.models import Account

    with tenant(account_id), transaction():
        execute(update(Account).where(Account.id == account_id).values(agent_scope="own"))
    release()
