"""Leads by where they came from: typed in, Kommo, WhatsApp and what made its people write, one ad alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.leads.actions.creating import create_lead_by_rule
from clarin_web.models import Account, Chat, Contact, Device, Lead, Message, Provenance
from tests.support.cast import Person

AT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def write_first(who: Person, name: str, *, at: datetime = AT, **told: Any) -> int:
    """Somebody new writes, brought by what `told` says; the lead made of it."""
    owner = {"account_id": who.account_id}
    with tenant(who.account_id), transaction():
        device = execute(insert(Device).values(**owner, name=name).returning(Device.id)).scalar_one()
        contact = execute(insert(Contact).values(**owner, name=name).returning(Contact.id)).scalar_one()
        keys = {**owner, "contact_id": contact}
        chat = execute(
            insert(Chat).values(**keys, device_id=device, key=name).returning(Chat.id)
        ).scalar_one()
        message = insert(Message).values(**owner, chat_id=chat, wa_id=name, direction="in", at=at)
        if told:
            message_id = execute(message.returning(Message.id)).scalar_one()
            execute(insert(Provenance).values(**keys, chat_id=chat, message_id=message_id, at=at, **told))
        lead = create_lead_by_rule(who.account_id, contact, name)
        assert lead
    release()
    return lead.id


@pytest.fixture
def came(ana, sales, make_lead) -> dict[str, int]:
    """A lead of each kind, by its title."""
    typed = make_lead("Typed")
    kommo = make_lead("Mirrored")
    with tenant(ana.account_id), transaction():
        execute(update(Lead).where(Lead.id == kommo.id).values(source="kommo", kommo_id=7))
    release()
    ad = {"came": "ad", "ad_id": "120210", "title": "Curso de prueba"}
    return {
        "Typed": typed.id,
        "Mirrored": kommo.id,
        "Wrote": write_first(ana, "Wrote"),
        "Ad": write_first(ana, "Ad", **ad),
        "Other ad": write_first(ana, "Other ad", came="ad", ad_id="99:7/ü"),
        "Link": write_first(ana, "Link", came="link"),
    }


def titles(page: Any) -> list[str]:
    return page.texts("#results tbody tr .c-title a")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("typed", ["Typed"]),
        ("kommo", ["Mirrored"]),
        ("whatsapp", ["Ad", "Link", "Other ad", "Wrote"]),
        ("ad", ["Ad", "Other ad"]),
        ("link", ["Link"]),
        ("post", []),
        ("ad:120210", ["Ad"]),
        ("ad:99:7/ü", ["Other ad"]),
    ],
)
def test_the_list_its_total_and_the_board_show_the_same_leads(ana, sales, came, source, expected):
    query = {"source": source, "sort": "name"}
    listed = ana.get("/leads", query_string=query)
    assert titles(listed) == expected
    assert listed.one(".total").get_text() == f"{len(expected)} lead{'' if len(expected) == 1 else 's'}"
    board = ana.get(f"/leads/board/{sales.id}", query_string=query)
    assert board.one(f"#stage-{sales.stages[0].id} header .count").get_text() == str(len(expected))
    assert sorted(board.texts("#board .deal-title")) == expected
    if not expected:
        assert "Clear filters" in listed.text


def test_only_sources_that_are_there_are_offered_with_the_ads_by_title(ana, came):
    options = {one["value"]: one.get_text() for one in ana.get("/leads").select("#source option")}
    assert options == {
        "": "Any",
        "typed": "Typed in here",
        "whatsapp": "They wrote on WhatsApp",
        "kommo": "Kommo",
        "ad": "Any ad",
        "link": "A link to the chat",
        "ad:99:7/ü": "Ad 99:7/ü",
        "ad:120210": "Ad “Curso de prueba”",
    }


def test_a_chosen_source_stays_chosen_says_its_name_and_goes_with_its_chip(ana, sales, came):
    for path in ("/leads", f"/leads/board/{sales.id}"):
        page = ana.get(f"{path}?status=open&source=ad:120210")
        chip = page.one(f'a.chip[href="{path}?status=open"]')
        assert "Source: Ad “Curso de prueba”" in chip.get_text()
    page = ana.get("/leads?source=post")
    assert page.one("#source option[selected]").get_text() == "A post"
    assert "source=post" in page.one('.bar a[href^="/leads/board"]')["href"]


def test_two_ads_of_one_title_are_told_apart(ana, came):
    write_first(ana, "Again", came="ad", ad_id="120211", title="Curso de prueba")
    texts = ana.get("/leads").texts("#source option")
    assert {"Ad “Curso de prueba” · …0210", "Ad “Curso de prueba” · …0211"} <= set(texts)


def test_the_newest_words_of_an_ad_are_its_title(ana, came):
    write_first(ana, "Later", came="ad", ad_id="120210", title="Curso nuevo", at=AT + timedelta(days=1))
    write_first(ana, "Earlier", came="ad", ad_id="120210", title="Curso viejo", at=AT - timedelta(days=1))
    assert "Ad “Curso nuevo”" in ana.get("/leads").texts("#source option")


def test_an_ad_leads_to_its_other_leads(ana, came):
    page = ana.get(f"/leads/{came['Ad']}")
    assert titles(ana.get(page.one('a[href^="/leads?source="]')["href"])) == ["Ad"]
    assert not ana.get(f"/leads/{came['Link']}").select('a[href^="/leads?source="]')


@pytest.mark.parametrize(
    "source", ["ads", "ad:", "ad:424242", "ad:a%00b", "ad:" + "9" * 201, "AD", "ad:%201"]
)
def test_a_source_nobody_knows_shows_nothing(ana, came, source):
    assert ana.get(f"/leads?source={source}").status == 422


def test_another_accounts_ads_are_not_there(carla, came):
    assert carla.get("/leads?source=ad:120210").status == 422
    page = carla.get("/leads")
    assert "Curso" not in page.text
    assert page.texts("#source option") == ["Any"]


def test_who_sees_their_own_leads_alone_finds_no_others_by_source(ana, bruno, sales, came):
    with tenant(ana.account_id), transaction():
        execute(update(Account).where(Account.id == ana.account_id).values(agent_scope="own"))
        execute(update(Lead).where(Lead.id == came["Other ad"]).values(owner_id=bruno.user_id))
    release()
    page = bruno.get("/leads?source=ad")
    assert (titles(page), page.one(".total").get_text()) == (["Other ad"], "1 lead")
    assert bruno.get(f"/leads/board/{sales.id}?source=ad").texts("#board .deal-title") == ["Other ad"]


def test_what_is_in_the_trash_offers_no_source(ana, came):
    with tenant(ana.account_id), transaction():
        assert execute(select(Lead.came).where(Lead.id == came["Link"])).scalar_one() == "link"
        execute(update(Lead).where(Lead.id == came["Link"]).values(trashed_at=AT))
    release()
    assert "A link to the chat" not in ana.get("/leads").texts("#source option")
