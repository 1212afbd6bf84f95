"""What Kommo's people noted about a person and the company is where a seller looks at the person."""

import time

import pytest
from sqlalchemy import select

from clarin_web.contacts.actions import find_or_create_by_whatsapp
from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo import jobs
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import Contact
from tests.support.pages import check_page

HTMX = {"HX-Request": "true"}


class Office:
    def __init__(self, ana, account_id, world):
        self.ana, self.account_id, self.world = ana, account_id, world
        self.author = world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
        world.add_pipeline("Ventas", ("Contactado", "Propuesta"))
        self.company = world.add_company("Andina SAC")
        self.person = world.add_contact("Luis Paz", ["+51 987 654 321"], company_id=self.company)

    def visit(self):
        self.ana.post("/kommo/resumption")  # every list, whatever is due
        with tenant(self.account_id):
            connection_id = connection_of(self.account_id).id
        release()
        jobs.sync_connection(self.account_id, connection_id)

    @property
    def contact(self):
        with tenant(self.account_id):
            found = execute(select(Contact.id).where(Contact.kommo_id == self.person)).scalar_one()
        release()
        return found


@pytest.fixture
def office(ana, account_id, monkeypatch):
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr("clarin_web.kommo.jobs.JUST_NOW", -jobs.JUST_NOW)
    made = Office(ana, account_id, World(seed=5))
    with KommoServer(made.world, faults=Faults(rate=100_000)) as kommo:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")
        yield made


def notes(person, contact_id):
    return person.get(f"/kommo/notes/contacts/{contact_id}", headers=HTMX)


def test_notes_of_the_person_and_the_company_come_with_author_and_time(vera, office):
    office.world.add_note("contacts", office.person, "Prefiere la <b>mañana</b>", created_by=office.author)
    office.world.add_note("companies", office.company, "Paga a 30 días", created_by=office.author)
    office.visit()
    card = notes(vera, office.contact)
    assert {"Prefiere la <b>mañana</b>", "Paga a 30 días"} == set(card.texts(".said p"))
    assert card.texts(".said b") == ["Ana Ruiz", "Ana Ruiz"]
    assert card.text.count("about the company") == 1
    assert len(card.select("time[datetime]")) == 2
    check_page(vera.get(f"/kommo/notes/contacts/{office.contact}"))
    page = vera.get(f"/contacts/{office.contact}")
    check_page(page)
    assert page.select(f'[hx-get="/kommo/notes/contacts/{office.contact}"]')


def test_older_notes_are_asked_for(ana, office):
    began = time.time() - 3600
    for number in range(12):
        office.world.clock = lambda at=began + 60 * number: at
        office.world.add_note("contacts", office.person, f"Nota {number}")
    office.visit()
    first = notes(ana, office.contact)
    assert first.texts(".said p") == [f"Nota {number}" for number in range(11, 1, -1)]
    older = ana.get(first.one(".pager a")["href"], headers=HTMX)
    assert older.texts(".said p") == ["Nota 1", "Nota 0"]
    assert not older.select(".pager")


def test_a_note_deleted_in_kommo_is_no_longer_shown(ana, office):
    note = office.world.add_note("contacts", office.person, "Un error")
    office.visit()
    assert "Un error" in notes(ana, office.contact).text
    office.world.delete_note(note)
    office.visit()
    assert notes(ana, office.contact).text.strip() == ""


def test_a_person_kommo_does_not_know_has_no_box_and_another_account_sees_nothing(ana, carla, office):
    office.visit()
    with tenant(office.account_id):
        stranger = find_or_create_by_whatsapp(office.account_id, "wa_pn", "51999888777", push_name="Rosa")
    release()
    assert notes(ana, stranger.contact_id).text.strip() == ""
    page = ana.get(f"/kommo/notes/contacts/{stranger.contact_id}")
    check_page(page)
    assert "No notes" in page.text
    assert notes(carla, office.contact).status == 404
