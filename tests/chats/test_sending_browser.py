"""Menus and sheets in a real browser: by keyboard, on a phone, in the dark, and where no script runs."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Message

from .conftest import out

AXE = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        resultTypes: ["violations"], preload: false, iframes: false})
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"""


def check_access(page):
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sideways"


def test_by_keyboard_alone_bruno_reacts_and_asks(open_as, phone, heard, bruno):
    phone.hear(heard("Hola"))
    page = open_as(bruno, f"/chats/{phone.chat.id}")
    page.locator(".msg.in").get_by_role("link", name="What to do").press("Enter")
    page.get_by_role("button", name="❤️").press("Enter")
    expect(page.locator("#message-menu")).to_be_hidden()
    expect(page.locator(".msg.in .deed")).to_contain_text("Reacting")

    page.locator("summary[aria-label=Attach]").press("Enter")
    page.get_by_role("link", name="Poll").press("Enter")
    page.get_by_label("Question").fill("¿Cuándo?")
    page.get_by_label("Options").fill("Lunes\nMartes")
    page.get_by_role("dialog").get_by_role("button", name="Send").press("Enter")
    expect(page.locator(".msg.out")).to_have_count(1)
    assert [row.kind for row in out(phone)] == ["reaction", "poll"]


def test_the_place_is_where_the_browser_says_it_is(open_as, phone, heard, bruno):
    phone.hear(heard("¿Dónde están?"))
    there = {"latitude": -12.0464, "longitude": -77.0428}
    page = open_as(bruno, f"/chats/{phone.chat.id}", geolocation=there, permissions=["geolocation"])
    page.locator("summary[aria-label=Attach]").click()
    page.get_by_role("link", name="Location").click()
    page.get_by_role("button", name="Where I am now").click()
    expect(page.get_by_label("Coordinates")).to_have_value("-12.046400, -77.042800")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.locator(".msg.out")).to_have_count(1)
    assert out(phone)[0].extra["latitude"] == -12.0464


def test_forwarding_finds_the_chat_while_one_types(open_as, phone, heard, bruno):
    phone.hear(heard("Hola"))
    page = open_as(bruno, f"/chats/{phone.chat.id}")
    page.locator(".msg.in").get_by_role("link", name="What to do").click()
    page.get_by_role("link", name="Forward").click()
    page.locator("#forward-q").fill("zzz")
    expect(page.locator("#forward-to [type=checkbox]")).to_have_count(0)
    page.locator("#forward-q").fill("Ros")
    page.locator("#forward-to").get_by_label("Rosa").check()
    page.locator("#forward-q").fill("nadie más")
    expect(page.locator("#forward-to :checked")).to_have_count(1)
    page.locator("#forward-to").get_by_role("button", name="Forward").click()
    expect(page.locator(".msg.out .author")).to_contain_text("Forwarded")
    expect(page.locator(".toast")).to_contain_text("Forwarded")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_everything_that_opens_is_for_everybody(open_as, phone, heard, bruno, theme, width):
    phone.hear(heard("Hola"))
    chat = f"/chats/{phone.chat.id}"
    bruno.post(f"{chat}/messages", {"body": "Buenas", "client_id": "click-0001"})
    bruno.post(f"/messages/{phone.messages[0].id}/reaction", {"emoji": "👍"})
    said = out(phone)[0].id
    page = open_as(bruno, chat, viewport={"width": width, "height": 740}, color_scheme=theme)
    page.locator("summary[aria-label=Attach]").click()
    check_access(page)
    for sheet in ("menu", "edit", "delete", "forward"):
        page.goto(f"/messages/{said}/{sheet}")
        check_access(page)
    page.goto(f"/chats/waiting/{phone.device_id}")
    check_access(page)
    for sheet in ("location", "contact-card", "poll"):
        page.goto(f"{chat}/{sheet}")
        check_access(page)
    page.goto(chat)
    page.locator(".msg.out").get_by_role("link", name="What to do").first.click()
    expect(page.locator("#message-menu")).to_be_visible()
    check_access(page)


def test_every_kind_can_be_sent_without_a_script(open_as, phone, heard, bruno):
    phone.hear(heard("Hola"))
    page = open_as(bruno, f"/chats/{phone.chat.id}", java_script_enabled=False)
    page.locator(".msg.in").get_by_role("link", name="What to do").click()
    page.get_by_role("button", name="🙏").click()
    expect(page.locator(".msg.in .deed")).to_contain_text("Reacting")
    for kind, fields in (
        ("Poll", {"Question": "¿Cuándo?", "Options": "Lunes\nMartes"}),
        ("Location", {"Coordinates": "-12.05, -77.04"}),
    ):
        page.locator("summary[aria-label=Attach]").click()
        page.get_by_role("link", name=kind).click()
        for label, value in fields.items():
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name="Send").click()
        expect(page.locator("form.composer")).to_be_visible()
    page.locator("summary[aria-label=Attach]").click()
    page.get_by_role("link", name="Contact card").click()
    page.locator("#people").get_by_role("button").first.click()
    expect(page.locator(".msg.out")).to_have_count(3)
    page.locator(".msg.out").first.get_by_role("link", name="What to do").click()
    page.get_by_role("link", name="Delete for everyone").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".msg.out").first).to_contain_text("Called off")


def test_what_is_in_doubt_is_sent_again_only_by_who_read_the_warning(open_as, phone, heard, bruno):
    phone.hear(heard("Hola"))
    bruno.post(f"/chats/{phone.chat.id}/messages", {"body": "Buenas", "client_id": "click-0001"})
    with tenant(phone.account_id), transaction():
        execute(
            update(Message)
            .values(state="uncertain", failure="not_confirmed")
            .where(Message.direction == "out")
        )
    release()
    page = open_as(bruno, f"/chats/{phone.chat.id}")
    expect(page.locator(".not-sent")).to_contain_text("may arrive twice")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Send again anyway").click()
    assert out(phone)[0].state == "uncertain"
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Send again anyway").click()
    expect(page.locator(".not-sent")).to_have_count(0)
    assert out(phone)[0].state == "queued"
