"""Focus and scroll before and after every swap: whoever works with the keyboard goes on from where they are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.models import KommoConnection, KommoRecord, Lead
from tests.support.cast import Person

SMALL = {"viewport": {"width": 1440, "height": 420}}


def stays(act: Callable[[], object], focused: Locator, seen: Locator, still: Locator) -> None:
    """The act is done, the focus is where it should be, and what one looks at is where it was."""
    still.scroll_into_view_if_needed()
    before = still.bounding_box()
    act()
    expect(seen).to_be_visible()
    expect(focused).to_be_focused()
    after = still.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 60, f"it moved from {before} to {after}"


FALLS = """() => { window.fallen = []; document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (document.activeElement === document.body) fallen.push(ctx.request.action); }) }"""


def test_a_lead_is_worked_on_without_losing_ones_place(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/{lead.id}", **SMALL)
    tag, tags = page.get_by_label("Add a tag", exact=True), page.locator(f"#lead-{lead.id}-tags")
    edit, title = page.locator(".edit[href*='/title']"), page.get_by_role("textbox", name="Title")
    note, save = page.get_by_label("Add a note"), page.get_by_role("button", name="Save note")
    owner = page.get_by_label("Owner", exact=True)

    def remove(name: str) -> Locator:
        return page.get_by_role("button", name=f"Remove {name}")

    def write(field: Locator, text: str) -> None:
        field.fill(text)
        page.keyboard.press("Enter")

    tag.focus()
    page.evaluate(FALLS)  # a key typed right after a swap finds the control it was meant for
    stays(lambda: write(tag, "wood"), tag, remove("wood"), tags)
    stays(lambda: write(tag, "garden"), tag, remove("garden"), tags)
    stays(lambda: remove("wood").press("Enter"), remove("garden"), page.get_by_text("took off wood"), tags)
    owner.focus()
    stays(lambda: owner.select_option(label="Ana"), owner, page.get_by_text("changed the owner"), owner)
    stays(lambda: edit.press("Enter"), title, title, owner)
    stays(lambda: page.get_by_role("link", name="Cancel").press("Enter"), edit, edit, owner)
    edit.press("Enter")
    stays(lambda: write(title, "60 chairs $& 2"), edit, edit.filter(has_text="60 chairs $& 2"), owner)
    expect(page).to_have_title(re.compile(r"^60 chairs \$& 2 · "))
    note.fill("Calls on Monday")
    stays(lambda: save.press("Enter"), save, page.get_by_text("Calls on Monday"), note)
    expect(note).to_have_value("")
    assert page.evaluate("fallen") == []


def test_a_chat_is_answered_without_losing_ones_place(open_as, ana, phone, heard):
    phone.hear(*[heard(f"Hola {number}") for number in range(30)])
    page = open_as(ana, f"/chats/{phone.chat.id}", **SMALL)
    composer, bubble = page.get_by_role("textbox", name="Message"), page.locator(".msg", has_text="Hola 6")
    answer = bubble.get_by_role("link", name="Answer this message")
    menu = bubble.get_by_role("link", name="What to do with this message")

    stays(lambda: answer.press("Enter"), composer, page.locator(".answering"), bubble)
    page.keyboard.type("Buenas")
    stays(lambda: page.locator(".answering a").press("Enter"), composer, composer, bubble)
    expect(page.locator(".answering")).to_have_count(0)
    expect(composer).to_have_value("Buenas")
    deeds = page.locator("#message-menu")
    stays(lambda: menu.press("Enter"), deeds.locator(".menu-item").first, deeds, bubble)
    deeds.get_by_role("button").first.press("Enter")
    expect(deeds).to_be_hidden()
    expect(menu).to_be_focused()

    late: list[Route] = []
    page.route("**/menu", lambda route: late.append(route))
    with page.expect_request("**/menu"):
        menu.press("Enter")
    with page.expect_event("requestfailed"):
        page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    with page.expect_request("**/menu"):
        menu.press("Enter")
    bubble.evaluate("one => one.replaceWith(one.cloneNode(true))")  # as when a tick comes meanwhile
    late[-1].continue_()
    expect(deeds.locator(".menu-item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(deeds).to_be_hidden()


@pytest.fixture
def in_kommo(ana, phone, heard, make_lead) -> Lead:
    """A lead of Kommo's with a custom field, of somebody who wrote; nothing is connected behind it."""
    phone.hear(heard("Hola " * 200))
    lead = make_lead("50 chairs", contact_id=phone.chat.contact_id)
    mine = {"account_id": ana.account_id}
    with tenant(ana.account_id), transaction():
        kommo = {"base_url": "http://127.0.0.1:9", "token_sealed": b"", "state": "paused"}
        execute(insert(KommoConnection).values(**mine, **kommo))
        field = {"kind": "fields", "key": "7", "entity": "leads"}
        data = {"id": 7, "name": "Origin", "type": "text", "sort": 1}
        execute(insert(KommoRecord).values(**mine, **field, data=data))
        execute(update(Lead).where(Lead.id == lead.id).values(kommo_id=9_000_007))
    release()
    return lead


