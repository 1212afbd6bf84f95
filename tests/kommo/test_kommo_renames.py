"""A record of Kommo is told by its kind of entity and its id; a new name reaches all who wear it at the next read."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clarin_web.db import execute, transaction
from clarin_web.demo.kommo_server.core import LOST
from clarin_web.events import LeadsMirrored
from clarin_web.kommo import references
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import run_of
from clarin_web.kommo.storing import whole
from clarin_web.models import Contact, KommoRecord, Lead, LeadNote, LostReason, Tag, Tagging
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import the
from tests.support.told import told


@pytest.fixture(autouse=True)
def _old_references(monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.references.AGE", timedelta(seconds=-1))


@pytest.fixture
def run_of_mirror(mirror):
    mirror.visit()
    connection = find_connection(mirror.account_id, mirror.connection_id)
    with Client(mirror.server.url, mirror.server.token, Limiter(None, 100_000.0)) as client:
        yield run_of(connection, client)


def worn(name, target):
    wanted = (
        select(func.count())
        .select_from(Tagging)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tag.name == name, target.is_not(None))
    )
    return execute(wanted).scalar_one()


def test_equal_ids_of_different_kinds_are_different_records(mirror, run_of_mirror):
    def keep(kind, entity, name):
        row = {"id": 7, "name": name, "type": "text", "entity_id": 1, "note_type": "common", "created_at": 5}
        references._keep(run_of_mirror, kind, [row], entity)

    for entity in ("leads", "contacts", "companies"):
        for kind in ("tags", "fields"):
            keep(kind, entity, f"{kind} of {entity}")
        note = {"id": 7, "entity_id": 1, "note_type": "common", "params": {"text": entity}, "created_at": 5}
        whole.write(
            run_of_mirror, "notes", whole.prepare(run_of_mirror, "notes", [note], entity), is_backfill=True
        )
    held = select(KommoRecord.kind, KommoRecord.entity, KommoRecord.data["name"].astext).where(
        KommoRecord.key == "7", KommoRecord.kind != "notes"
    )
    assert {tuple(row) for row in execute(held)} == {
        (kind, entity, f"{kind} of {entity}")
        for kind in ("tags", "fields")
        for entity in ("leads", "contacts", "companies")
    }
    assert execute(select(func.count()).where(KommoRecord.kind == "notes")).scalar_one() == 3
    assert execute(select(func.count(LeadNote.id))).scalar_one() == 0
    keep("tags", "contacts", "renamed")
    told = select(KommoRecord.data["name"].astext).where(
        KommoRecord.entity == "leads", KommoRecord.kind == "tags"
    )
    assert execute(told).scalar_one() == "tags of leads"


def test_a_renamed_tag_reaches_all_in_the_next_read_without_asking_for_each(
    mirror, world, pipeline, monkeypatch
):
    monkeypatch.setattr("clarin_web.kommo.references.MAX_AGAIN", 0)
    contacts = [world.add_contact(f"Persona {number}", tags=["vip"]) for number in range(30)]
    for number, contact in enumerate(contacts):
        world.add_lead(f"Curso {number}", pipeline, contact_ids=[contact], tags=["vip", "web"])
    mirror.visit()
    vip = {row["kind"]: row["id"] for row in world.rows["tags"].values() if row["name"] == "vip"}
    world.rename_tag(vip["leads"], "importante")
    world.rename_tag(vip["contacts"], "de casa")
    mirror.poll_all()
    assert worn("importante", Tagging.lead_id) == 30
    assert worn("de casa", Tagging.contact_id) == 30
    assert worn("vip", Tagging.id) == 0
    assert drift(mirror.account_id, world) == []


def test_two_tags_that_exchange_their_names_are_not_mixed(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.references.MAX_AGAIN", 0)
    world.add_lead("Uno", pipeline, tags=["a"])
    world.add_lead("Dos", pipeline, tags=["b"])
    mirror.visit()
    ids = {row["name"]: row["id"] for row in world.rows["tags"].values()}
    world.rename_tag(ids["a"], "b")
    world.rename_tag(ids["b"], "a")
    mirror.poll_all()
    assert drift(mirror.account_id, world) == []


def test_a_tag_written_in_other_letters_is_shown_so_and_one_without_letters_stops_nothing(
    mirror, world, pipeline, monkeypatch
):
    monkeypatch.setattr("clarin_web.kommo.references.MAX_AGAIN", 0)
    world.add_lead("Uno", pipeline, tags=["vip", " "], contact_ids=[world.add_contact("Luis", tags=["vip"])])
    mirror.visit()
    for row in list(world.rows["tags"].values()):
        world.rename_tag(row["id"], "VIP" if row["name"] == "vip" else "feria")
    mirror.poll_all()
    assert set(execute(select(Tag.name)).scalars()) == {"VIP", "feria"}
    assert drift(mirror.account_id, world) == []


def test_options_and_fields_follow_their_names(mirror, world, pipeline):
    field = world.add_field("leads", "Canal", "multiselect", enums=("Web", "Feria"))
    leads = [world.add_lead(f"Curso {number}", pipeline) for number in range(3)]
    for lead in leads:
        world.set_field("leads", lead, field, "Web", "Feria")
    mirror.visit()
    option = world.rows["fields"][field]["enums"][0]["id"]
    world.rename_option(field, option, "Internet")
    world.rename_field(field, "Origen")
    with told(LeadsMirrored) as heard:
        mirror.poll_all()
    ours = {the(Lead, kommo_id=lead).id for lead in leads}
    assert {lead for fact in heard for lead in fact.lead_ids} == ours
    for lead in leads:
        held = the(Lead, kommo_id=lead)
        assert held.custom[str(field)] == ["Internet", "Feria"]
        assert [entry["field_name"] for entry in held.kommo["fields"]] == ["Origen"]
    assert drift(mirror.account_id, world) == []


def test_of_two_options_with_one_text_each_keeps_its_own_new_name(mirror, world, pipeline):
    """Also where somebody chose here: the option that Kommo says of the lead, else the first of that text."""
    field = world.add_field("leads", "Canal", "multiselect", enums=("Feria", "Web", "Feria"))
    first, _web, second = world.rows["fields"][field]["enums"]
    leads = [world.add_lead(f"Curso {number}", pipeline) for number in range(4)]
    for lead, options in zip(leads, ([first], [second], [first, second], [second]), strict=True):
        items = [{"value": "Feria", "enum_id": option["id"], "enum_code": None} for option in options]
        world.change("leads", lead, fields={field: items})
    mirror.visit()
    edited = the(Lead, kommo_id=leads[3])
    with transaction():
        edited.own = edited.custom = {str(field): ["Feria", "Web"]}
    world.rename_option(field, first["id"], "Feria de Lima")
    world.rename_option(field, second["id"], "Feria de Cusco")
    mirror.poll_all()
    assert [the(Lead, kommo_id=lead).custom[str(field)] for lead in leads] == [
        ["Feria de Lima"],
        ["Feria de Cusco"],
        ["Feria de Lima", "Feria de Cusco"],
        ["Feria de Cusco", "Web"],
    ]
    assert the(Lead, kommo_id=leads[3]).own == {str(field): ["Feria de Cusco", "Web"]}
    assert drift(mirror.account_id, world) == []


def test_a_renamed_phone_field_keeps_its_phones(mirror, world):
    """The option of a phone is its kind, not its value."""
    contact = world.add_contact("Luis", ["987 654 321"])
    mirror.visit()
    phone = next(id_ for id_, row in world.rows["fields"].items() if row["code"] == "PHONE")
    world.rename_field(phone, "Celular")
    mirror.poll_all()
    held = the(Contact, kommo_id=contact)
    assert [entry["values"][0]["value"] for entry in held.kommo["fields"]] == ["987 654 321"]
    assert drift(mirror.account_id, world) == []


def test_reasons_that_exchange_their_names_keep_their_leads(mirror, world, pipeline):
    price, silence = world.add_loss_reason("Precio"), world.add_loss_reason("No contesta")
    lead = world.add_lead("Curso", pipeline)
    world.move_stage(lead, LOST, reason=price)
    mirror.visit()
    world.rename_loss_reason(price, "No contesta")
    world.rename_loss_reason(silence, "Precio")
    with told(LeadsMirrored) as heard:
        mirror.poll_all()
    held = the(Lead, kommo_id=lead)
    assert [fact.lead_ids for fact in heard] == [[held.id]]
    assert the(LostReason, id=held.lost_reason_id).name == "No contesta"
    assert held.kommo["reason"] == "No contesta"
    assert drift(mirror.account_id, world) == []


@pytest.mark.parametrize("typed_here", [True, False])
def test_a_reason_that_is_now_called_as_another_is_that_one_until_it_has_a_name_again(
    mirror, world, pipeline, typed_here
):
    dear = world.add_loss_reason("Caro")
    price = None if typed_here else world.add_loss_reason("Precio")
    if typed_here:
        with transaction() as session:
            session.add(LostReason(account_id=mirror.account_id, name="Precio"))
    leads = [world.add_lead(f"Curso {number}", pipeline) for number in range(2)]
    for lead, reason in zip(leads, (dear, price or dear), strict=True):
        world.move_stage(lead, LOST, reason=reason)
    mirror.visit()

    def shown():
        ids = [the(Lead, kommo_id=lead).lost_reason_id for lead in leads]
        return [the(LostReason, id=id_).name for id_ in ids]

    for name in ("Precio", "Costo", "Precio"):
        world.rename_loss_reason(dear, name)
        mirror.poll_all()
        assert shown() == [name, name if typed_here else "Precio"]
        assert {the(Lead, kommo_id=leads[0]).kommo["reason"]} == {name}
    if price:
        world.rename_loss_reason(price, "Alto")
        mirror.poll_all()
        assert shown() == ["Precio", "Alto"]
    names = execute(select(LostReason.name)).scalars().all()
    assert sorted(names) == sorted({*shown()}), "no name that nobody gave is left"
    assert drift(mirror.account_id, world) == []


def test_two_reasons_that_take_one_new_name_are_one(mirror, world, pipeline):
    reasons = [world.add_loss_reason(name) for name in ("Caro", "Precio")]
    lead = world.add_lead("Curso", pipeline)
    world.move_stage(lead, LOST, reason=reasons[1])
    mirror.visit()
    for reason in reasons:
        world.rename_loss_reason(reason, "Costo")
    mirror.poll_all()
    assert set(execute(select(LostReason.name)).scalars()) == {"Costo"}
    assert drift(mirror.account_id, world) == []
