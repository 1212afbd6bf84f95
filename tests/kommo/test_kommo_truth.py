"""Where a value comes from: Kommo's, typed here, WhatsApp's; and what Kommo says when somebody changed it here."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from clarin_web.contacts.actions import find_or_create_by_whatsapp
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.leads import actions
from clarin_web.models import Contact, Lead, Stage
from clarin_web.pipelines.actions import create_pipeline
from tests.support.pages import check_page

THERE = {"title": "Pedido de Kommo", "value": "100.00", "owner": 77, "tags": ["vip"]}


@pytest.fixture
def lead_id(ana, account_id):
    """A lead Kommo told of, with its words kept beside ours."""
    with tenant(account_id), transaction():
        create_pipeline(account_id, "Ventas", ["Nuevo", "Propuesta"], is_main=True)
        lead = actions.create_lead(ana.member, actions.NewLead("Pedido de Kommo", value=Decimal(100)))
        stage = execute(select(Stage.id).where(Stage.id != lead.stage_id).limit(1)).scalar_one()
        lead.kommo_id, lead.kommo_updated_at, lead.source = 501, datetime(2026, 3, 2, 12, tzinfo=UTC), "kommo"
        lead.kommo = {**THERE, "stage_id": stage}
        found = lead.id
    release()
    return found


def said(page):
    """The answer's terms and values."""
    return dict(zip(page.texts("dt"), page.texts("dd"), strict=True))


def test_a_mirrored_value_names_kommo_and_when_kommo_changed_it(ana, lead_id):
    page = ana.get(f"/kommo/truth/leads/{lead_id}/title", headers={"HX-Request": "true"})
    assert said(page)["From"] == "Kommo"
    assert "2026" in said(page)["Last changed there"]
    assert said(page)["In Kommo"] == "The same"
    assert "<html" not in page.text


def test_a_value_typed_here_names_who_and_what_kommo_says(ana, account_id, lead_id):
    with tenant(account_id):
        actions.change_lead(ana.member, lead_id, {"value": Decimal(250)})
    release()
    page = ana.get(f"/kommo/truth/leads/{lead_id}/value", headers={"HX-Request": "true"})
    found = said(page)
    assert found["From"].startswith("Typed here")
    assert "Ana" in found["From"]
    assert "250" in found["Shown"]
    assert "100" in found["In Kommo"]
    assert "no longer follows Kommo" in page.text


def test_the_page_has_every_field_and_works_without_scripts(ana, vera, lead_id):
    page = vera.get(f"/kommo/truth/leads/{lead_id}")
    check_page(page)
    assert page.texts("h2") == ["Title", "Value", "Stage", "Owner", "Tags"]
    assert "#77" in page.text
    one = ana.get(f"/kommo/truth/leads/{lead_id}/tags")
    check_page(one)
    assert one.texts("h2") == ["Tags"]


def test_the_lead_page_has_a_button_for_each_field(ana, lead_id):
    page = ana.get(f"/leads/{lead_id}")
    check_page(page)
    opened = {button["popovertarget"] for button in page.select("aside button[popovertarget]")}
    shown = {element["id"]: element["hx-get"] for element in page.select("aside [popover]")}
    assert opened == set(shown)
    assert f"/kommo/truth/leads/{lead_id}/value" in shown.values()
    assert len(shown) == 5
    for button in page.select("aside button[popovertarget]"):
        assert button["aria-label"].startswith("Where it comes from: ")


def test_a_contact_known_by_whatsapp_says_so(ana, account_id):
    with tenant(account_id):
        found = find_or_create_by_whatsapp(account_id, "wa_pn", "51987654321", push_name="Rosa")
    release()
    name = ana.get(f"/kommo/truth/contacts/{found.contact_id}/name", headers={"HX-Request": "true"})
    assert said(name) == {"Shown": "Rosa", "From": "WhatsApp"}
    phone = ana.get(f"/kommo/truth/contacts/{found.contact_id}/phone", headers={"HX-Request": "true"})
    assert said(phone)["From"] == "WhatsApp"
    check_page(ana.get(f"/contacts/{found.contact_id}"))


def test_a_name_typed_over_kommos_shows_both(ana, account_id):
    with tenant(account_id), transaction() as session:
        contact = Contact(
            account_id=account_id, name="Rosa M.", names={"typed": "Rosa M.", "kommo": "R. Mena"}
        )
        contact.kommo_id, contact.kommo = 9, {"name": "R. Mena", "phones": [], "emails": [], "company": None}
        session.add(contact)
        session.flush()
        contact_id = contact.id
    release()
    page = ana.get(f"/kommo/truth/contacts/{contact_id}")
    check_page(page)
    assert "R. Mena" in page.text
    assert "Differs from Kommo" in page.text


def test_what_nobody_may_see_is_not_there(carla, bruno, account_id, lead_id):
    assert carla.get(f"/kommo/truth/leads/{lead_id}").status == 404
    assert bruno.get(f"/kommo/truth/leads/{lead_id}/nonsense").status == 404
    with tenant(account_id):
        assert execute(select(Lead.title).where(Lead.id == lead_id)).scalar_one() == "Pedido de Kommo"
    release()
