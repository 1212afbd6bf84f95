"""A lead's and a contact's tasks, the contact's tags and responsible person, the company's details are on their pages."""

import pytest

from clarin_web import db
from clarin_web.db import release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo import actions
from clarin_web.models import Contact, Lead
from tests.support.cast import check_page
from tests.support.kommo_visits import Mirror, the

HTMX = {"HX-Request": "true"}


@pytest.fixture
def records(ana):
    """Ana's Kommo: a lead and its person with tasks of Ana's and of Zoe's, who is no member here."""
    world = World(seed=7)
    me = world.add_user("Ana Ruiz", f"ana@account-{ana.account_id}.test", admin=True)
    zoe = world.add_user("Zoe Díaz", "zoe@elsewhere.test")
    pipeline = world.add_pipeline("Ventas", ("Contactado",))
    company = world.add_company("Andes SAC", phones=["014445566"], emails=["ventas@andes.test"])
    field = world.add_field("companies", "RUC", "text")
    world.set_field("companies", company, field, "20100100100")
    luis = world.add_contact("Luis Paz", ["987654321"], company_id=company, tags=["vip"], owner_id=zoe)
    lead = world.add_lead("Mesas", pipeline, contact_ids=[luis], company_id=company)
    world.add_task("Llamar", "leads", lead, owner_id=zoe)
    world.complete_task(world.add_task("Medir", "leads", lead, owner_id=me))
    world.add_task("Visitar", "contacts", luis, owner_id=me)
    world.add_lead("Vacío", pipeline)
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        with tenant(ana.account_id):
            connection = actions.connect(ana.member, server.host, server.token)
            mirror = Mirror(server, ana.account_id, connection.id)
            while mirror.visit():
                pass
            found = [
                the(Lead, title="Mesas").id,
                the(Contact, name="Luis Paz").id,
                the(Lead, title="Vacío").id,
            ]
        db.release()
        yield found


def test_what_kommo_knows_of_a_lead_and_its_person_is_beside_them(ana, vera, carla, records):
    lead, contact, empty = records
    page = vera.get(f"/kommo/work/leads/{lead}", headers=HTMX)
    tasks = [line.get_text(" ") for line in page.select("section[aria-label='Tasks'] li")]
    assert ["Llamar" in tasks[0], "Kommo: Zoe Díaz" in tasks[0], "Done" in tasks[0]] == [True, True, False]
    assert ["Medir" in tasks[1], "Done" in tasks[1], "Kommo" in tasks[1]] == [True, True, False]
    details = page.one("section[aria-label='Details of the company']").get_text(" ")
    assert all(
        word in details for word in ("Andes SAC", "014445566", "ventas@andes.test", "RUC", "20100100100")
    )

    page = ana.get(f"/kommo/work/contacts/{contact}", headers=HTMX)
    assert page.texts("section[aria-label='Tasks'] b") == ["Visitar"]
    about = page.one("section[aria-label='In Kommo']").get_text(" ")
    assert "Kommo: Zoe Díaz" in about
    assert "vip" in about

    assert ana.get(f"/kommo/work/leads/{empty}", headers=HTMX).text.strip() == ""
    for path in (
        f"/kommo/work/leads/{lead}",
        f"/kommo/work/contacts/{contact}",
        f"/kommo/work/leads/{empty}",
    ):
        check_page(ana.get(path))
        assert carla.get(path).status == 404
    assert ana.get(f"/leads/{lead}").select(f'[hx-get="/kommo/work/leads/{lead}"]')
    assert ana.get(f"/contacts/{contact}").select(f'[hx-get="/kommo/work/contacts/{contact}"]')
    release()
