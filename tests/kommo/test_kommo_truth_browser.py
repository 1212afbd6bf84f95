"""Where a value comes from, by keyboard: its button opens it and says so, Escape closes it and the focus is back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from clarin_web.db import release, tenant, transaction
from clarin_web.leads import actions
from clarin_web.models import KommoRecord
from clarin_web.pipelines.actions import create_pipeline
from tests.support.access import check_access


@pytest.fixture
def lead_id(ana, account_id):
    with tenant(account_id), transaction() as session:
        create_pipeline(account_id, "Ventas", ["Nuevo"], is_main=True)
        lead = actions.create_lead(ana.member, actions.NewLead("Pedido", value=Decimal(100)))
        origin = {"field_id": 7, "field_name": "Origen", "field_type": "text", "values": [{"value": "Web"}]}
        lead.kommo_id, lead.kommo = 501, {"title": "Pedido", "value": "100.00", "fields": [origin]}
        lead.custom = {"7": ["Web"]}
        defined = {"id": 7, "name": "Origen", "type": "text", "sort": 1}
        session.add(KommoRecord(account_id=account_id, kind="fields", key="7", entity="leads", data=defined))
        found = lead.id
    with tenant(account_id):
        actions.change_lead(ana.member, found, {"value": Decimal(250)})
    release()
    return found


def test_it_opens_and_closes_by_keyboard_and_is_read_aloud(open_as, ana, lead_id):
    page = open_as(ana, f"/leads/{lead_id}")
    button = page.get_by_role("button", name="Where it comes from: Value")
    said = page.locator("aside :popover-open")
    button.focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("Typed here")
    expect(said).to_contain_text("100")
    expect(said).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(button).to_be_focused()


def test_it_is_asked_again_each_time_it_opens(open_as, ana, account_id, lead_id):
    page = open_as(ana, f"/leads/{lead_id}")
    said = page.locator("aside :popover-open")
    page.get_by_role("button", name="Where it comes from: Title").click()
    expect(said).to_contain_text("Kommo")
    page.keyboard.press("Escape")
    with tenant(account_id):
        actions.change_lead(ana.member, lead_id, {"title": "Otro pedido"})
    release()
    expect(page.locator("h1, .edit").filter(has_text="Otro pedido").first).to_be_visible()
    page.get_by_role("button", name="Where it comes from: Title").click()
    expect(said).to_contain_text("Otro pedido")
    expect(said).to_contain_text("no longer follows Kommo")


def test_kommos_value_is_taken_again_where_one_reads_it(open_as, ana, lead_id):
    page = open_as(ana, f"/leads/{lead_id}")
    page.get_by_role("button", name="Where it comes from: Value").click()
    said = page.locator("aside :popover-open")
    expect(said).to_contain_text("no longer follows Kommo")
    said.get_by_role("button", name="Take Kommo's value again").click()
    expect(said).to_contain_text("The same")
    expect(said).not_to_contain_text("no longer follows Kommo")
    page.keyboard.press("Escape")
    expect(page.locator("aside .edit").filter(has_text="100")).to_be_visible()


def test_a_custom_field_is_edited_in_place_and_follows_kommo_again(open_as, ana, account_id, lead_id):
    page = open_as(ana, f"/leads/{lead_id}")
    card = page.get_by_role("region", name="Custom fields")
    card.get_by_role("link", name="Web").click()
    field = card.get_by_label("Origen", exact=True)
    expect(field).to_be_focused()
    field.fill("Feria")
    elsewhere = open_as(ana, "/leads")
    with tenant(account_id):
        actions.change_lead(ana.member, lead_id, {"title": "Otro pedido"})
    release()
    expect(elsewhere.locator(f"#lead-{lead_id}")).to_contain_text("Otro pedido")
    expect(field).to_have_value("Feria")  # somebody else's change takes nothing from whoever is typing
    page.keyboard.press("Enter")
    expect(card).to_contain_text("edited here, no longer follows Kommo")
    expect(page.get_by_text("Origen: Web → Feria")).to_be_visible()
    expect(page.locator("h1, .edit").filter(has_text="Otro pedido").first).to_be_visible()
    card.get_by_role("button", name="Where it comes from: Origen").click()
    page.locator("aside :popover-open").get_by_role("button", name="Take Kommo's value again").click()
    expect(page.locator("aside :popover-open")).to_contain_text("The same")
    page.keyboard.press("Escape")
    expect(card.get_by_role("link", name="Web")).to_be_visible()
    expect(card).not_to_contain_text("no longer follows Kommo")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_the_truth_is_for_everybody(open_as, ana, lead_id, theme, width):
    page = open_as(ana, f"/leads/{lead_id}", viewport={"width": width, "height": 800}, color_scheme=theme)
    page.get_by_role("button", name="Where it comes from: Value").click()
    expect(page.locator("aside :popover-open")).to_contain_text("Typed here")
    check_access(page)
    page.keyboard.press("Escape")
    page.get_by_role("region", name="Custom fields").get_by_role("link", name="Web").click()
    expect(page.get_by_label("Origen", exact=True)).to_be_visible()
    check_access(page)
    page.goto(page.url.replace("/leads/", "/kommo/truth/leads/"))
    check_access(page)
