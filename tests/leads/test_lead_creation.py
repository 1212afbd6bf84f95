"""New leads: typed, from a chat, and by the rule that a stranger who writes becomes one."""

from __future__ import annotations

from sqlalchemy import func, select, update

from clarin_web.contacts.actions import merge_contacts, rename_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.events import Actor, ContactWroteFirst
from clarin_web.leads.broadcasts import lead_for_first_writer
from clarin_web.models import Contact, Lead


def count(person, model):
    with tenant(person.account_id):
        found = execute(select(func.count()).select_from(model)).scalar_one()
    release()
    return found


def trash_everybody(person):
    with tenant(person.account_id), transaction():
        execute(update(Contact).values(trashed_at=func.now()))
    release()


def test_a_lead_with_its_person_is_created_by_a_plain_form(bruno, sales):
    assert bruno.get("/leads/new").status == 200

    made = bruno.post("/leads", {"title": "50 chairs", "name": "Ana Quispe", "phone": "987 654 321", "value": "1500",
                                 "stage_id": sales.stages[1].id, "tags": "vip, Lima"})  # fmt: skip

    page = bruno.get(made.location)
    assert made.status == 303
    assert page.texts("h1") == ["50 chairs"]
    assert "+51 987 654 321" in page.text
    assert page.one("select[name=stage_id] option[selected]").get_text() == "Contacted"


def test_a_known_phone_is_the_same_person_with_another_lead(ana, sales):
    ana.post("/leads", {"title": "First", "name": "Ana Quispe", "phone": "987654321"})

    ana.post("/leads", {"title": "Second", "name": "ana  quispe", "phone": "+51 987 654 321"})
    ana.post("/leads", {"title": "Third", "phone": "+51 987 654 321"})

    assert (count(ana, Lead), count(ana, Contact)) == (3, 1)


def test_a_known_phone_of_somebody_in_the_trash_brings_them_back(ana, sales):
    ana.post("/leads", {"title": "First", "name": "Ana Quispe", "phone": "987654321"})
    trash_everybody(ana)
    typed = {"title": "Second", "name": "Beto", "phone": "987 654 321"}

    asked = ana.htmx_post("/leads", typed)
    assert asked.status == 409
    assert "They are in the trash; with a lead they come back." in asked.texts("[role=alert]")[0]
    theirs = asked.select("[name=known]")[0]["value"]
    assert ana.get(f"/contacts/{theirs}").status == 404
    assert ana.get(ana.post("/leads", typed | {"known": theirs}).location).status == 200
    assert ana.get(f"/contacts/{theirs}").status == 200

    trash_everybody(ana)
    made = ana.post("/leads", {"title": "Third", "name": "Ana Quispe", "phone": "987654321"})
    assert ana.get(f"/contacts/{theirs}").status == 200, "the same name is asked nothing"
    assert "+51 987 654 321" in ana.get(made.location).text


def test_whom_a_form_was_opened_for_may_be_merged_or_trashed_meanwhile(ana, sales):
    for name, phone in (("Ana", "987654321"), ("Anita", "987654322"), ("Ana Q.", "987654323")):
        ana.post("/leads", {"title": name, "name": name, "phone": phone})
    with tenant(ana.account_id):
        first, second, third = execute(select(Contact.id).order_by(Contact.id)).scalars()
        merge_contacts(ana.account_id, second, first, reason="staff")
        merge_contacts(ana.account_id, third, second, reason="staff")
    release()

    assert ana.get(f"/contacts/{first}").location == f"/contacts/{third}"
    for panel in ("leads", "chats"):
        assert ana.get(f"/{panel}/of-contact/{first}").status == 200
    assert "+51 987 654 323" in ana.get(f"/leads/new?contact_id={first}").text
    made = ana.post("/leads", {"title": "Fourth", "contact_id": first})
    assert "+51 987 654 323" in ana.get(made.location).text

    trash_everybody(ana)
    assert ana.post("/leads", {"title": "Fifth", "contact_id": third}).status == 303
    assert ana.get(f"/contacts/{third}").status == 200
    assert ana.post("/leads", {"title": "Sixth", "contact_id": 2**40}).status == 404


def test_a_known_phone_says_whose_it_is_and_both_answers_lead_on(ana, sales):
    ana.post("/leads", {"title": "First", "name": "Ana Quispe", "phone": "987654321"})
    typed = {"title": "Second", "name": "Beto", "phone": "987 654 321"}

    asked = ana.htmx_post("/leads", typed)
    assert asked.status == 409
    assert "987 654 321 is how Ana Quispe is reached." in asked.texts("[role=alert]")[0]
    assert asked.one("input[name=name]")["value"] == "Beto"
    theirs, other = (choice["value"] for choice in asked.select("[name=known]"))
    assert (count(ana, Lead), count(ana, Contact)) == (1, 1)

    assert ana.post("/leads", typed | {"known": theirs}).status == 303
    assert (count(ana, Lead), count(ana, Contact)) == (2, 1)
    made = ana.post("/leads", typed | {"title": "Third", "known": other})
    assert "Beto" in ana.get(made.location).text
    assert (count(ana, Lead), count(ana, Contact)) == (3, 2)
    assert len(ana.get("/leads?q=987654321").select("tbody tr")) == 3, "both are found by it"


