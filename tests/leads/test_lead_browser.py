"""Leads in real browsers: dragged, moved by keys, edited in place, closed with a reason, seen by two people at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from clarin_web.accounts.access import cookie_name


@pytest.fixture
def open_as(new_context, base_url):
    """open_as(ana, "/leads") -> a page of a signed-in person that is live."""

    def go(person, path: str, **options) -> Page:
        context = new_context(viewport={"width": 1900, "height": 900}, **options)
        context.add_cookies([{"name": cookie_name(), "value": person.cookie, "url": base_url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(base_url + path)
        if options.get("java_script_enabled", True):
            expect(page.locator("html[data-net=live]")).to_be_attached()
        return page

    return go


def card(page: Page, stage, title: str):
    return page.locator(f"#stage-{stage.id} .deal", has_text=title)


def test_on_paper_what_is_chosen_is_text_and_nothing_is_to_be_pressed_or_filled(
    open_as, bruno, sales, make_lead
):
    page = open_as(bruno, f"/leads/{make_lead('50 chairs', value=1500).id}")
    page.emulate_media(media="print")
    stage = page.get_by_label("Stage", exact=True)
    expect(stage).to_be_visible()
    expect(stage).to_have_css("border-top-width", "0px")
    expect(stage).to_have_css("appearance", "none")
    expect(
        page.locator("textarea:visible, button:visible, [type=text]:visible, input[name=tag]:visible")
    ).to_have_count(0)
    expect(page.locator(".nav:visible, .alarms:visible")).to_have_count(0)


MIDDLES = """bar => [...bar.children].flatMap(it => it.matches(".broad") ? [...it.children] : it).filter(it => it.checkVisibility())
  .map(it => it.getBoundingClientRect()).map(box => Math.round((box.top + box.bottom) / 2 / 4)).filter((at, i, all) => all.indexOf(at) === i)"""


def test_the_boards_head_is_one_row_on_a_phone(open_as, bruno, sales, make_lead):
    """What has no room there is in the menu of its pipeline."""
    make_lead("50 chairs")
    page = open_as(bruno, f"/leads/board/{sales.id}?q=chairs&status=open")
    page.set_viewport_size({"width": 390, "height": 844})
    head = page.locator(".main > .bar")
    assert len(head.evaluate(MIDDLES)) == 1
    assert head.evaluate("bar => bar.scrollWidth <= bar.clientWidth")
    head.locator("summary").click()
    page.get_by_role("link", name="My leads").click()
    expect(page).to_have_url(re.compile("owner=me"))
    expect(page.locator(".deal")).to_have_count(0)
    head.locator("summary").click()
    page.get_by_role("link", name="Table").click()
    expect(page).to_have_url(re.compile(r"/leads\?.*owner=me"))
    expect(page.locator("html[data-net=live]")).to_be_attached()
    assert len(head.evaluate(MIDDLES)) == 1, "that it is live is a dot there, without its word"


def test_a_card_dragged_by_one_moves_before_the_eyes_of_the_other(open_as, ana, bruno, sales, make_lead):
    make_lead("50 chairs", value=1500)
    new, contacted = sales.stages[:2]
    mine, theirs = open_as(ana, f"/leads/board/{sales.id}"), open_as(bruno, f"/leads/board/{sales.id}")

    card(mine, new, "50 chairs").drag_to(mine.locator(f"#stage-{contacted.id} .cards"))

    expect(card(theirs, contacted, "50 chairs")).to_be_visible()
    expect(theirs.locator(f"#stage-{new.id} .count")).to_have_text("0")
    expect(mine.locator(f"#stage-{contacted.id} .count")).to_have_text("1")


def test_keys_move_a_card_and_keep_it_in_hand(open_as, ana, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/board/{sales.id}")

    page.locator(".deal-title").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(card(page, sales.stages[1], "50 chairs")).to_be_visible()
    expect(page.locator(f"#lead-{lead.id} .deal-title")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")

    expect(card(page, sales.stages[2], "50 chairs")).to_be_visible()


def test_dropping_on_lost_asks_why_and_cancelling_changes_nothing(open_as, ana, sales, make_lead, reload):
    lead, lost = make_lead("50 chairs"), sales.of_kind("lost")
    page = open_as(ana, f"/leads/board/{sales.id}")
    target = page.locator(f"#stage-{lost.id} .cards")

    card(page, sales.stages[0], "50 chairs").drag_to(target)
    page.locator("#dialog[open]").get_by_role("link", name="Cancel").click()
    expect(card(page, sales.stages[0], "50 chairs")).to_be_visible()
    card(page, sales.stages[0], "50 chairs").drag_to(target)
    page.locator("#dialog textarea").fill("Too expensive")
    page.locator("#dialog").get_by_role("button", name="Close as lost").click()

    expect(card(page, lost, "50 chairs")).to_be_visible()
    expect(page.locator("#dialog[open]")).to_have_count(0)
    assert reload(lead.id).lost_note == "Too expensive"


def test_a_row_opens_beside_the_list_and_is_edited_there(open_as, ana, sales, make_lead):
    make_lead("50 chairs")
    page = open_as(ana, "/leads")

    page.get_by_role("link", name="50 chairs").click()
    drawer = page.locator("#drawer[open]")
    edit, title = drawer.locator("a.edit", has_text="50 chairs"), drawer.get_by_label("Title", exact=True)
    edit.click()
    title.fill("70 chairs")
    page.keyboard.press("Escape")  # leaves the edit, not the drawer
    expect(edit).to_be_focused()
    edit.press("Enter")
    expect(title).to_have_value("70 chairs")  # what was typed is kept
    title.fill("60 chairs")
    page.keyboard.press("Enter")
    expect(drawer.locator("a.edit", has_text="60 chairs")).to_be_focused()
    drawer.get_by_label("Add a note").fill("Call tomorrow")
    page.keyboard.press("Control+Enter")
    expect(drawer.locator(".said")).to_contain_text("Call tomorrow")
    expect(drawer.get_by_label("Add a note")).to_have_value("")
    drawer.get_by_label("Stage", exact=True).select_option("Contacted")
    expect(drawer.locator(".timeline")).to_contain_text("New → Contacted")
    page.keyboard.press("Escape")

    expect(page.locator("#results tbody tr")).to_contain_text("60 chairs")
    expect(page.locator("#results tbody .c-badge")).to_have_text("Contacted")


def test_a_note_being_typed_survives_somebody_elses_change(open_as, ana, bruno, sales, make_lead):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/{lead.id}")
    page.get_by_label("Add a note").fill("Half a thou")

    bruno.post(f"/leads/{lead.id}/stage", {"stage_id": sales.stages[1].id})

    expect(page.locator(".timeline")).to_contain_text("New → Contacted")
    expect(page.get_by_label("Add a note")).to_have_value("Half a thou")
    expect(page.get_by_label("Stage", exact=True)).to_have_value(str(sales.stages[1].id))


def test_search_filters_while_typing_and_the_address_keeps_it(open_as, ana, make_lead):
    make_lead("50 chairs")
    make_lead("Tables")
    page = open_as(ana, "/leads")

    page.get_by_role("searchbox").type("chair")

    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/leads\?q=chair"))
    page.reload()
    expect(page.locator("#results tbody tr")).to_have_count(1)


def test_without_javascript_a_lead_is_created_moved_and_closed(open_as, ana, sales):
    page = open_as(ana, "/leads", java_script_enabled=False)

    page.get_by_role("link", name="New lead").first.click()
    page.get_by_label("Title", exact=True).fill("50 chairs")
    page.get_by_role("button", name="Create lead").click()
    page.get_by_label("Stage", exact=True).select_option(label="Contacted")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator(".timeline")).to_contain_text("New → Contacted")
    page.get_by_label("Stage", exact=True).select_option(label="Lost")
    page.get_by_role("button", name="Move", exact=True).click()
    page.get_by_label("Reason").fill("Too expensive")
    page.get_by_role("button", name="Close as lost").click()

    expect(page.locator(".note.bad")).to_contain_text("Too expensive")


def test_what_is_searched_in_the_list_is_what_the_board_shows(open_as, ana, make_lead):
    make_lead("Rosa Quispe")
    make_lead("Bruno Salas")
    page = open_as(ana, "/leads")
    page.locator("#q").fill("rosa")
    expect(page.locator("#results tbody tr")).to_have_count(1)

    page.locator(".bar .seg a", has_text="Board").click()

    expect(page.locator(".deal-title")).to_have_text(["Rosa Quispe"])
