"""Back and Forward: every address shows again what was there, at the same scroll and focus, and one intent is one entry."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.chats.conftest import sixty_people

SMALL = {"viewport": {"width": 1440, "height": 500}}


@pytest.fixture
def customers(phone):
    """Sixty people wrote, "Rosa 00" last."""
    phone.hear(*sixty_people("Rosa", "Hola, soy "))


def entries(page: Page) -> int:
    return page.evaluate("history.length")


def top_of(page: Page, box: str) -> int:
    return page.evaluate("box => document.querySelector(box).scrollTop", box)


def scroll(page: Page, box: str, top: int) -> None:
    page.evaluate("([box, top]) => document.querySelector(box).scrollTo(0, top)", [box, top])
    expect(page.locator(box)).to_have_js_property("scrollTop", top)


def titles(page: Page) -> list[str]:
    return page.locator("#results .c-title a").all_inner_texts()


def test_the_list_of_leads_walks_its_history(open_as, ana, sales, make_lead):
    for number in range(60):
        make_lead(f"Chair {number:02d}")
    page = open_as(ana, "/leads", **SMALL)
    base, whole = page.url, titles(page)
    before = entries(page)

    page.get_by_role("searchbox").press_sequentially("chair 1", delay=20)
    expect(page.locator("#results .c-title a")).to_have_count(15)
    page.get_by_role("searchbox").press_sequentially("1")
    expect(page.locator("#results .c-title a")).to_have_count(1)
    expect(page).to_have_url(base + "?q=chair+11")
    assert entries(page) == before + 1, "a search is one entry, not one per letter"

    with page.expect_request("**/devices/alarms"):  # no page is made with it, and its topic was heard before
        page.go_back()
    expect(page.locator("#results .c-title a")).to_have_count(50)
    assert titles(page) == whole
    expect(page).to_have_url(base)
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_forward()
    expect(page.locator("#results .c-title a")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("chair 11")
    page.go_back()
    expect(page.locator("#results .c-title a")).to_have_count(50)

    scroll(page, "#results .scroll", 900)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#results .c-title a")).to_have_count(10)
    page.go_back()
    expect(page.locator("#results .c-title a")).to_have_count(50)
    expect(page.get_by_role("link", name="Next")).to_be_focused()
    assert top_of(page, "#results .scroll") > 800

    scroll(page, "#results .scroll", 900)
    page.locator("#results .c-title a").nth(40).evaluate(
        "link => { link.removeAttribute('hx-get'); link.focus({ preventScroll: true }); location = link.href }"
    )
    expect(page.get_by_role("region", name="Details")).to_be_visible()
    page.go_back()
    expect(page.locator("#results .c-title a").nth(40)).to_be_focused()
    expect(page.locator("#results .scroll")).to_have_js_property("scrollTop", 900)


def loads_of(page: Page) -> list[str]:
    """The whole pages this one asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: request.is_navigation_request() and asked.append(request.url))
    return asked


def test_what_turns_a_page_loads_its_region_alone(open_as, ana, sales, make_lead):
    make_lead("Chair"), make_lead("Table", owner_id=ana.user_id)
    page = open_as(ana, "/leads")
    base, loads, rows = page.url, loads_of(page), page.locator("#results .c-title a")
    name, order = page.get_by_role("link", name="Name", exact=True), page.locator("#sort")
    name.press("Enter")
    expect(page).to_have_url(base + "?sort=name")
    expect(rows).to_have_text(["Chair", "Table"])
    expect(name).to_be_focused()
    name.press("Enter")
    expect(rows).to_have_text(["Table", "Chair"])
    expect(name).to_be_focused()
    expect(order).to_have_value("-name")  # the other controls say the same
    page.go_back()
    expect(rows).to_have_text(["Chair", "Table"])
    expect(name).to_be_focused()
    expect(order).to_have_value("name")

    page.goto(f"/leads/board/{sales.id}?q=a")
    board, loads = page.url, loads_of(page)
    mine = page.get_by_role("link", name="My leads")
    mine.press("Enter")
    expect(page.locator(".deal-title")).to_have_text(["Table"])
    expect(page).to_have_url(board + "&owner=me")
    expect(mine).to_be_focused()
    page.locator(".chip", has_text="Owner").click()
    expect(page.locator(".deal-title")).to_have_count(2)
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".deal-title")).to_have_text(["Table"])
    assert not loads, "the page itself was loaded again"


def test_back_closes_what_is_open_before_it_leaves(open_as, ana, sales, make_lead):
    make_lead("Chair")
    page = open_as(ana, "/", viewport={"width": 390, "height": 700})
    home = page.url
    page.goto("/leads")
    link, drawer, leads = page.locator("#results .c-title a"), page.locator("#drawer"), page.url
    loads = loads_of(page)
    link.click()
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()
    expect(link).to_be_focused()
    page.go_forward()  # there is nothing to see there
    link.click()
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More").click()
    expect(page.locator("#more")).to_be_visible()
    page.go_back()
    expect(page.locator("#more")).to_be_hidden()
    expect(page).to_have_url(leads)
    assert not loads, "the page itself was loaded again"
    link.click()
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.go_back()
    expect(page).to_have_url(home)


