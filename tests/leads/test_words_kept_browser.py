"""Nothing typed is thrown away by a click, and a control shows what is so: dialogs, notes, the stage select."""

import re

from playwright.sync_api import expect

from clarin_web.contacts.actions import find_or_create_person
from clarin_web.db import release, tenant, transaction
from tests.support.cast import PASSWORD


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


def test_what_an_address_asks_for_is_no_earlier_words_and_every_form_keeps_its_own(open_as, ana, sales):
    with tenant(ana.account_id), transaction():
        rosa = find_or_create_person(ana.account_id, "Rosa", None, "rosa@casa.pe")
    release()
    page = open_as(ana, "/leads/new")
    page.get_by_label("Title").fill("Pedido de polos")
    base = page.url.removesuffix("/leads/new")
    asked = f"{base}/leads/new?name=Rosa+Elvira&phone=%2B51911000111&stage_id={sales.stages[1].id}"
    page.goto(asked)
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_label("Contact", exact=True)).to_have_value("Rosa Elvira")
    expect(page.get_by_label("Phone", exact=True)).to_have_value("+51911000111")
    expect(page.get_by_label("Stage")).to_have_value(str(sales.stages[1].id))
    page.get_by_label("Title").fill("Otro pedido")
    page.goto(asked)
    expect(page.get_by_label("Title")).to_have_value("Otro pedido")
    page.goto(base + "/leads/new")
    expect(page.get_by_label("Title")).to_have_value("Pedido de polos")

    page.goto(f"{base}/contacts/{rosa}")
    page.get_by_text("Change the name").click()
    page.get_by_label("Name", exact=True).fill("Rosa Elvira Q.")
    page.reload()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Rosa Elvira Q.")
    expect(page.get_by_text("not saved yet")).to_be_visible()
    page.route(
        "**", lambda it: it.fulfill(status=204) if it.request.resource_type == "fetch" else it.fallback()
    )
    page.context.clear_cookies()  # its session is over, and nothing the page asks by itself says so
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("E-mail").fill(f"ana@account-{ana.account_id}.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value("Rosa Elvira Q.")
    page.unroute("**")
    page.evaluate("""([key, was]) => words.set(key, {...words.get(key), was: {name: [was]}})""", [
        page.evaluate("() => words.keyOf(Object.keys(localStorage).find(name => name.includes('/contacts/')))"), "Rosita"
    ])  # fmt: skip
    page.reload()  # somebody gave her another name since: it stands, and the words are offered
    expect(name).to_have_value("Rosa")
    page.get_by_role("button", name="Use it").click()
    expect(name).to_have_value("Rosa Elvira Q.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rosa Elvira Q.")
    page.wait_for_function("() => !Object.keys(localStorage).some(name => name.includes('/contacts/'))")


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
