"""What crosses from Kommo besides leads and contacts."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import func, select

from clarin_web.db import execute, transaction
from clarin_web.events import ContactsMirrored, LeadsMirrored
from clarin_web.models import (
    Contact,
    ContactIdentity,
    FactRow,
    KommoRecord,
    Lead,
    LeadNote,
    LostReason,
    Tag,
    Tagging,
    Task,
)
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import the
from tests.support.told import told


def heard_of(facts):
    """The leads whose pages were told."""
    return {lead for fact in facts for lead in fact.lead_ids}


def test_every_shape_of_a_custom_field_is_kept_whole_and_typed(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    fields = {world.rows["fields"][id_]["type"]: id_ for id_ in world.add_field_of_each_type("leads")}
    for id_ in fields.values():
        world.set_field("leads", lead, id_, world.example_of(id_))
    mirror.visit()
    ours = the(Lead, kommo_id=lead)
    assert len(ours.kommo["fields"]) == len(fields)
    typed = {type_: ours.custom[str(id_)][0] for type_, id_ in fields.items()}
    assert (typed["numeric"], typed["monetary"], typed["checkbox"]) == (1.5, 1234.5, True)
    assert (typed["date"], typed["birthday"]) == ("2020-01-01", "1980-01-12")
    assert typed["date_time"] == "2020-01-01T12:00:00+00:00"
    assert (typed["select"], typed["legal_entity"]["vat_id"]) == ("Web", "20100100100")
    assert typed["chained_list"] == {"catalog_id": 1001, "catalog_element_id": 12}


def test_all_phones_and_emails_with_the_main_one(mirror, world):
    contact = world.add_contact(
        "Luis Paz", [("+51 987 654 321", "MOB"), ("014445566", "WORK")], ["A@demo.test", "b@demo.test"]
    )
    mirror.visit()
    ours = the(Contact, kommo_id=contact)
    held = execute(
        select(ContactIdentity.value, ContactIdentity.is_main).where(ContactIdentity.kind != "kommo_contact")
    )
    assert set(held) == {
        ("+51987654321", True),
        ("+5114445566", False),
        ("a@demo.test", True),
        ("b@demo.test", False),
    }
    assert [cell["kind"] for cell in ours.kommo["phones"]] == ["MOB", "WORK"]
    world.change("contacts", contact, phones=["014445566", "+51 987 654 321"])
    mirror.visit()
    mains = select(ContactIdentity.value).where(ContactIdentity.is_main, ContactIdentity.kind == "phone")
    assert execute(mains).scalars().all() == ["+5114445566"]


def test_a_company_gives_its_name_to_its_people(mirror, world):
    company = world.add_company("Andina SAC")
    contact = world.add_contact("Luis Paz", company_id=company)
    mirror.visit()
    assert the(Contact, kommo_id=contact).company == "Andina SAC"
    world.change("companies", company, name="Andina Perú")
    with told(ContactsMirrored) as heard:
        mirror.visit()
    ours = the(Contact, kommo_id=contact)
    assert ours.company == "Andina Perú"
    assert [fact.contact_ids for fact in heard] == [[ours.id]]


def test_tasks_notes_and_calls_are_on_their_lead(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    task = world.add_task("Llamar a Luis", "leads", lead, till=1_790_000_000)
    note = world.add_note("leads", lead, text="Prefiere por la tarde")
    world.add_call("leads", lead, "+51987654321", 65)
    mirror.visit()
    ours = the(Lead, kommo_id=lead)
    found = the(Task, kommo_id=task)
    assert (found.lead_id, found.title, found.due_at.timestamp()) == (ours.id, "Llamar a Luis", 1_790_000_000)
    bodies = (
        execute(select(LeadNote.body).where(LeadNote.lead_id == ours.id).order_by(LeadNote.id))
        .scalars()
        .all()
    )
    assert bodies[0] == "Prefiere por la tarde"
    assert bodies[1].startswith("↙ +51987654321 1:05")
    facts = execute(
        select(func.count()).where(FactRow.kind == "LeadNoted", FactRow.lead_id == ours.id)
    ).scalar_one()
    assert facts == 2
    world.complete_task(task, "Interesado")
    with told(LeadsMirrored) as heard:
        mirror.visit()
    assert heard_of(heard) == {ours.id}, "boards, its page and Home show what is due"
    assert the(Task, kommo_id=task).done_at is not None
    world.edit_note(note, text="Prefiere por la mañana")
    with told(LeadsMirrored) as heard:
        mirror.visit()
    assert heard_of(heard) == {ours.id}
    assert the(LeadNote, kommo_id=note).body == "Prefiere por la mañana"
    for delete, record in ((world.delete_task, task), (world.delete_note, note)):
        delete(record)
        with told(LeadsMirrored) as heard:
            mirror.visit()
        assert heard_of(heard) == {ours.id}
    assert execute(select(Task.id).where(Task.kommo_id == task)).all() == []
    assert the(LeadNote, kommo_id=note).trashed_at is not None
    assert the(KommoRecord, kind="tasks", key=str(task)).data["text"] == "Llamar a Luis"


def test_an_incoming_lead_is_seen_and_so_is_its_acceptance(mirror, world, pipeline):
    uid = world.add_unsorted("Desde la web", pipeline, "Luis Web", "+51 988 777 666")
    declined = world.add_unsorted("Otro", pipeline, "Rosa Web", "")
    mirror.visit()
    lead = the(Lead, title="Desde la web")
    assert lead.kommo["unsorted"] is True
    world.accept(uid)
    lost = world.decline(declined)
    mirror.visit()
    assert "unsorted" not in the(Lead, title="Desde la web").kommo
    assert the(Lead, kommo_id=lost).gone_in_kommo_at is not None
    outcomes = select(KommoRecord.data["outcome"].astext).where(KommoRecord.kind == "unsorted")
    assert sorted(execute(outcomes).scalars()) == ["accepted", "declined"]


def test_a_renamed_tag_and_a_renamed_reason_follow(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.references.is_old", lambda *_: True)
    reason = world.add_loss_reason("Precio")
    lead = world.add_lead("Curso", pipeline, 143, tags=["vip", "feria"], loss_reason_id=reason)
    mirror.visit()
    [vip] = [id_ for id_, row in world.rows["tags"].items() if row["name"] == "vip"]
    world.rename_tag(vip, "muy importante")
    world.rename_loss_reason(reason, "Muy caro")
    mirror.visit()
    ours = the(Lead, kommo_id=lead)
    names = select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id).where(Tagging.lead_id == ours.id)
    assert sorted(execute(names).scalars()) == ["feria", "muy importante"]
    shown = execute(select(Tag.name).where(Tag.id.in_(ours.tag_ids))).scalars()
    assert sorted(shown) == ["feria", "muy importante"]
    assert the(LostReason, id=ours.lost_reason_id).name == "Muy caro"


def test_several_leads_of_one_person_and_a_person_without_a_phone(mirror, world, pipeline):
    contact = world.add_contact("Luis Paz")
    for title in ("Curso", "Taller"):
        world.add_lead(title, pipeline, contact_ids=[contact], price_with_minor_units=10.55)
    mirror.visit()
    person = the(Contact, kommo_id=contact)
    assert (person.name, person.phone) == ("Luis Paz", None)
    leads = execute(select(Lead.contact_id, Lead.value)).all()
    assert leads == [(person.id, Decimal("10.55"))] * 2


def test_past_stage_moves_are_in_the_timeline_at_their_time(mirror, world, pipeline):
    first, second = world.stage_ids(pipeline, closed=False)
    lead = world.add_lead("Curso", pipeline, first, created_at=1_700_000_000)
    world.move_stage(lead, second)
    for event in world.rows["events"].values():
        event["created_at"] = 1_700_000_500
    mirror.visit()
    [moved] = execute(select(FactRow).where(FactRow.kind == "LeadMoved")).scalars()
    assert moved.at == datetime.fromtimestamp(1_700_000_500, UTC)


def test_why_a_lead_was_lost_is_in_its_timeline(mirror, world, pipeline):
    reason = world.add_loss_reason("Precio")
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    world.move_stage(lead, 143, reason=reason)
    mirror.visit()
    world.move_stage(lead, 142)
    mirror.visit()
    told = execute(select(FactRow.data).where(FactRow.kind == "LeadClosed").order_by(FactRow.id)).scalars()
    assert [(fact["outcome"], fact["reason"]) for fact in told] == [("lost", "Precio"), ("won", "")]


def test_a_reason_newer_than_the_list_of_reasons_is_known_at_once(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    mirror.visit()
    new = world.add_loss_reason("Se mudó")
    world.move_stage(lead, 143, reason=new)
    mirror.visit()
    assert the(LostReason, kommo_id=new).id == the(Lead, kommo_id=lead).lost_reason_id
    world.rename_loss_reason(new, "Cambió de ciudad")
    world.change("leads", lead, name="Curso de verano")
    mirror.visit()
    assert the(LostReason, kommo_id=new).name == "Se mudó", "only the list of reasons renames one"
    assert the(Lead, kommo_id=lead).lost_reason_id == the(LostReason, kommo_id=new).id


def test_a_name_that_is_emptied_in_kommo_is_no_name_here(mirror, world):
    contact = world.add_contact("Luis Paz", ["+51 987 654 321"])
    mirror.visit()
    with transaction():
        ours = the(Contact, kommo_id=contact)
        ours.names = {**ours.names, "push": "Lucho"}
    world.change("contacts", contact, name="", first_name="", last_name="")
    mirror.poll_all()
    ours = the(Contact, kommo_id=contact)
    assert (ours.name, ours.names) == ("Lucho", {"push": "Lucho"})
    assert drift(mirror.account_id, world) == []


def test_several_addresses_in_one_cell_are_each_an_identity(mirror, world):
    contact = world.add_contact("Luis Paz", [], ["ana@x.com;beto@y.com", "Rosa <rosa@x.com>, no tiene"])
    mirror.visit()
    held = execute(select(ContactIdentity.value).where(ContactIdentity.kind == "email")).scalars()
    assert set(held) == {"ana@x.com", "beto@y.com", "rosa@x.com"}
    assert the(Contact, kommo_id=contact).email == "ana@x.com"