def test_what_cannot_be_used_is_named_and_what_was_typed_is_kept(ana, sales):
    page = ana.post(
        "/leads", {"name": "Ana", "phone": "12ab", "email": "nope", "value": "much", "stage_id": "0"}
    )

    assert page.status == 422
    assert page.one("input[name=name]")["value"] == "Ana"
    assert len(page.select("[aria-invalid=true]")) == 3
    assert ana.post("/leads", {}).status == 422
    assert (count(ana, Lead), count(ana, Contact)) == (0, 0)


def test_a_second_open_lead_with_the_same_title_warns_and_can_go_on(ana, sales, make_lead):
    make_lead("50 chairs")

    warned = ana.post("/leads", {"title": " 50  CHAIRS ", "name": "Ana Quispe"})
    nothing_yet = (count(ana, Lead), count(ana, Contact))
    ana.post("/leads", {"title": "50 chairs", "despite_twin": "1"})

    assert warned.status == 409
    assert warned.select("input[name=despite_twin]")
    assert nothing_yet == (1, 0)
    assert count(ana, Lead) == 2


def test_an_agent_does_not_create_for_others(ana, bruno, sales):
    assert bruno.post("/leads", {"title": "x", "owner_id": ana.user_id}).status == 403
    assert bruno.post("/leads", {"title": "x", "owner_id": bruno.user_id}).status == 303


def test_a_stage_or_contact_of_another_account_is_not_there(carla, sales, ana):
    ana.post("/leads", {"title": "x", "name": "Ana Quispe"})
    with tenant(ana.account_id):
        contact_id = execute(select(Contact.id)).scalar_one()
    release()

    assert carla.post("/leads", {"title": "x", "stage_id": sales.stages[0].id}).status == 422
    assert carla.post("/leads", {"title": "x", "contact_id": contact_id}).status == 404
    assert carla.get(f"/leads/of-contact/{contact_id}").status == 404


def test_the_chats_side_panel_shows_moves_and_creates(bruno, ana, sales):
    ana.post("/leads", {"title": "50 chairs", "name": "Ana Quispe"})
    with tenant(ana.account_id):
        contact_id = execute(select(Contact.id)).scalar_one()
    release()

    panel = bruno.htmx_get(f"/leads/of-contact/{contact_id}")
    new = bruno.htmx_get(f"/leads/new?contact_id={contact_id}&from=chat")
    made = bruno.htmx_post(
        "/leads", {"title": "", "name": "Ana Quispe", "contact_id": contact_id, "from": "chat"}
    )

    assert panel.texts("article a") == ["50 chairs"]
    assert panel.select("form[action$='/stage'] select[name=stage_id]")
    assert new.one("input[name=contact_id]")["value"] == str(contact_id)
    assert made.status == 204
    assert "dialog:close" in made.headers["HX-Trigger"]
    assert bruno.get(f"/leads/of-contact/{contact_id}").texts("article a") == ["Ana Quispe", "50 chairs"]


def test_a_stranger_who_writes_becomes_one_lead_once(ana, sales):
    with tenant(ana.account_id):
        contact = first_contact(ana)
        fact = ContactWroteFirst(
            account_id=ana.account_id, actor=Actor.whatsapp(), chat_id=1, contact_id=contact, device_id=1
        )
        lead_for_first_writer(fact)
        lead_for_first_writer(fact)
    release()

    page = ana.get("/leads")
    assert page.texts("tbody .c-title a") == ["Rosa"]
    assert page.texts("tbody .c-badge") == ["New"]


def first_contact(person):
    from clarin_web.db import transaction

    with transaction() as session:
        contact = Contact(account_id=person.account_id, name="Rosa", name_key="rosa")
        session.add(contact)
        session.flush()
        return contact.id


def test_a_renamed_contact_is_found_by_the_new_name(ana, sales):
    ana.post("/leads", {"title": "50 chairs", "name": "Rosa", "phone": "987654321"})
    with tenant(ana.account_id):
        contact_id = execute(select(Contact.id)).scalar_one()
        rename_contact(ana.account_id, contact_id, "Petronila", by=ana.user_id)
    release()

    assert ana.get("/leads?q=petronila").texts("tbody .c-title a") == ["50 chairs"]
    assert ana.get("/leads?q=rosa").select("tbody tr") == []
