"""What arrives meanwhile takes no click, no key and no word: a press is followed by its click, an open menu stays, typing goes on."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.leads.actions import change_lead
from clarin_web.models import Lead
from tests.support.cast import Person


def rename(who: Person, lead, title: str) -> None:
    with tenant(who.account_id):
        change_lead(who.member, lead.id, {"title": title})
    release()


def painted(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_nothing_changes_between_a_press_and_its_click(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, "/leads")
    link = page.locator(f"#lead-{lead.id} a")
    rename(ana, lead, "55 chairs")
    expect(link).to_have_text("55 chairs")
    link.hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/leads")):
        rename(ana, lead, "60 chairs")
    painted(page)
    assert link.inner_text() == "55 chairs"
    page.mouse.up()
    expect(page.locator("#drawer[open]")).to_contain_text("60 chairs")
    expect(link).to_have_text("60 chairs")


def test_an_open_popover_is_not_redrawn_and_catches_up_when_it_closes(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    with (
        tenant(ana.account_id),
        transaction(),
    ):  # where a value comes from is asked of records that are in Kommo
        execute(update(Lead).where(Lead.id == lead.id).values(kommo_id=501, kommo={"title": "50 chairs"}))
    release()
    page = open_as(ana, f"/leads/{lead.id}")
    title = page.locator(".edit[href*='/title']")
    elsewhere = open_as(ana, "/leads")
    page.get_by_role("button", name="Where it comes from: Title").click()
    said = page.locator("aside :popover-open")
    expect(said).to_contain_text("50 chairs")
    said.evaluate("one => { one.dataset.mine = '' }")
    rename(ana, lead, "60 chairs")
    expect(elsewhere.locator(f"#lead-{lead.id}")).to_contain_text("60 chairs")
    expect(title).to_contain_text("50 chairs")
    expect(said).to_have_attribute("data-mine", "")
    page.keyboard.press("Escape")
    expect(title).to_contain_text("60 chairs")
    expect(page.get_by_role("button", name="Where it comes from: Title")).to_be_focused()


def test_a_region_that_was_refused_is_asked_again_and_nothing_false_is_said(
    open_as, console, ana, sales, make_lead
):
    console.allow("status of 503")
    lead = make_lead("50 chairs")
    page = open_as(ana, "/leads")
    page.route("**/leads", lambda route: route.fulfill(status=503))
    rename(ana, lead, "60 chairs")
    net = page.locator(".nav .net")
    expect(net).to_have_text("Catching up…", use_inner_text=True)
    page.unroute_all()
    expect(page.locator(f"#lead-{lead.id} a")).to_have_text("60 chairs")
    expect(net).to_have_text("Live", use_inner_text=True)
    expect(page.locator("#toasts")).to_be_hidden()


def test_what_is_typed_while_a_form_is_under_way_stays(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/{lead.id}")
    field = page.get_by_label("Add a tag", exact=True)
    late: list[Route] = []
    page.route("**/tags", lambda route: late.append(route))
    field.fill("garden")
    with page.expect_request("**/tags"):
        page.keyboard.press("Enter")
    field.fill("wood")
    late[0].continue_()
    expect(page.get_by_role("button", name="Remove garden")).to_be_visible()
    expect(field).to_have_value("wood")
    expect(field).to_be_focused()


def test_the_rows_of_the_inbox_do_not_move_under_the_mouse(open_as, ana, phone, heard):
    people = [(Address(Kind.USER, f"5198765432{number}"), f"Rosa {number}") for number in range(3)]
    for chat, name in people:
        phone.hear(heard("Hola", chat=chat, push_name=name))
    page = open_as(ana, "/chats")
    names, row = page.locator(".chat-row b"), page.get_by_role("link", name="Rosa 1")
    expect(names).to_have_text(["Rosa 2", "Rosa 1", "Rosa 0"])
    row.hover()
    phone.hear(heard("¿Sigue ahí?", chat=people[0][0], push_name="Rosa 0"))
    changes = page.get_by_role("button", name="Show changes (1)")
    expect(changes).to_be_visible()
    expect(names).to_have_text(["Rosa 2", "Rosa 1", "Rosa 0"])
    expect(page.get_by_role("link", name="Rosa 0")).to_contain_text("¿Sigue ahí?")
    row.click()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 1")
    changes.click()
    expect(names).to_have_text(["Rosa 0", "Rosa 2", "Rosa 1"])
    expect(changes).to_be_hidden()