def test_addresses_hold_what_is_chosen_and_nothing_empty(open_as, ana, sales, make_lead):
    make_lead("Chair")
    page = open_as(ana, "/leads")
    base = page.url
    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Status").select_option("open")
    expect(page).to_have_url(base + "?status=open")
    page.get_by_label("Order").select_option(index=1)
    expect(page).to_have_url(base + "?status=open&sort=" + page.get_by_label("Order").input_value())
    page.go_back()
    expect(page).to_have_url(base + "?status=open")
    expect(page.locator("#results .chip")).to_have_count(1)
    page.go_back()
    expect(page).to_have_url(base)
    expect(page.locator("#results .chip")).to_have_count(0)

    order = page.get_by_label("Order")
    order.focus()
    for step in (1, 2, 3):  # on the way to the one that is meant
        page.keyboard.press("ArrowDown")
        chosen = order.locator("option").nth(step).get_attribute("value")
        expect(page).to_have_url(f"{base}?sort={chosen}")
    page.go_back()
    expect(page).to_have_url(base)


def test_a_chat_opens_beside_the_list_and_the_list_stays(open_as, ana, customers):
    page = open_as(ana, "/chats", **SMALL)
    loads = []
    page.on("request", lambda request: request.is_navigation_request() and loads.append(request.url))
    chats, composer = page.url, page.get_by_role("textbox", name="Message")
    scroll(page, "#chat-list", 700)

    def opened(name: str) -> None:
        expect(page.locator(".thread")).to_have_accessible_name(name)
        expect(page.locator(".chat-row[aria-current]")).to_have_count(1)
        expect(page.locator(".chat-row[aria-current]")).to_contain_text(name)
        expect(page.locator("#chat-list")).to_have_js_property("scrollTop", 700)
        expect(page).to_have_title(f"{name} · Inbox · Clarin")

    for name in ("Rosa 12", "Rosa 13"):
        page.get_by_role("link", name=name).click()
        expect(page.locator(".messages")).to_contain_text(f"Hola, soy {name[-2:]}")
        opened(name)
        expect(composer).to_be_focused()
    page.keyboard.type("Buenas")
    page.go_back()
    opened("Rosa 12")
    expect(composer).to_have_value("")
    page.go_back()
    expect(page).to_have_url(chats)
    expect(page.locator(".thread")).to_contain_text("Choose a chat")
    expect(page.locator(".chat-row[aria-current]")).to_have_count(0)
    expect(page.locator("#chat-list")).to_have_js_property("scrollTop", 700)
    expect(page.get_by_role("link", name="Rosa 12")).to_be_focused()
    page.go_forward()
    page.go_forward()
    opened("Rosa 13")
    expect(composer).to_have_value("Buenas")
    assert not loads, "the page itself was loaded again"

    with page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "div#chats"):
        page.reload()
    opened("Rosa 13")
    expect(composer).to_have_value("Buenas")
    page.go_back()
    opened("Rosa 12")
    expect(page.locator(".chat-row", has_text="Rosa 13")).to_contain_text(
        "Draft: Buenas"
    )  # nothing was typed since


def test_a_search_of_the_inbox_walks_its_history_with_its_chat(open_as, ana, customers):
    page = open_as(ana, "/chats", **SMALL)
    base = page.url
    page.get_by_role("link", name="Rosa 03").click()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 03")
    opened = page.url
    page.get_by_role("searchbox").press_sequentially("rosa 2", delay=20)
    expect(page.locator(".chat-row")).to_have_count(15)
    expect(page).to_have_url(opened + "?q=rosa+2")
    page.get_by_role("link", name="Rosa 21").click()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 21")
    loads, unread = loads_of(page), page.get_by_role("link", name="Unread", exact=True)
    unread.press("Enter")
    expect(unread).to_have_attribute("aria-current", "page")
    expect(unread).to_be_focused()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 21")
    assert page.url.endswith("?q=rosa+2&unread=1")
    page.go_back()
    expect(unread).not_to_have_attribute("aria-current", "page")
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 21")
    assert not loads, "the page itself was loaded again"
    page.go_back()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 03")
    expect(page.locator(".chat-row")).to_have_count(15)
    page.go_back()
    expect(page).to_have_url(opened)
    expect(page.locator(".chat-row")).to_have_count(50)
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.go_back()
    expect(page).to_have_url(base)


def test_what_was_loaded_by_scrolling_is_there_on_the_way_back(open_as, ana, customers):
    page = open_as(ana, "/chats", **SMALL)
    page.locator(".chat-row").last.scroll_into_view_if_needed()
    page.locator("#chat-list").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(page.locator(".chat-row")).to_have_count(60)
    page.get_by_role("link", name="Rosa 57").click()
    expect(page.locator(".thread")).to_have_accessible_name("Rosa 57")
    top = top_of(page, "#chat-list")
    page.get_by_role("link", name="Leads", exact=True).click()
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
    page.go_back()
    expect(page.locator(".chat-row")).to_have_count(60)
    expect(page.locator("#chat-list")).to_have_js_property("scrollTop", top)


def test_the_board_keeps_its_place_on_the_way_back(open_as, ana, sales, make_lead):
    for number in range(14):
        make_lead(f"Chair {number:02d}")
    page = open_as(ana, f"/leads/board/{sales.id}", viewport={"width": 600, "height": 500})
    cards = f"#stage-{sales.stages[0].id} .cards"
    page.locator(cards).evaluate("box => box.scrollTo(0, 400)")
    page.locator("#board").evaluate("box => box.scrollTo({left: 300, behavior: 'instant'})")
    expect(page.locator("#board")).not_to_have_js_property("scrollLeft", 0)
    left = page.locator("#board").evaluate("box => box.scrollLeft")
    page.goto("/leads")
    page.go_back()
    expect(page.locator("#board")).to_have_js_property("scrollLeft", left)
    expect(page.locator(cards)).to_have_js_property("scrollTop", 400)
