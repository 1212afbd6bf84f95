"""Where a value comes from, by keyboard: its button opens it and says so, Escape closes it and the focus is back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from clarin_web.db import release, tenant, transaction
from clarin_web.leads import actions
from clarin_web.pipelines.actions import create_pipeline


@pytest.fixture
def lead_id(ana, account_id):
    with tenant(account_id), transaction():
        create_pipeline(account_id, "Ventas", ["Nuevo"], is_main=True)
        lead = actions.create_lead(ana.member, actions.NewLead("Pedido", value=Decimal(100)))
        lead.kommo_id, lead.kommo = 501, {"title": "Pedido", "value": "100.00"}
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
