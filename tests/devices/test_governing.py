"""The governor at the last gate: what waits is seen, keeps its order, and only people let a stopped number go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import governing, outlet
from clarin_web.devices.gateway import Address, Capabilities, PermanentError, SentResult
from clarin_web.devices.governor import Hold
from clarin_web.devices.jobs import send_message, send_waiting, signs
from clarin_web.devices.outgoing import Outgoing, OutgoingText
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Chat, Contact, Device, DevicePolicy, Lead, Message, Outreach, Pipeline, Stage
from tests.support.cast import Person

from .conftest import Office
from .test_device_pages import linked as linked_row


class Gateway:
    """Takes everything, until told to refuse."""

    capabilities = Capabilities(caller_message_ids=True, checks_numbers=True)

    def __init__(self) -> None:
        self.wire: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.refuses = ""
        self.absent: set[str] = set()
        self.places: dict[str, str] = {}

    def send(self, message: Outgoing) -> SentResult:
        assert isinstance(message, OutgoingText)
        if self.refuses:
            raise PermanentError(self.refuses)
        self.wire.append((message.chat.value, message.text))
        return SentResult(message.wa_id, datetime.now(UTC))

    def on_whatsapp(self, phone: str) -> Address | None:
        self.asked.append(phone)
        return None if phone in self.absent else Address.from_key(self.places.get(phone, phone))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    outlet.install(made)  # type: ignore[arg-type]
    signs.taken()
    yield made
    outlet.install(None)


def chat_with(office: Office, phone: str, *, wrote: timedelta | None = None, lead: bool = False) -> Office:
    """Another customer of the same number; `wrote`: so long ago."""
    made = {"account_id": office.account_id}
    with tenant(office.account_id), transaction():
        contact_id = execute(insert(Contact).values(**made, name=phone).returning(Contact.id)).scalar_one()
        chat = insert(Chat).values(**made, device_id=office.device_id, contact_id=contact_id, key=phone)
        chat_id = execute(chat.returning(Chat.id)).scalar_one()
        if wrote is not None:
            execute(insert(Message).values(**made, chat_id=chat_id, wa_id=f"IN{phone}", direction="in", body="hola",
                                           at=datetime.now(UTC) - wrote))  # fmt: skip
        if lead:
            pipeline = execute(
                insert(Pipeline).values(**made, name=phone).returning(Pipeline.id)
            ).scalar_one()
            stage = insert(Stage).values(**made, pipeline_id=pipeline, name="Nuevo")
            stage_id = execute(stage.returning(Stage.id)).scalar_one()
            execute(insert(Lead).values(**made, contact_id=contact_id, pipeline_id=pipeline, stage_id=stage_id,
                                        title="Trato"))  # fmt: skip
    release()
    return Office(office.account_id, office.device_id, chat_id)


def send(chat: Office, text: str) -> int:
    (message_id,) = chat.queue(text, prefix=f"{text[:6]}-")
    send_message(chat.account_id, chat.device_id, message_id)
    return message_id


def message(chat: Office) -> Any:
    with tenant(chat.account_id):
        columns = Message.state, Message.hold, Message.due_at, Message.failure, Message.attempts
        query = select(*columns).where(Message.chat_id == chat.chat_id, Message.direction == "out")
        found = execute(query.order_by(Message.id.desc()).limit(1)).one()
    release()
    return found


def outreaches(office: Office) -> list[str]:
    with tenant(office.account_id):
        found = list(session().scalars(select(Outreach.relationship).order_by(Outreach.id)))
    release()
    return found


def test_an_answer_leaves_at_once_and_counts_as_nothing(office: Office, gateway: Gateway) -> None:
    office.set(
        pace_seconds=3600,
        daily_cold=0,
        daily_known=0,
        daily_answered=0,
        quiet_from=time(0),
        quiet_to=time(23, 59),
    )
    for number in range(3):
        send(chat_with(office, f"5190000000{number}", wrote=timedelta(hours=23)), "claro")
    assert len(gateway.wire) == 3
    assert outreaches(office) == []
    assert gateway.asked == [], "who wrote is on WhatsApp"


def test_the_second_stranger_waits_its_turn_visibly_and_then_goes(office: Office, gateway: Gateway) -> None:
    office.set(pace_seconds=600)
    send(office, "primero")
    second = chat_with(office, "51900000001")
    send(second, "segundo")
    row = message(second)
    assert (row.state, row.hold, row.attempts) == ("queued", "pace", 0)
    assert datetime.now(UTC) < row.due_at < datetime.now(UTC) + timedelta(minutes=15)
    send_waiting(office.account_id, office.device_id)
    assert [text for _, text in gateway.wire] == ["primero"]
    with tenant(office.account_id), transaction():
        execute(update(Outreach).values(at=Outreach.at - timedelta(hours=1)))
        execute(update(Message).where(Message.hold != "").values(due_at=func.now()))
    release()
    send_waiting(office.account_id, office.device_id)
    assert [text for _, text in gateway.wire] == ["primero", "segundo"]
    assert outreaches(office) == ["cold", "cold"]


def test_a_held_chat_keeps_its_order_and_others_pass_it(office: Office, gateway: Gateway) -> None:
    office.set(daily_cold=0)
    send(office, "uno")
    send(office, "dos")
    talking = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    talking.queue("respuesta")
    send_waiting(office.account_id, office.device_id)
    assert [text for _, text in gateway.wire] == ["respuesta"]
    assert {message(office).hold} == {"daily_budget"}
    with tenant(office.account_id), transaction():
        execute(
            insert(Message).values(
                account_id=office.account_id, chat_id=office.chat_id, wa_id="IN", direction="in"
            )
        )
    release()
    send(office, "tres")
    assert [text for _, text in gateway.wire] == ["respuesta", "uno", "dos", "tres"], (
        "they wrote: all of it goes"
    )


def test_the_kill_switch_holds_even_answers_and_lets_go_again(office: Office, gateway: Gateway) -> None:
    talking = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    office.set(paused_at=datetime.now(UTC), paused_reason="person")
    send(talking, "claro")
    assert (message(talking).state, message(talking).hold, message(talking).due_at) == (
        "queued",
        "stopped_here",
        None,
    )
    office.set(paused_at=None, paused_reason="")
    with tenant(office.account_id), transaction():
        execute(
            insert(DevicePolicy).values(account_id=office.account_id, sending_stopped_at=datetime.now(UTC))
        )
    release()
    send_waiting(office.account_id, office.device_id)
    assert message(talking).hold == "stopped_all"
    with tenant(office.account_id), transaction():
        execute(update(DevicePolicy).values(sending_stopped_at=None))
    release()
    send_waiting(office.account_id, office.device_id)
    assert gateway.wire == [("51900000001", "claro")]


def test_five_refusals_in_a_row_stop_the_number_and_one_success_forgives_four(
    office: Office, gateway: Gateway
) -> None:
    office.set(pace_seconds=0)
    talking = chat_with(office, "51900000001", wrote=timedelta(minutes=1))
    for texts in (4, 5):
        gateway.refuses = "whatsapp says no"
        for number in range(texts):
            send(talking, f"{texts}{number} no")
        gateway.refuses = ""
        send(talking, f"{texts} sí")
    assert [text for _, text in gateway.wire] == ["4 sí"]
    assert message(talking).hold == "stopped_failures"
    assert office.device().paused_reason == "failures"


def test_a_ban_stops_the_number_beyond_its_end(linked: Office) -> None:
    linked.world.turn("ban", "1")
    assert linked.start().wait(120) == 0
    assert linked.device().paused_reason == "banned"


def test_a_number_is_asked_about_before_the_first_message_once(office: Office, gateway: Gateway) -> None:
    office.set(pace_seconds=0)
    gateway.absent = {"51900000009"}
    nobody = chat_with(office, "51900000009")
    send(nobody, "hola")
    assert (message(nobody).state, message(nobody).failure) == ("failed", "not_on_whatsapp")
    send(nobody, "¿hola?")
    known = chat_with(office, "51900000001")
    send(known, "buenas")
    send(known, "¿sigue?")
    assert gateway.asked == ["51900000009", "51900000001"]
    assert [text for _, text in gateway.wire] == ["buenas", "¿sigue?"]


def test_a_stopped_number_is_remembered_by_its_reason_once(office: Office) -> None:
    with tenant(office.account_id):
        governing.pause(office.account_id, office.device_id, "banned")
        governing.pause(office.account_id, office.device_id, "failures")
    release()
    assert office.device().paused_reason == "banned"


def test_ana_stops_and_resumes_one_number_and_all_of_them(ana: Person, bruno: Person, carla: Person) -> None:
    device_id = linked_row(ana)
    chat = chat_with(Office(ana.account_id, device_id, 0), "51900000001")
    chat.queue("espera")
    ana.post(f"/devices/{device_id}/sending/stop")
    with tenant(ana.account_id), transaction():
        governing.hold_device(ana.account_id, device_id, Hold("stopped_here"))
    release()
    page = ana.get(f"/devices/{device_id}")
    assert "A person stopped it" in page.text
    assert "1 · sending is stopped" in page.text
    assert "Sending is stopped for this number." in ana.get(f"/chats/{chat.chat_id}").text
    assert bruno.post(f"/devices/{device_id}/sending/resume").status == 403
    assert carla.post(f"/devices/{device_id}/sending/resume").status == 404
    assert "stopped" in ana.get(f"/devices/{device_id}").text
    assert ana.post(f"/devices/{device_id}/sending/resume").status == 303
    assert message(chat).hold == ""
    assert queue(device_queue(device_id)).count == 1
    assert bruno.post("/devices/sending/stop").status == 403
    ana.post("/devices/sending/stop")
    assert "Sending is stopped for every number" in ana.get("/devices").text
    assert "Sending is stopped" not in carla.get("/devices").text
    ana.post("/devices/sending/resume")
    assert "Sending is stopped" not in ana.get("/devices").text


def test_ana_sets_the_limits_and_what_cannot_be_used_is_refused(
    ana: Person, bruno: Person, carla: Person
) -> None:
    device_id = linked_row(ana)
    wanted = {"pace_seconds": "40", "daily_cold": "5", "daily_known": "", "daily_answered": "9",
              "quiet_from": "21:30", "quiet_to": "08:00"}  # fmt: skip
    assert ana.post(f"/devices/{device_id}/limits", wanted).status == 303
    row = Office(ana.account_id, device_id, 0).device()
    assert (row.pace_seconds, row.daily_cold, row.daily_known, row.quiet_from) == (40, 5, None, time(21, 30))
    for bad in ({"pace_seconds": "99999"}, {"daily_cold": "-1"}, {"quiet_to": ""}, {"quiet_from": "25:00"}):
        assert ana.post(f"/devices/{device_id}/limits", wanted | bad).status == 422
    assert bruno.post(f"/devices/{device_id}/limits", wanted).status == 403
    assert carla.post(f"/devices/{device_id}/limits", wanted).status == 404


def test_groups_are_never_outreach(office: Office, gateway: Gateway) -> None:
    office.set(daily_cold=0)
    with tenant(office.account_id), transaction():
        execute(update(Chat).where(Chat.id == office.chat_id).values(kind="group", key="120363@g.us"))
        execute(update(Device).values(pace_seconds=3600))
    release()
    send(office, "buenas")
    assert gateway.wire == [(Address.from_key("120363@g.us").value, "buenas")]
