"""Nothing typed is thrown away by a click, and a control shows what is so: dialogs, notes, the stage select."""

import re

from playwright.sync_api import expect


def test_a_dialog_with_words_keeps_them_and_cancel_asks(open_as, ana, sales):
    page = open_as(ana, "/leads")
    begin, title = page.get_by_role("link", name="New lead").first, page.get_by_label("Title")
    begin.click()
    title.fill("Pedido de polos")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toast")).to_contain_text("kept")
    begin.click()
    expect(title).to_have_value("Pedido de polos")
    page.mouse.click(8, 8)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.reload()
    begin.click()
    expect(title).to_have_value("Pedido de polos")
    page.once("dialog", lambda asked: asked.dismiss())
    page.get_by_role("dialog").get_by_text("Cancel").click()
    expect(title).to_have_value("Pedido de polos")
    phone = page.get_by_label("Phone", exact=True)
    phone.fill("99")
    title.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("too short")
    expect(phone).to_be_focused()
    phone.fill("")
    page.get_by_role("button", name="Create lead").click()
    page.wait_for_url(re.compile(r"/leads/\d+$"))
    page.get_by_label("Add a note").fill("paga tarde")
    page.goto(page.url)
    expect(page.get_by_label("Add a note")).to_have_value("paga tarde")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".timeline, main").first).to_contain_text("paga tarde")
    expect(page.get_by_label("Add a note")).to_have_value("")
    page.goto(page.url.partition("/leads")[0] + "/leads/new")
    expect(page.get_by_label("Title")).to_have_value("")


def test_a_passing_key_moves_nothing_and_a_refused_stage_is_not_shown(open_as, ana, sales, make_lead, reload):
    lead = make_lead("Polos")
    page = open_as(ana, f"/leads/{lead.id}")
    stage = page.get_by_label("Stage").first
    first, lost = str(sales.stages[0].id), str(sales.of_kind("lost").id)
    stage.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(stage).to_have_value(first)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Move", exact=True)).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(stage).to_have_value(first)
    assert reload(lead.id).version == lead.version
    stage.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("moved to Contacted")
    assert reload(lead.id).stage_id == sales.stages[1].id

    stage.select_option(lost)
    expect(page.get_by_role("dialog")).to_contain_text("Why was it lost?")
    page.keyboard.press("Escape")
    expect(stage).to_have_value(str(sales.stages[1].id))
    assert reload(lead.id).status == "open"
