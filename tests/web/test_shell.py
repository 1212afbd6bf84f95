"""What every page keeps: its shell when something is refused, words for who listens, nothing that is refused later."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Contact, Lead, Message
from tests.chats.conftest import CUSTOMER, Phone, link, message
from tests.leads.conftest import make_lead, sales  # noqa: F401  (fixtures)

EVERYWHERE = (
    "/", "/due", "/chats", "/leads", "/leads/trash", "/leads/board", "/devices", "/kommo", "/settings/profile",
    "/settings/sessions",
)  # fmt: skip


@pytest.fixture
def phone(app, ana) -> Phone:
    with app.app_context():
        return link(ana.account_id)


@pytest.mark.parametrize(("who", "path", "status"), [("bruno", "/leads/999999", 404), ("bruno", "/nowhere", 404), ("vera", "/leads/new", 403)])  # fmt: skip
def test_a_refusal_keeps_the_way_to_everywhere_else(request, who, path, status):
    person = request.getfixturevalue(who)
    page = person.get(path)
    assert page.status == status
    assert page.select("nav.nav a[href='/chats']")
    assert len(page.select("h1")) == 1


def test_nobody_is_offered_what_is_refused(bruno, vera, marta, phone, sales, make_lead):  # noqa: F811
    """The cast looks at every page it opens; here each role opens them all."""
    phone.hear(message("Hola"))
    lead, contact = make_lead("50 chairs", contact_id=phone.chat.contact_id), phone.chat.contact_id
    own = (
        f"/chats/{phone.chat.id}",
        f"/leads/{lead.id}",
        f"/contacts/{contact}",
        f"/devices/{phone.device_id}",
    )
    for person in (vera, bruno, marta):
        for path in (*EVERYWHERE, *own):
            assert person.get(path).status in (200, 303), (person.name, path)


def test_a_viewer_is_neither_offered_nor_taken_as_owner(ana, vera, bruno, sales, make_lead):  # noqa: F811
    lead = make_lead("50 chairs")
    offered = ana.get(f"/leads/{lead.id}").texts("select[name=owner_id] option")
    assert "Bruno" in offered
    assert "Vera" not in offered
    assert ana.htmx_post(f"/leads/{lead.id}/owner", {"owner_id": str(vera.user_id)}).status == 422


def test_sellers_see_no_process_and_no_megabytes(ana, bruno, phone):
    for path in ("/devices", f"/devices/{phone.device_id}"):
        assert "Process" in ana.get(path).text
        assert "Process" not in bruno.get(path).text


def test_a_screen_reader_hears_who_wrote_when_and_what_was_felt(bruno, phone):
    phone.hear(message("Hola"))
    with tenant(phone.account_id), transaction():
        execute(update(Message).values(reactions={CUSTOMER.value: "👍", "me": "👍"}))
    bruno.post(f"/chats/{phone.chat.id}/messages", {"body": "Buenas", "client_id": "shell-0001"})
    page = bruno.get(f"/chats/{phone.chat.id}")
    names = [
        " ".join(page.one(f"#{ident}").get_text(strip=True) for ident in article["aria-labelledby"].split())
        for article in page.select("article.msg")
    ]
    assert names[0].startswith("Rosa ")
    assert names[1].startswith(("Bruno ", "Us "))
    assert page.one(".reactions")["aria-label"] == "Reactions: 👍 👍"
    assert page.one(".reactions")["role"] == "img"
    assert [skip["href"] for skip in page.select(".skip")] == ["#main", "#chat-list", "#writing"]
    assert page.texts("h2")[:2] == ["Chats", "Rosa"]


def test_an_unread_count_has_words(bruno, phone):
    phone.hear(message("Hola"))
    assert bruno.get("/chats").one(".chat-row .count")["aria-label"] == "1 unread message"


def test_a_contacts_page_says_the_name_once(bruno, phone):
    phone.hear(message("Hola"))
    page = bruno.get(f"/contacts/{phone.chat.contact_id}")
    shown = page.one("#main").get_text(" ")
    assert shown.count("Rosa") == 1


def test_where_a_value_comes_from_is_offered_where_kommo_gives_it(ana, phone, sales, make_lead):  # noqa: F811
    phone.hear(message("Hola"))
    contact = phone.chat.contact_id
    lead = make_lead("50 chairs", contact_id=contact)
    pages = (f"/leads/{lead.id}", f"/contacts/{contact}")
    assert [len(ana.get(page).select("[popovertarget*=truth]")) for page in pages] == [0, 0]
    with tenant(ana.account_id), transaction():
        execute(update(Lead).where(Lead.id == lead.id).values(kommo_id=7))
        execute(update(Contact).where(Contact.id == contact).values(kommo_id=7))
    release()
    assert all(ana.get(page).select("[popovertarget*=truth]") for page in pages)


def test_times_that_are_told_as_an_age_stay_true(ana, phone, sales, make_lead):  # noqa: F811
    lead = make_lead("50 chairs")
    for path in ("/leads", f"/leads/{lead.id}", f"/leads/board/{sales.id}", "/settings/sessions"):
        page = ana.get(path)
        assert page.select("time[data-relative][datetime], .deal-foot > time:not([data-due])"), path
        assert page.one("html")["data-ago"].split("|")[0] == "now"


def test_a_move_offers_the_way_back(ana, sales, make_lead):  # noqa: F811
    lead = make_lead("50 chairs")
    new, contacted = sales.stages[:2]
    moved = ana.htmx_post(f"/leads/{lead.id}/stage", {"stage_id": contacted.id, "from_stage_id": new.id})

    undo = json.loads(moved.headers["HX-Trigger"])["toast"]["undo"]
    assert ana.htmx_post(undo["url"], undo["values"]).status == 200
    assert ana.get(f"/leads/{lead.id}").one("select[name=stage_id] option[selected]").text == "New"
