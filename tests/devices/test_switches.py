"""Switches of a number: receiving, groups, read ticks, where leads begin, and the agent's name on their texts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.chats.jobs import process_events, send_read_ticks, sweep_account
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import outlet, switches
from clarin_web.devices.gateway import Address, IncomingMessage, Kind, MessageKind, Receipt
from clarin_web.devices.jobs import send_message, signs
from clarin_web.devices.simulator.wire import encode
from clarin_web.events import Actor, ChatRead
from clarin_web.jobs import device_queue, queue
from clarin_web.leads.actions.creating import create_lead_by_rule
from clarin_web.models import Chat, Device, Lead, Message, Pipeline, Stage, WhatsappEvent
from tests.support.cast import Person

from .conftest import PHONE, Office
from .test_device_pages import linked as linked_row
from .test_governing import Gateway, chat_with

CUSTOMER = Address(Kind.USER, PHONE)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    outlet.install(made)  # type: ignore[arg-type]
    signs.taken()
    yield made
    outlet.install(None)


def heard(office: Office, *events: Any) -> None:
    rows = [
        {"account_id": office.account_id, "device_id": office.device_id, "dedupe": uuid.uuid4().hex, "raw": raw, "kind": kind}
        for raw, kind in map(encode, events)
    ]  # fmt: skip
    with tenant(office.account_id), transaction():
        execute(insert(WhatsappEvent), rows)
    release()
    process_events(office.account_id, office.device_id)


def said(office: Office) -> list[str]:
    with tenant(office.account_id):
        found = list(
            session().scalars(select(Message.body).where(Message.direction == "in").order_by(Message.id))
        )
    release()
    return found


def incoming(wa_id: str, text: str, chat: Address = CUSTOMER) -> IncomingMessage:
    return IncomingMessage(wa_id, chat, CUSTOMER, datetime.now(UTC), MessageKind.TEXT, text)


def by(office: Office, person: Person, text: str, chat_id: int) -> int:
    row = {"account_id": office.account_id, "chat_id": chat_id, "wa_id": f"S{text}", "direction": "out", "body": text,
           "state": "queued", "author_id": person.user_id}  # fmt: skip
    with tenant(office.account_id), transaction():
        made = execute(insert(Message).values(row).returning(Message.id)).scalar_one()
    release()
    send_message(office.account_id, office.device_id, made)
    return int(made)


def test_a_number_that_does_not_receive_keeps_what_comes_until_it_does_again(
    office: Office, gateway: Gateway
) -> None:
    office.set(receives=False)
    (sent,) = office.queue("hola")
    send_message(office.account_id, office.device_id, sent)
    ticks = Receipt(("W0000",), "read", datetime.now(UTC), CUSTOMER)
    heard(office, incoming("A", "¿hay stock?"), ticks, incoming("B", "¿hola?"))
    assert said(office) == []
    assert office.states() == ["read"], "ticks of what we send are still heard"
    with tenant(office.account_id), transaction():
        execute(update(WhatsappEvent).values(received_at=datetime(2026, 1, 1, tzinfo=UTC)))
        sweep_account(office.account_id)
    release()
    assert queue("chats").count == 0, "nobody is asked again and again for what must wait"
    office.set(receives=True)
    process_events(office.account_id, office.device_id)
    assert said(office) == ["¿hay stock?", "¿hola?"]


def test_groups_can_be_switched_off(office: Office) -> None:
    group = Address(Kind.GROUP, "120363")
    office.set(groups=False)
    heard(office, incoming("A", "en el grupo", group), incoming("B", "a solas"))
    assert said(office) == ["a solas"]
    office.set(groups=True)
    heard(office, incoming("C", "otra vez", group))
    assert said(office) == ["a solas", "otra vez"]


def test_without_blue_ticks_customers_do_not_see_that_we_read(office: Office) -> None:
    heard(office, incoming("A", "hola"))
    read = ChatRead(account_id=office.account_id, actor=Actor.user(1), chat_id=office.chat_id)
    for wanted, jobs in ((False, 0), (True, 1)):
        office.set(sends_receipts=wanted)
        with tenant(office.account_id):
            send_read_ticks(read)
        release()
        assert queue(device_queue(office.device_id)).count == jobs


def test_texts_are_signed_always_or_first_or_never(ana: Person, bruno: Person, gateway: Gateway) -> None:
    office = Office(ana.account_id, linked_row(ana), 0)
    chat = chat_with(office, PHONE)
    for mode, texts in (("off", ["a"]), ("always", ["b", "c"])):
        office.set(signature=mode)
        for text in texts:
            by(office, bruno, text, chat.chat_id)
    other = chat_with(office, "51900000001")
    office.set(signature="first", pace_seconds=0)
    for person, text in ((bruno, "d"), (bruno, "e"), (ana, "f")):
        by(office, person, text, other.chat_id)
    name, anas = switches.plain_name(bruno.name), switches.plain_name(ana.name)
    assert [text for _, text in gateway.wire] == [
        "a", f"*{name}:*\nb", f"*{name}:*\nc", f"*{name}:*\nd", "e", f"*{anas}:*\nf",
    ]  # fmt: skip
    page = bruno.get(f"/chats/{chat.chat_id}")
    assert page.texts(".msg.out .author") == [name, name]


def test_the_author_sees_the_signature_before_sending(ana: Person, bruno: Person) -> None:
    office = Office(ana.account_id, linked_row(ana, signature="always"), 0)
    chat = chat_with(office, PHONE)
    assert f"Goes out signed: {bruno.name}" in bruno.get(f"/chats/{chat.chat_id}").text
    office.set(signature="off")
    assert "Goes out signed" not in bruno.get(f"/chats/{chat.chat_id}").text


def test_a_name_cannot_break_out_of_its_bold(ana: Person) -> None:
    assert switches.plain_name(" *Bru_no*\n`x` ") == "Bruno x"


def test_leads_begin_in_the_stage_of_the_number_while_it_is_open(ana: Person) -> None:
    device_id = linked_row(ana)
    office = Office(ana.account_id, device_id, 0)
    made = {"account_id": ana.account_id}
    with tenant(ana.account_id), transaction():
        pipeline = execute(insert(Pipeline).values(**made, name="Sur").returning(Pipeline.id)).scalar_one()
        stages = [
            execute(insert(Stage).values(**made, pipeline_id=pipeline, name=name, kind=kind, position=place)
                    .returning(Stage.id)).scalar_one()
            for place, (name, kind) in enumerate([("Nuevo", "open"), ("Visita", "open"), ("Ganado", "won")])
        ]  # fmt: skip
    release()
    assert "Sur · Visita" in ana.get(f"/devices/{device_id}").text
    wanted = {"name": "Sur", "creates_leads": "1", "receives": "1", "lead_stage_id": str(stages[1])}
    assert ana.post(f"/devices/{device_id}", wanted).status == 303
    row = office.device()
    assert (row.lead_stage_id, row.lead_pipeline_id, row.groups) == (stages[1], pipeline, False)
    assert ana.post(f"/devices/{device_id}", wanted | {"lead_stage_id": str(stages[2])}).status == 422
    assert ana.post(f"/devices/{device_id}", wanted | {"signature": "sometimes"}).status == 422
    contacts = [chat_with(office, f"5190000000{n}") for n in range(2)]
    found = []
    for chat in contacts:
        with tenant(ana.account_id):
            contact_id = session().scalar(select(Chat.contact_id).where(Chat.id == chat.chat_id))
            assert contact_id
            lead = create_lead_by_rule(
                ana.account_id, contact_id, "Trato", row.lead_pipeline_id, row.lead_stage_id
            )
            assert lead
            found.append(lead.stage_id)
        with tenant(ana.account_id), transaction():
            execute(update(Stage).where(Stage.id == stages[1]).values(archived_at=datetime.now(UTC)))
        release()
    assert found == [stages[1], stages[0]], "archived meanwhile: the pipeline's first"


def test_switched_on_again_what_was_kept_is_asked_for(ana: Person) -> None:
    device_id = linked_row(ana, receives=False)
    ana.post(f"/devices/{device_id}", {"name": "Sur", "receives": "1"})
    assert [job.func_name for job in queue("chats").jobs] == ["clarin_web.chats.jobs.process_events"]


def test_who_may_switch(ana: Person, bruno: Person, carla: Person) -> None:
    device_id = linked_row(ana)
    assert bruno.post(f"/devices/{device_id}", {"name": "X"}).status == 403
    assert carla.post(f"/devices/{device_id}", {"name": "X"}).status == 404
    with tenant(ana.account_id):
        assert session().scalar(select(Device.receives).where(Device.id == device_id)) is True
        assert session().scalar(select(Lead.id)) is None
    release()
