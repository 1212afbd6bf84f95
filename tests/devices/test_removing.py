"""A number is taken away: WhatsApp is told first, what was said stays to be read, what waited is not sent, and it can
come back. Bruno may not, Carla finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices import gateways, leaving, reports
from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.supervisor import wanted_devices
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Chat, Contact, Device, FactRow, Message
from tests.support.cast import Person


def linked(ana: Person, **values: Any) -> int:
    """A number that is connected, with one chat in which something waits to leave."""
    row = {
        "account_id": ana.account_id, "name": "Ventas Lima", "jid": "simulated:1", "phone": "+51987654321",
        "state": "connected", "wanted": "connected", "heartbeat_at": datetime.now(UTC), **values,
    }  # fmt: skip
    with tenant(ana.account_id), transaction():
        mine = {"account_id": ana.account_id}
        device_id = execute(insert(Device).values(**row).returning(Device.id)).scalar_one()
        contact_id = execute(insert(Contact).values(**mine, name="María").returning(Contact.id)).scalar_one()
        chat = insert(Chat).values(**mine, device_id=device_id, contact_id=contact_id, key=f"5198{device_id}")
        chat_id = execute(chat.returning(Chat.id)).scalar_one()
        message = {**mine, "chat_id": chat_id, "direction": "out", "state": "queued"}
        first = execute(insert(Message).values(**message, wa_id="W1", body="Espera").returning(Message.id))
        said = first.scalar_one()
        execute(
            insert(Message).values(**message, wa_id="W2", kind="reaction", body="👍", extra={"target": said})
        )
        execute(update(Chat).where(Chat.id == chat_id).values(last_message_id=said, last_state="queued"))
    release()
    return int(device_id)


def device(ana: Person, device_id: int) -> Device:
    with tenant(ana.account_id):
        row = session().execute(select(Device).where(Device.id == device_id)).scalar_one()
        session().expunge_all()
    release()
    return row


def messages(ana: Person) -> list[tuple[str, str]]:
    with tenant(ana.account_id):
        rows = [tuple(row) for row in execute(select(Message.state, Message.failure).order_by(Message.id))]
    release()
    return rows  # type: ignore[return-value]


def facts(ana: Person) -> list[str]:
    with tenant(ana.account_id):
        found = list(execute(select(FactRow.kind).order_by(FactRow.id)).scalars())
    release()
    return found


def test_the_question_says_what_happens(ana: Person) -> None:
    device_id = linked(ana)
    asked = ana.get(f"/devices/{device_id}/removal")
    assert "unlinked from WhatsApp first" in asked.text
    assert "Its 1 chat stays in the inbox" in asked.text
    assert "2 messages that wait to leave will not be sent" in asked.text
    assert "brought back" in asked.text
    assert "<html" not in ana.htmx_get(f"/devices/{device_id}/removal").text
    assert "go on waiting until then" in ana.get(f"/devices/{device_id}/logout").text
    off = linked(ana, phone="+51987654322", state="stopped", wanted="stopped")
    for verb in ("removal", "logout"):
        assert "remove it on the phone too" in ana.get(f"/devices/{off}/{verb}").text


def test_a_connected_number_says_goodbye_to_whatsapp_first(ana: Person) -> None:
    device_id = linked(ana)
    assert ana.post(f"/devices/{device_id}/removal").location == "/devices"
    assert [job.func_name for job in queue(device_queue(device_id)).jobs] == [
        "clarin_web.devices.jobs.log_out"
    ]
    assert device(ana, device_id).removed_at is None
    assert "It is being removed" in ana.get("/devices").text
    assert "It is being removed" in ana.get(f"/devices/{device_id}").text
    with tenant(ana.account_id):
        reports.state_changed(ana.account_id, device_id, ConnectionChanged(State.LOGGED_OUT))
    release()
    row = device(ana, device_id)
    assert (row.jid, row.wanted, row.removing_at) == (None, "stopped", None)
    assert row.removed_at is not None
    assert ana.get(f"/devices/{device_id}").status == 404
    assert "DeviceRemoved" in facts(ana)


def test_one_that_is_not_connected_is_gone_at_once_and_nothing_waits_for_it(ana: Person) -> None:
    device_id = linked(ana, state="stopped", wanted="stopped", alarm="not_connected")
    ana.post(f"/devices/{device_id}/removal")
    row = device(ana, device_id)
    assert row.removed_at is not None
    assert row.alarm == ""
    assert messages(ana) == [("failed", "device_removed")] * 2
    with tenant(ana.account_id):
        assert execute(select(Chat.last_state)).scalar_one() == "failed"
    release()
    assert "Removed. Its chats stay" in ana.get("/devices").text


def test_a_process_that_never_answers_does_not_keep_it(ana: Person) -> None:
    """Killed while it said goodbye: after a minute the number goes all the same."""
    device_id = linked(ana, removing_at=datetime.now(UTC) - timedelta(seconds=90))
    assert (ana.account_id, device_id) not in wanted_devices()
    assert device(ana, device_id).removed_at is not None
    still = linked(ana, phone="+51987654322", removing_at=datetime.now(UTC))
    assert (ana.account_id, still) in wanted_devices()


def test_its_keys_do_not_stay_behind(ana: Person) -> None:
    device_id = linked(ana, state="stopped", wanted="stopped")
    kept = linked(ana, phone="+51987654322")
    gateways.folder().mkdir(parents=True, exist_ok=True)
    files = [gateways.folder() / f"{number}.db" for number in (device_id, kept)]
    for file in files:
        file.write_bytes(b"keys")
    ana.post(f"/devices/{device_id}/removal")
    leaving.forget_keys()
    release()
    assert [file.exists() for file in files] == [False, True]
    files[1].unlink()


def test_the_chat_is_read_and_not_answered(ana: Person, bruno: Person) -> None:
    device_id = linked(ana, state="stopped", wanted="stopped")
    ana.post(f"/devices/{device_id}/removal")
    with tenant(ana.account_id):
        chat_id = execute(select(Chat.id)).scalar_one()
        said = execute(select(Message.id).where(Message.body == "Espera")).scalar_one()
    release()
    page = bruno.get(f"/chats/{chat_id}")
    assert "Espera" in page.text
    assert "This number was removed" in page.texts(".reach")[0]
    assert [field["value"] for field in page.select("[name=write]")] == ["note"]
    assert not page.select("[data-record]")
    refused = bruno.post(f"/chats/{chat_id}/messages", {"body": "Hola", "client_id": "click-0001"})
    assert refused.status == 422
    assert "nothing more can be sent through it" in refused.text
    assert bruno.post(f"/messages/{said}/retry").status == 422
    note = {"body": "Ya no está", "client_id": "click-0002", "kind": "note"}
    assert bruno.post(f"/chats/{chat_id}/messages", note).status == 303


def test_it_comes_back_with_its_chats(ana: Person) -> None:
    device_id = linked(ana, state="stopped", wanted="stopped")
    ana.post(f"/devices/{device_id}/removal")
    page = ana.get("/devices")
    assert "Ventas Lima" in page.texts("main .lines")[0]
    assert "1 chat kept" in page.text
    assert ana.post(f"/devices/{device_id}/restoration").status == 303
    row = device(ana, device_id)
    assert (row.state, row.wanted, row.removed_at, row.phone) == (
        "logged_out",
        "stopped",
        None,
        "+51987654321",
    )
    assert ana.post(f"/devices/{device_id}/pairing").status == 303
    assert ana.post(f"/devices/{device_id}/restoration").status == 404
    assert "DeviceRestored" in facts(ana)


def test_not_while_another_device_is_that_number(ana: Person) -> None:
    device_id = linked(ana, state="stopped", wanted="stopped")
    ana.post(f"/devices/{device_id}/removal")
    again = linked(ana)
    said = ana.get(f"/devices/{again}")
    assert "This number was here before as Ventas Lima, with 1 chat" in said.texts("main .note")[0]
    refused = ana.post(f"/devices/{device_id}/restoration")
    assert refused.status == 409
    assert "already another device" in refused.text
    assert device(ana, device_id).removed_at is not None


@pytest.mark.parametrize("verb", ["removal", "logout", "restoration"])
def test_bruno_may_not_and_carla_finds_nothing(ana: Person, bruno: Person, carla: Person, verb: str) -> None:
    device_id = linked(ana)
    if verb != "restoration":
        assert bruno.get(f"/devices/{device_id}/{verb}").status == 403
        assert carla.get(f"/devices/{device_id}/{verb}").status == 404
    assert bruno.post(f"/devices/{device_id}/{verb}").status == 403
    assert carla.post(f"/devices/{device_id}/{verb}").status == 404
    row = device(ana, device_id)
    assert (row.removed_at, row.removing_at, row.jid) == (None, None, "simulated:1")
    assert not bruno.get("/devices").select("form[action$=restoration]")
