"""Custom fields: seen where the lead is, edited here as an override that says so, Kommo's value taken again."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo import jobs
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import Contact, Lead
from tests.support.kommo_visits import make_every_list_due, the
from tests.support.pages import check_page

HTMX = {"HX-Request": "true"}


class Office:
    """A mirrored Kommo with one lead that has fields."""

    def __init__(self, world, pipeline):
        self.world = world
        self.source = world.add_field("leads", "Origen", "select", enums=("Web", "Feria"))
        self.budget = world.add_field("leads", "Presupuesto", "numeric")
        self.seats = world.add_field("leads", "Cupos", "multiselect", enums=("Lunes", "Martes"))
        self.day = world.add_field("leads", "Inicio", "date")
        self.is_new = world.add_field("leads", "Es nuevo", "checkbox")
        self.file = world.add_field("leads", "Ficha", "file")
        contact = world.add_contact("Luis Paz", ["+51 987 654 321"])
        world.set_field("contacts", contact, 53, "Gerente")
        self.there = world.add_lead("Curso", pipeline, price=10, contact_ids=[contact])
        world.set_field("leads", self.there, self.source, "Web")
        world.set_field("leads", self.there, self.budget, "1500.5")
        world.set_field("leads", self.there, self.file, {"file_uuid": "f", "file_name": "a.pdf"})


@pytest.fixture
def office(ana, account_id, monkeypatch):
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr("clarin_web.kommo.jobs.JUST_NOW", -jobs.JUST_NOW)
    world = World(seed=5)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made = Office(world, world.add_pipeline("Ventas", ("Contactado", "Propuesta")))
    with KommoServer(world, faults=Faults(rate=100_000)) as kommo:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")

        def visit():
            with tenant(account_id):
                connection_id = connection_of(account_id).id
            release()
            make_every_list_due(connection_id)
            jobs.sync_connection(account_id, connection_id)

        made.visit = visit
        visit()
        with tenant(account_id):
            made.id = execute(select(Lead.id).where(Lead.kommo_id == made.there)).scalar_one()
            made.contact = execute(select(Contact.id).where(Contact.name == "Luis Paz")).scalar_one()
        release()
        yield made


def lead_of(account_id, office):
    with tenant(account_id):
        found = the(Lead, id=office.id)
    release()
    return found


def said(page):
    return dict(zip(page.texts("dt"), page.texts("dd"), strict=True))


def url(office, field_id, rest=""):
    return f"/kommo/fields/leads/{office.id}/{field_id}{rest}"


def truth(person, office, field_id):
    return person.get(f"/kommo/truth/leads/{office.id}/field-{field_id}", headers=HTMX)


def test_a_seller_sees_them_in_words_with_where_they_come_from(vera, office):
    card = vera.get(f"/kommo/fields/leads/{office.id}", headers=HTMX)
    assert card.texts(".field .name")[:3] == ["Origen", "Presupuesto", "Ficha"]
    assert {"Web", "1,500.5", "a.pdf"} <= set(card.texts(".field .break"))
    assert "3 empty fields" in card.text
    assert "Edit" not in card.text
    found = said(truth(vera, office, office.source))
    assert (found["Shown"], found["From"], found["In Kommo"]) == ("Web", "Kommo", "The same")
    check_page(vera.get(f"/kommo/fields/leads/{office.id}"))
    check_page(vera.get(f"/kommo/truth/leads/{office.id}"))
    check_page(vera.get(f"/leads/{office.id}"))


def test_what_is_typed_here_is_ours_and_kommos_stays_visible(ana, account_id, office):
    assert ana.post(url(office, office.source), {"value": "Feria"}).status == 303
    found = said(truth(ana, office, office.source))
    assert (found["Shown"], found["In Kommo"]) == ("Feria", "Web")
    assert found["From"].startswith("Typed here · Ana")
    assert "Since" in found
    assert "edited here, no longer follows Kommo" in ana.get(f"/kommo/fields/leads/{office.id}").text
    assert lead_of(account_id, office).custom[str(office.source)] == ["Feria"]
    assert "Origen: Web → Feria" in ana.get(f"/leads/{office.id}").text


def test_kommos_next_word_does_not_overwrite_ours(ana, account_id, office):
    ana.post(url(office, office.source), {"value": "Feria"})
    office.world.set_field("leads", office.there, office.source)
    office.world.set_field("leads", office.there, office.budget, "99")
    office.visit()
    lead = lead_of(account_id, office)
    assert lead.custom[str(office.source)] == ["Feria"]
    assert lead.custom[str(office.budget)] == [99.0]
    assert said(truth(ana, office, office.source))["In Kommo"] == "—"


def test_taking_kommos_value_again_makes_it_follow(ana, account_id, office):
    ana.post(url(office, office.source), {"value": "Feria"})
    assert "Take Kommo's value again" in truth(ana, office, office.source).texts("button")
    assert ana.post(url(office, office.source, "/restoration")).status == 303
    lead = lead_of(account_id, office)
    assert (lead.own, lead.custom[str(office.source)]) == ({}, ["Web"])
    office.world.set_field("leads", office.there, office.source, "Feria")
    office.visit()
    assert lead_of(account_id, office).custom[str(office.source)] == ["Feria"]
    assert said(truth(ana, office, office.source))["From"] == "Kommo"


def test_an_emptied_field_stays_empty(ana, account_id, office):
    assert ana.post(url(office, office.budget), {"value": ""}).status == 303
    office.world.change("leads", office.there, name="Otro")
    office.visit()
    lead = lead_of(account_id, office)
    assert (lead.title, lead.custom[str(office.budget)]) == ("Otro", [])
    assert said(truth(ana, office, office.budget))["In Kommo"] == "1,500.5"


@pytest.mark.parametrize(
    ("name", "typed", "values"),
    [
        ("budget", {"value": "1200,75"}, [1200.75]),
        ("day", {"value": "2026-03-09"}, ["2026-03-09"]),
        ("is_new", {"value": "no"}, [False]),
        ("seats", {"value": ["Martes", "Lunes"]}, ["Lunes", "Martes"]),
    ],
)
def test_each_type_is_typed_as_itself(ana, account_id, office, name, typed, values):
    field_id = getattr(office, name)
    form = ana.get(url(office, field_id, "?edit=1"))
    check_page(form)
    assert form.select("form [name=value]")
    assert ana.post(url(office, field_id), typed).status == 303
    assert lead_of(account_id, office).custom[str(field_id)] == values


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("budget", "mucho", "This is not a number"),
        ("source", "Radio", "This choice does not exist."),
        ("day", "mañana", "This is not a date."),
        ("seats", "Domingo", "This choice does not exist."),
    ],
)
def test_what_cannot_be_used_says_why(ana, account_id, office, name, value, words):
    page = ana.post(url(office, getattr(office, name)), {"value": value})
    assert page.status == 422
    assert words in page.text
    assert lead_of(account_id, office).own == {}


def test_a_fixed_field_follows_kommo_again_too(ana, account_id, office):
    lead = lead_of(account_id, office)
    ana.post(f"/leads/{office.id}/fields/title", {"title": "Nuestro", "version": lead.version})
    ana.post(f"/leads/{office.id}/fields/value", {"value": "77", "overwrite": "1"})
    page = ana.get(f"/kommo/truth/leads/{office.id}")
    assert page.texts("button").count("Take Kommo's value again") == 2
    for field in ("title", "value"):
        assert ana.post(f"/kommo/truth/leads/{office.id}/{field}/restoration").status == 303
    lead = lead_of(account_id, office)
    assert (lead.title, lead.value, lead.overrides) == ("Curso", Decimal(10), [])
    assert ana.post(f"/kommo/truth/leads/{office.id}/title/restoration").status == 404


def test_a_stage_and_an_owner_follow_kommo_again(ana, account_id, office):
    with tenant(account_id), transaction():
        lead = the(Lead, id=office.id)
        there, owner = lead.stage_id, lead.owner_id
    release()
    other = ana.get(f"/leads/{office.id}").select("[name=stage_id] option")
    stage = next(one["value"] for one in other if one["value"] and int(one["value"]) != there)
    ana.post(f"/leads/{office.id}/stage", {"stage_id": stage})
    assert lead_of(account_id, office).stage_id == int(stage)
    assert ana.post(f"/kommo/truth/leads/{office.id}/stage_id/restoration").status == 303
    lead = lead_of(account_id, office)
    assert (lead.stage_id, lead.owner_id, lead.overrides) == (there, owner, [])


def test_a_contacts_fields_are_shown_with_their_source(ana, office):
    card = ana.get(f"/kommo/fields/contacts/{office.contact}", headers=HTMX)
    assert "Gerente" in card.texts(".field .break")
    assert "Phone" not in card.texts(".field .name"), "a phone is shown with the person's identities"
    page = ana.get(f"/kommo/truth/contacts/{office.contact}/field-53", headers=HTMX)
    assert said(page)["From"] == "Kommo"


def test_a_lead_without_fields_has_no_box(ana, carla, account_id):
    with tenant(account_id), transaction() as session:
        contact = Contact(account_id=account_id, name="Rosa")
        session.add(contact)
        session.flush()
        contact_id = contact.id
    release()
    page = ana.get(f"/kommo/fields/contacts/{contact_id}", headers=HTMX)
    assert (page.status, page.text.strip()) == (200, "")


def test_who_only_reads_changes_nothing_and_another_account_sees_nothing(vera, carla, account_id, office):
    for address in (url(office, office.source), url(office, office.source, "/restoration")):
        assert vera.post(address, {"value": "Feria"}).status == 403
        assert carla.post(address, {"value": "Feria"}).status == 404
    assert vera.post(f"/kommo/truth/leads/{office.id}/title/restoration").status == 403
    assert carla.post(f"/kommo/truth/leads/{office.id}/title/restoration").status == 404
    for address in (f"/kommo/fields/leads/{office.id}", url(office, office.source)):
        assert carla.get(address).status == 404
    assert carla.get(f"/kommo/fields/contacts/{office.contact}").status == 404
    assert lead_of(account_id, office).own == {}
