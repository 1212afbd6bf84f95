"""Webhooks of the simulated Kommo: subscription and form bodies."""

import pytest

from clarin_web.demo.kommo_server import World
from tests.support.kommo import subscribe


@pytest.fixture
def world():
    made = World(seed=2)
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    return made


def test_a_destination_has_one_hook_and_can_be_taken_away(ask, receiver):
    first = subscribe(ask, receiver, "add_lead")
    again = subscribe(ask, receiver, "add_lead", "update_lead")
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    [hook] = ask.rows("webhooks")
    assert (hook["settings"], hook["disabled"]) == (["add_lead", "update_lead"], False)
    away = ask.http.request("DELETE", "/api/v4/webhooks", json={"destination": receiver.url})
    assert (away.status_code, ask.rows("webhooks")) == (204, [])
    assert ask.http.request("DELETE", "/api/v4/webhooks", json={"destination": "x"}).status_code == 404


def test_unknown_codes_are_400_and_the_hundred_and_first_is_422(ask, kommo, receiver):
    assert subscribe(ask, receiver, "nonsense").status_code == 400
    for number in range(100):
        kommo.hooks.subscribe(f"http://127.0.0.1:9/{number}", ["add_lead"])
    assert subscribe(ask, receiver, "add_lead").status_code == 422


def test_a_new_lead_comes_as_a_form_of_the_old_shape(ask, kommo, receiver):
    world = kommo.world
    date, choice = world.add_field("leads", "Fecha", "date"), world.add_field("leads", "Canal", "select")
    subscribe(ask, receiver, "add_lead", "update_lead", "status_lead")
    lead = world.add_lead("Curso", 9001, tags=["vip"], price=1500)
    kommo.hooks.wait(1)
    [body] = receiver.bodies
    assert list(body)[:3] == ["account[subdomain]", "account[id]", "account[_links][self]"]
    assert (body["leads[add][0][id]"], body["leads[add][0][price]"]) == (str(lead), "1500")
    assert body["leads[add][0][tags][0][name]"] == "vip"
    assert not any("None" in value for value in body.values())
    assert receiver.headers[0]["User-Agent"] == "amoCRM-Webhooks/3.0"
    assert receiver.headers[0]["Content-Type"] == "application/x-www-form-urlencoded"
    world.set_field("leads", lead, date, 1729717200)
    world.set_field("leads", lead, choice, "Web")
    kommo.hooks.wait(3)
    fields = "leads[update][0][custom_fields]"
    assert receiver.bodies[2][f"{fields}[0][values][0]"] == "1729717200"
    assert receiver.bodies[2][f"{fields}[1][values][0][value]"] == "Web"


def test_a_move_tells_the_old_stage_and_a_deletion_only_ids(ask, kommo, receiver):
    lead = kommo.world.add_lead("Curso", 9001)
    first, second = kommo.world.stage_ids(9001, closed=False)
    subscribe(ask, receiver, "status_lead", "delete_lead", "responsible_lead")
    kommo.world.move_stage(lead, second)
    kommo.world.assign(lead, 5)
    kommo.world.delete("leads", lead)
    kommo.hooks.wait(3)
    moved, assigned, gone = receiver.bodies
    assert (moved["leads[status][0][status_id]"], moved["leads[status][0][old_status_id]"]) == (
        str(second),
        str(first),
    )
    assert assigned["leads[responsible][0][old_responsible_user_id]"] == "9000001"
    assert {key for key in gone if key.startswith("leads")} == {
        "leads[delete][0][id]",
        "leads[delete][0][status_id]",
        "leads[delete][0][pipeline_id]",
    }


def test_companies_come_as_contacts_and_tasks_and_notes_as_their_own(ask, kommo, receiver):
    world = kommo.world
    subscribe(ask, receiver, "add_company", "add_contact", "add_task", "note_lead", "delete_contact")
    company = world.add_company("Andina SAC")
    contact = world.add_contact("Luis", ["+51 1"], company_id=company)
    lead = world.add_lead("Curso", 9001, contact_ids=[contact])
    task = world.add_task("Llamar", "leads", lead)
    note = world.add_note("leads", lead, text="Hola")
    world.delete("contacts", contact)
    kommo.hooks.wait(5)
    first, second, third, fourth, last = receiver.bodies
    assert (first["contacts[add][0][type]"], second["contacts[add][0][type]"]) == ("company", "contact")
    assert second["contacts[add][0][custom_fields][0][code]"] == "PHONE"
    assert (third["task[add][0][id]"], third["task[add][0][element_type]"]) == (str(task), "2")
    assert fourth["leads[note][0][note][id]"] == str(note)
    assert (last["contacts[delete][0][id]"], last["contacts[delete][0][type]"]) == (str(contact), "contact")


def test_incoming_leads_are_told_and_how_they_ended(ask, kommo, receiver):
    subscribe(ask, receiver, "add_lead")
    kommo.world.accept(kommo.world.add_unsorted("Web", 9001, "Luis", ""))
    kommo.hooks.wait(3)
    keys = [
        next(key for key in body if not key.startswith("account")).split("[0]")[0] for body in receiver.bodies
    ]
    assert keys == ["unsorted[add]", "leads[add]", "unsorted[delete]"]
    assert receiver.bodies[2]["unsorted[delete][0][action]"] == "accept"


def test_several_entities_can_share_one_post(ask, kommo, receiver):
    subscribe(ask, receiver, "add_contact", "add_lead")
    kommo.hooks.knobs.coalesce, kommo.hooks.knobs.coalesce_seconds = 3, 0.6
    for number in range(4):
        kommo.world.add_contact(f"Luis {number}")
    kommo.world.add_lead("Curso", 9001)
    kommo.hooks.wait(3)
    first = next(body for body in receiver.bodies if "contacts[add][2][id]" in body)
    assert [first[f"contacts[add][{n}][name]"] for n in range(3)] == ["Luis 0", "Luis 1", "Luis 2"]
    assert sum("contacts[add][0][id]" in body for body in receiver.bodies) == 2