def test_in_a_drawer_a_panel_and_a_sheet_ones_place_is_kept(open_as, ana, phone, in_kommo, make_lead):
    page = open_as(ana, "/leads", **SMALL)
    link, drawer = page.get_by_role("link", name="50 chairs"), page.locator("#drawer")
    tag, tags = drawer.get_by_label("Add a tag", exact=True), drawer.locator(f"#lead-{in_kommo.id}-tags")
    link.press("Enter")
    expect(drawer).to_be_visible()
    tag.fill("wood")
    page.evaluate(FALLS)
    added = drawer.get_by_role("button", name="Remove wood")
    stays(lambda: tag.press("Enter"), tag, added, tags)
    assert page.evaluate("fallen") == []
    page.keyboard.press("Escape")
    expect(link).to_be_focused()

    page.goto(f"/chats/{phone.chat.id}")
    panel, attach = page.locator("#side"), page.get_by_label("Attach", exact=True)
    mine = panel.get_by_role("link", name="50 chairs")
    mine.focus()
    page.evaluate(FALLS)
    another = panel.get_by_role("link", name="Tables")
    stays(lambda: make_lead("Tables", contact_id=phone.chat.contact_id), mine, another, panel)
    attach.press("Enter")
    page.get_by_role("link", name="Poll", exact=True).press("Enter")
    question = page.get_by_label("Question")
    expect(question).to_be_focused()
    assert page.evaluate("fallen") == []
    page.set_viewport_size({"width": 2560, "height": 420})
    said = page.locator(".msg").first.bounding_box()
    assert said is not None
    assert said["width"] < 800, "lines stay as long as one reads them on the widest screen"


def test_on_pages_that_follow_what_happens_ones_place_is_kept(open_as, ana, phone, in_kommo):
    page = open_as(ana, f"/leads/{in_kommo.id}", **SMALL)
    fields = page.get_by_role("region", name="Custom fields")
    edit, value = fields.locator(".edit"), fields.get_by_role("textbox", name="Origin")
    edit.focus()
    page.evaluate(FALLS)
    stays(lambda: edit.press("Enter"), value, value, fields)
    stays(lambda: fields.get_by_role("link", name="Cancel").press("Enter"), edit, edit, fields)
    edit.press("Enter")
    value.fill("A fair")
    stays(lambda: value.press("Enter"), edit, edit.filter(has_text="A fair"), fields)
    assert page.evaluate("fallen") == []

    page.goto("/devices")
    number, renamed = page.locator(".c-title a"), page.get_by_text("Piura")
    number.focus()
    page.evaluate(FALLS)
    form = {"name": "Piura", "receives": "1", "groups": "1", "signature": "off"}
    stays(lambda: ana.post(f"/devices/{phone.device_id}", form), number, renamed, number)
    assert page.evaluate("fallen") == []

    page.goto("/kommo")
    page.get_by_role("heading", name="New token or address").click()
    address = page.get_by_label("Kommo address").first
    address.fill("andina")
    page.evaluate(FALLS)
    stays(lambda: kommo_says_its_name(ana), address, page.get_by_role("heading", name="Andina SAC"), address)
    expect(address).to_have_value("andina")
    assert page.evaluate("fallen") == []


def kommo_says_its_name(person: Person) -> None:
    with tenant(person.account_id), transaction():
        named = update(KommoConnection).values(kommo_account_name="Andina SAC")
        connection_id = execute(named.returning(KommoConnection.id)).scalar_one()
        announce(
            KommoProgressed(account_id=person.account_id, actor=Actor.kommo(), connection_id=connection_id)
        )
    release()


def test_a_page_that_comes_after_a_form_begins_where_that_was_sent_from(open_as, ana):
    page = open_as(ana, "/settings/profile")
    save = page.get_by_role("button", name="Save", exact=True)
    with page.expect_navigation():
        save.press("Enter")
    expect(save).to_be_focused()
