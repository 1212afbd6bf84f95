"""What a reader notices when a page changes by itself or under their hand: nothing jumps, nothing is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from clarin_web.accounts.queries import sessions_of
from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Address, Kind
from tests.support.cast import PASSWORD


def card(page: Page, stage, title: str):
    return page.locator(f"#stage-{stage.id} .deal", has_text=title)


def test_the_boards_one_menu_moves_any_card_and_gives_the_focus_back(open_as, ana, sales, make_lead):
    make_lead("Tables")
    make_lead("50 chairs")
    page = open_as(ana, f"/leads/board/{sales.id}")

    page.get_by_role("link", name="Move 50 chairs").press("Enter")
    menu = page.locator("#move-menu")
    expect(menu.get_by_role("heading")).to_have_text("Move 50 chairs")
    expect(menu.get_by_role("button", name="New")).to_be_disabled()
    expect(menu.get_by_role("button", name="Contacted")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(card(page, sales.stages[2], "50 chairs")).to_be_visible()
    expect(page.locator(f"#stage-{sales.stages[2].id} .count")).to_have_text("1")
    expect(card(page, sales.stages[2], "50 chairs").locator("a").first).to_be_focused()
    expect(card(page, sales.stages[0], "Tables")).to_be_visible()


def test_the_menu_stays_where_it_is_while_others_change_the_board(open_as, ana, bruno, sales, make_lead):
    make_lead("50 chairs")
    other = make_lead("Tables")
    page = open_as(ana, f"/leads/board/{sales.id}")
    page.get_by_role("link", name="Move 50 chairs").click()

    bruno.post(f"/leads/{other.id}/stage", {"stage_id": sales.stages[1].id})
    expect(page.locator("#board[data-live-hold]")).to_be_attached()
    page.keyboard.press("Escape")

    expect(card(page, sales.stages[1], "Tables")).to_be_visible()
    expect(page.get_by_role("link", name="Move 50 chairs")).to_be_focused()


def test_a_card_is_dragged_to_a_column_that_is_out_of_sight(open_as, ana, sales, make_lead, reload):
    lead, last = make_lead("50 chairs"), sales.of_kind("won")
    page = open_as(ana, f"/leads/board/{sales.id}", viewport={"width": 700, "height": 700})
    expect(page.locator(f"#stage-{last.id}")).not_to_be_in_viewport()
    box = page.locator(f"#lead-{lead.id}").bounding_box()

    page.mouse.move(box["x"] + 40, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(690, 300, steps=5)
    expect(page.locator(f"#stage-{last.id}")).to_be_in_viewport(ratio=0.9)
    where = page.locator(f"#stage-{last.id}").bounding_box()
    page.mouse.move(where["x"] + 60, 300, steps=3)
    expect(page.locator(f"#stage-{last.id}.over")).to_be_attached()
    page.mouse.up()

    expect(card(page, last, "50 chairs")).to_be_visible()
    expect(page.locator(f"#stage-{last.id} .count")).to_have_text("1")
    expect(page.locator("#drawer[open]")).to_have_count(0)
    assert reload(lead.id).status == "won"


def test_escape_puts_a_dragged_card_back(open_as, ana, sales, make_lead, reload):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/board/{sales.id}")
    card(page, sales.stages[0], "50 chairs").hover()
    page.mouse.down()
    where = page.locator(f"#stage-{sales.stages[1].id}").bounding_box()
    page.mouse.move(where["x"] + 60, where["y"] + 90, steps=4)
    expect(page.locator(".lifted")).to_be_visible()
    page.keyboard.press("Escape")
    page.mouse.up()

    expect(page.locator(".lifted")).to_have_count(0)
    expect(card(page, sales.stages[0], "50 chairs")).to_be_visible()
    assert reload(lead.id).stage_id == sales.stages[0].id


PHONE = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def finger(open_as):
    """finger(page)("touchStart", x, y): what a finger does, as Chromium feels it."""

    def of(page: Page):
        wire = page.context.new_cdp_session(page)

        def touch(kind: str, *at: float) -> None:
            points = [{"x": at[0], "y": at[1]}] if at else []
            wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        return touch

    return of


def test_a_long_press_drags_with_a_finger_and_a_quick_swipe_only_scrolls(
    open_as, finger, ana, sales, make_lead, reload
):
    lead = make_lead("50 chairs")
    page = open_as(ana, f"/leads/board/{sales.id}", **PHONE)
    touch = finger(page)
    box = page.locator(f"#lead-{lead.id}").bounding_box()
    x, y = box["x"] + 60, box["y"] + 40

    touch("touchStart", x, y)
    for step in range(1, 8):
        touch("touchMove", x - 20 * step, y)
    touch("touchEnd")
    expect(page.locator(".lifted")).to_have_count(0)
    page.locator("#board").evaluate("board => board.scrollTo({ left: 0, behavior: 'instant' })")

    touch("touchStart", x, y)
    expect(page.locator(".lifted")).to_be_visible()
    touch("touchMove", x + 20, y + 5)
    touch("touchMove", 386, y + 10)
    # At the edge the board goes on by itself: which column is under the finger depends on when one looks.
    expect(page.locator(f".col.over:not(#stage-{sales.stages[0].id})")).to_be_attached()
    touch("touchEnd")

    expect(page.locator(".lifted")).to_have_count(0)
    expect(page.locator(f"#stage-{sales.stages[0].id} .count")).to_have_text("0")
    assert reload(lead.id).stage_id != sales.stages[0].id


def test_on_a_phone_the_menu_is_a_sheet_at_the_thumb(open_as, ana, sales, make_lead):
    make_lead("50 chairs")
    page = open_as(ana, f"/leads/board/{sales.id}", **PHONE)

    page.get_by_role("link", name="Move 50 chairs").tap()
    sheet = page.locator("#move-menu").bounding_box()
    page.locator("#move-menu").get_by_role("button", name="Contacted").tap()

    assert (sheet["x"], sheet["width"]) == (0, 390)
    assert abs(sheet["y"] + sheet["height"] - 800) < 1
    expect(card(page, sales.stages[1], "50 chairs")).to_be_visible()


def titles(page: Page) -> list[str]:
    return page.locator("#results tbody .c-title a").all_inner_texts()


def test_a_list_nobody_touches_follows_by_itself(open_as, ana, bruno, make_lead):
    make_lead("Tables")
    page = open_as(ana, "/leads")

    make_lead("50 chairs", by=bruno)

    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page.get_by_role("button", name="Show changes")).to_be_hidden()
    assert titles(page) == ["50 chairs", "Tables"]


def test_a_list_being_read_stays_put_and_says_how_much_waits(open_as, ana, bruno, sales, make_lead):
    first = make_lead("Tables")
    make_lead("Sofas")
    page = open_as(ana, "/leads")
    page.get_by_role("link", name="Tables").focus()

    bruno.post(f"/leads/{first.id}/stage", {"stage_id": sales.stages[1].id})
    make_lead("50 chairs", by=bruno)

    pill = page.get_by_role("button", name="Show changes (2)")
    expect(pill).to_be_visible()
    assert titles(page) == ["Sofas", "Tables"], "what is read is not moved"
    expect(page.locator(f"#lead-{first.id} .c-badge")).to_have_text("Contacted")
    expect(page.locator("#results .total")).to_have_text("3 leads")
    expect(page.get_by_role("link", name="Tables")).to_be_focused()
    pill.press("Enter")

    expect(page.locator("#results tbody tr")).to_have_count(3)
    assert titles(page) == ["50 chairs", "Tables", "Sofas"]
    expect(pill).to_be_hidden()
    expect(page.locator("#results")).to_be_focused()


def test_what_goes_away_under_a_scrolled_reader_stays_until_asked(open_as, ana, bruno, make_lead):
    leads = [make_lead(f"Lead {number:02}") for number in range(40)]
    page = open_as(ana, "/leads")
    page.locator("#results .scroll").evaluate("box => box.scrollTo(0, 400)")

    bruno.post(f"/leads/{leads[5].id}/trash")

    pill = page.get_by_role("button", name="Show changes (1)")
    expect(pill).to_be_visible()
    expect(page.locator(f"#lead-{leads[5].id}.gone")).to_be_attached()
    assert page.locator("#results .scroll").evaluate("box => box.scrollTop") == 400
    pill.click()

    expect(page.locator(f"#lead-{leads[5].id}")).to_have_count(0)


def to_the_end(column, loaded):
    column.locator("ol").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(column.locator(".deal")).to_have_count(loaded)


def test_a_column_that_was_scrolled_keeps_its_cards_and_its_place(open_as, ana, bruno, sales, make_lead):
    leads = [make_lead(f"Lead {number:02}") for number in range(50)]
    page = open_as(ana, f"/leads/board/{sales.id}")
    column = page.locator(f"#stage-{sales.stages[0].id}")
    asked, board = [], "**/leads/board/*"
    page.route(board, lambda route: asked.append(route))
    with page.expect_request(board):
        page.locator("#board").evaluate("board => htmx.trigger(board, 'live', {}, false)")
    to_the_end(column, 40)
    with page.expect_response(
        board
    ):  # of twenty cards, as it was asked: it takes the other twenty from nobody
        for late in asked:
            late.continue_()
    page.unroute(board)
    to_the_end(column, 50)
    column.locator("ol").evaluate("list => list.scrollTo(0, 1500)")

    bruno.post(f"/leads/{leads[0].id}/stage", {"stage_id": sales.stages[1].id})

    expect(card(page, sales.stages[1], "Lead 00")).to_be_visible()
    expect(column.locator(".deal")).to_have_count(49)
    expect(column.locator(".more")).to_have_count(0)
    assert column.locator("ol").evaluate("list => list.scrollTop") == 1500


def test_a_search_keeps_the_open_chat_and_a_new_message_keeps_the_search(open_as, ana, phone, heard):
    for number, name in enumerate(("Rosa", "Rosalba", "Milagros")):
        phone.hear(heard("Hola", chat=Address(Kind.USER, f"5198760000{number}"), push_name=name))
    page = open_as(ana, "/chats")
    page.locator(".chat-row", has_text="Rosalba").click()
    expect(page.locator(".thread .messages")).to_be_visible()

    page.get_by_role("searchbox").press_sequentially("rosa")
    expect(page.locator(".chat-row")).to_have_count(2)
    phone.hear(heard("Adiós", chat=Address(Kind.USER, "51987600002"), push_name="Milagros"))
    phone.hear(heard("¿Siguen ahí?", chat=Address(Kind.USER, "51987600000"), push_name="Rosa"))

    expect(page.locator(".chat-row", has_text="¿Siguen ahí?")).to_be_visible()
    expect(page.locator(".chat-row")).to_have_count(2)
    expect(page.locator(".chat-row[aria-current=page]")).to_contain_text("Rosalba")
    expect(page.locator(".thread .messages")).to_be_visible()
    page.reload()
    expect(page.locator(".chat-row")).to_have_count(2)
    expect(page.locator(".thread .messages")).to_be_visible()


def test_a_closed_session_takes_every_open_page_to_sign_in_and_back(open_as, ana, make_lead):
    page = open_as(ana, "/leads?status=open")
    with tenant(ana.account_id, ana.user_id):
        session_id = sessions_of(ana.user_id)[0].id
    release()

    ana.post(f"/settings/sessions/{session_id}/revocation")

    expect(page.get_by_text("Your session ended.")).to_be_visible()
    page.get_by_label("E-mail").fill(f"ana@account-{ana.account_id}.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/leads\?status=open$"))


def test_signing_out_oneself_needs_no_explanation(open_as, ana):
    page = open_as(ana, "/settings/profile")
    page.locator("form[action='/logout']").first.evaluate("form => form.requestSubmit()")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your session ended.")).to_have_count(0)
