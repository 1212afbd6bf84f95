"""What a seller sees of a lead in Kommo is here: its other people, its company, and who is responsible."""

from datetime import timedelta

import pytest
from sqlalchemy import func, update

from clarin_web import db
from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.events import LeadsMirrored
from clarin_web.kommo import actions
from clarin_web.kommo.comparing import compare
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.run import run_of
from clarin_web.models import Contact, Lead
from tests.support.kommo_visits import Mirror, the
from tests.support.told import told


@pytest.fixture
def office(ana):
    """Ana's Kommo: a lead of Zoe's, who is no member here, with two people and a company of three."""
    world = World(seed=7)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    zoe = world.add_user("Zoe Díaz", "zoe@elsewhere.test")
    pipeline = world.add_pipeline("Ventas", ("Contactado",))
    company = world.add_company("Andes SAC")
    luis, rosa = (
        world.add_contact(name, [phone], company_id=company)
        for name, phone in (("Luis Paz", "987654321"), ("Rosa Paz", "987654322"))
    )
    world.add_contact("Inés Paz", ["987654323"], company_id=company)
    world.add_lead("Mesas", pipeline, contact_ids=[luis, rosa], company_id=company, owner_id=zoe)
    world.add_lead("Nadie", pipeline, contact_ids=[luis])
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        with tenant(ana.account_id):
            connection = actions.connect(ana.member, server.host, server.token)
            mirror = Mirror(server, ana.account_id, connection.id)
            while mirror.visit():
                pass
        db.release()
        yield mirror, zoe


def row(person, model, **where):
    with tenant(person.account_id):
        found = the(model, **where)
    release()
    return found


def test_other_people_and_the_company_are_on_the_pages(ana, office):
    lead = row(ana, Lead, title="Mesas")
    page = ana.get(f"/leads/{lead.id}")
    assert page.texts("section[aria-label='Other contacts'] b") == ["Rosa Paz"]
    assert page.one("section[aria-label='Company'] h2").get_text() == "Andes SAC"
    assert page.texts("section[aria-label='Company'] b") == ["Inés Paz", "Rosa Paz"]
    assert len(page.statements) <= 9
    rosa = row(ana, Contact, name="Rosa Paz")
    panel = ana.get(f"/leads/of-contact/{rosa.id}")
    assert "Mesas" in panel.text
    assert "one of its other contacts" in panel.text
    assert "Kommo: Zoe Díaz" in panel.text
    assert ana.get(f"/contacts/{rosa.id}").texts("section[aria-label='Company'] b") == [
        "Inés Paz",
        "Luis Paz",
    ]


def test_people_who_left_kommo_are_marked_and_come_last(ana, office):
    with tenant(ana.account_id), db.transaction():
        left = update(Contact).where(Contact.name.in_(("Inés Paz", "Rosa Paz")))
        execute(left.values(gone_in_kommo_at=func.now()))
    db.release()
    page = ana.get(f"/leads/{row(ana, Lead, title='Mesas').id}")
    marked = [line.get_text(" ") for line in page.select("section[aria-label='Other contacts'] li")]
    assert ["Not in Kommo" in line for line in marked] == [True]
    luis = ana.get(f"/contacts/{row(ana, Contact, name='Luis Paz').id}")
    people = luis.select("section[aria-label='Company'] li")
    assert ["Not in Kommo" in person.get_text() for person in people] == [True, True]
    rosas = ana.get(f"/contacts/{row(ana, Contact, name='Rosa Paz').id}")
    assert rosas.texts("section[aria-label='Company'] b") == ["Luis Paz", "Inés Paz"]


def titles(page):
    return page.texts("#results tbody .c-title a")


@pytest.mark.parametrize("words", ["rosa paz", "987 654 322"])
def test_a_lead_is_found_by_its_other_people(ana, office, words):
    assert titles(ana.get("/leads", query_string={"q": words})) == ["Mesas"]


def test_who_is_responsible_in_kommo_is_named_and_filtered(ana, carla, office):
    _mirror, zoe = office
    lead = row(ana, Lead, title="Mesas")
    listed = ana.get(f"/leads?owner=kommo:{zoe}")
    assert titles(listed) == ["Mesas"]
    assert "Kommo: Zoe Díaz" in listed.one(f"#lead-{lead.id}").get_text()
    assert "Mesas" not in titles(ana.get("/leads?owner=none"))
    assert "Nobody here · Kommo: Zoe Díaz" in ana.get(f"/leads/{lead.id}").text
    assert ana.get("/leads?owner=kommo:1").status == 422
    assert ana.get("/leads?owner=kommo:x").status == 422
    assert carla.get(f"/leads?owner=kommo:{zoe}").status == 422
    assert ana.get(f"/leads/board/{lead.pipeline_id}?owner=kommo:{zoe}").select(f"#lead-{lead.id}")


def test_a_responsible_who_becomes_a_member_has_the_leads(ana, bruno, office, monkeypatch):
    mirror, zoe = office
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    mirror.server.world.change("users", zoe, email=f"bruno@account-{ana.account_id}.test")
    with told(LeadsMirrored) as heard, tenant(ana.account_id):
        while mirror.visit():
            pass
    db.release()
    lead = row(ana, Lead, title="Mesas")
    assert lead.owner_id == bruno.user_id
    assert [lead.id] in [fact.lead_ids for fact in heard]
    assert ana.get(f"/leads?owner=kommo:{zoe}").status == 422
    assert titles(ana.get(f"/leads?owner={bruno.user_id}")) == ["Mesas"]


def test_who_was_removed_in_kommo_and_invited_again_is_the_same_person(ana, bruno, office, monkeypatch):
    """Leads of before name the old id, leads of now the new one; nothing is different for it, on no side."""
    mirror, zoe = office
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    world, email = mirror.server.world, f"bruno@account-{ana.account_id}.test"
    world.change("users", zoe, email=email.upper())
    see(ana, mirror)
    world.remove_user(zoe)
    again = world.add_user("Bruno de nuevo", email)
    world.add_lead("Sillas", next(iter(world.rows["pipelines"])), owner_id=again)
    see(ana, mirror)
    for title in ("Mesas", "Sillas"):
        assert row(ana, Lead, title=title).owner_id == bruno.user_id
    assert sorted(titles(ana.get(f"/leads?owner={bruno.user_id}"))) == ["Mesas", "Sillas"]
    assert ana.get(f"/leads?owner=kommo:{zoe}").status == 422
    with tenant(ana.account_id), mirror.client() as client:
        run = run_of(connection_of(ana.account_id), client)
        assert compare(run, "leads", client.leads().rows) == []
    world.remove_user(again)
    see(ana, mirror)
    assert row(ana, Lead, title="Sillas").owner_id == bruno.user_id, "who left there still works here"


def test_a_kommo_user_is_one_member_at_a_time(ana, bruno, office, monkeypatch):
    mirror, zoe = office
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))
    for person in (bruno, ana):
        mirror.server.world.change(
            "users", zoe, email=f"{person.name.split()[0].lower()}@account-{ana.account_id}.test"
        )
        see(ana, mirror)
        assert row(ana, Lead, title="Mesas").owner_id == person.user_id


def see(ana, mirror):
    with tenant(ana.account_id):
        while mirror.visit():
            pass
    db.release()
