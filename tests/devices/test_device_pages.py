"""Ana links, switches and unlinks numbers; Bruno reads; Carla, of another account, finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Chat, Contact, Device, Message
from tests.support.cast import Person


def make_device(ana: Person, **values: Any) -> int:
    with tenant(ana.account_id), transaction():
        row = {"account_id": ana.account_id, "name": "Ventas Lima", **values}
        made = execute(insert(Device).values(**row).returning(Device.id)).scalar_one()
    release()
    return int(made)


def row_of(ana: Person, device_id: int) -> Any:
    columns = (
        Device.name,
        Device.state,
        Device.wanted,
        Device.jid,
        Device.creates_leads,
        Device.pairing_expires_at,
    )
    with tenant(ana.account_id):
        row = session().execute(select(*columns).where(Device.id == device_id)).one()
    release()
    return row


def linked(ana: Person, **values: Any) -> int:
    now = datetime.now(UTC)
    defaults = {
        "jid": "simulated:1", "phone": "+51987654321", "state": "connected", "wanted": "connected", "heartbeat_at": now,
        "last_in_at": now - timedelta(minutes=4), "last_out_at": None,
    }  # fmt: skip
    return make_device(ana, **{**defaults, **values})


def test_an_account_without_numbers_is_shown_how_to_begin(ana: Person, bruno: Person) -> None:
    assert "No numbers linked yet" in ana.get("/devices").text
    seen = bruno.get("/devices")
    assert "Ask Ana to link" in seen.text
    assert not seen.select("form[action='/devices']")


def test_adding_a_number_goes_straight_to_its_code(ana: Person) -> None:
    page = ana.post("/devices", {"name": "  Ventas Lima "})
    assert page.status == 303
    device_id = int(page.location.rsplit("/", 1)[1])
    row = row_of(ana, device_id)
    assert (row.name, row.state, row.wanted) == ("Ventas Lima", "pairing", "paired")
    assert row.pairing_expires_at > datetime.now(UTC)
    shown = ana.get(f"/devices/{device_id}")
    assert "The code is on its way" in shown.text
    assert "Cancel" in shown.texts("main button")


def test_the_code_is_drawn_for_those_who_may_link_and_cached_nowhere(ana: Person, bruno: Person) -> None:
    later = datetime.now(UTC) + timedelta(seconds=40)
    code = "https://wa.me/settings/linked_devices#2@abc,def,ghi,jkl,1"
    device_id = make_device(ana, state="pairing", wanted="paired", qr=code, qr_expires_at=later)
    page = ana.get(f"/devices/{device_id}")
    image = page.one(".qr img")
    assert 30 <= int(str(page.one("progress")["value"])) <= 40
    svg = ana.get(str(image["src"]))
    assert svg.text.startswith("<svg")
    assert "style=" not in svg.text
    assert (svg.headers["Content-Type"], svg.headers["Cache-Control"]) == ("image/svg+xml", "no-store")
    assert bruno.get(f"/devices/{device_id}/qr.svg").status == 403
    assert code not in page.text + bruno.get(f"/devices/{device_id}").text


def test_the_list_tells_how_each_number_is_doing(ana: Person) -> None:
    linked(ana)
    linked(ana, name="Callada", phone="+51987654322", heartbeat_at=datetime.now(UTC) - timedelta(minutes=3),
           state_at=datetime.now(UTC) - timedelta(hours=1))  # fmt: skip
    make_device(
        ana, name="Sin red", state="connecting", wanted="connected", state_reason="no_network", jid="x"
    )
    page = ana.get("/devices")
    assert page.texts("main .badge") == ["Connected", "Not answering", "Connecting"]
    assert "The server does not reach WhatsApp" in page.text
    assert "4 min" in page.text
    assert len(page.statements) <= 7
    assert "<html" not in ana.htmx_get("/devices").text


@pytest.mark.parametrize(
    "state", ["replaced", "logged_out", "banned", "outdated", "error", "stopped", "unpaired"]
)
def test_every_state_has_a_sentence(ana: Person, state: str) -> None:
    device_id = make_device(ana, state=state)
    assert len(ana.get(f"/devices/{device_id}").texts("main .card [role=status]")[0]) > 20


def test_switching_off_and_on_again(ana: Person) -> None:
    device_id = linked(ana)
    assert ana.post(f"/devices/{device_id}/disconnect").status == 303
    assert row_of(ana, device_id)[1:3] == ("stopped", "stopped")
    ana.post(f"/devices/{device_id}/connect")
    assert row_of(ana, device_id)[1:3] == ("connecting", "connected")
    assert ana.post(f"/devices/{device_id}/pairing").status == 409


def test_what_is_tried_later_by_itself_says_when_and_is_tried_now_by_who_asks(ana: Person) -> None:
    later = datetime.now(UTC) + timedelta(minutes=30)
    waits = {"state": "connecting", "state_reason": "login_refused:418", "tries": 5, "retry_at": later}
    device_id = linked(ana, **waits, state_at=datetime.now(UTC) - timedelta(hours=3), heartbeat_at=None)
    page = ana.get(f"/devices/{device_id}")
    assert page.texts("main .badge") == ["Connecting"], "nobody beats between two tries"
    assert "(code 418)" in page.text
    assert "Tried 5 times. The next try is at" in page.text
    assert "Try now" in page.text
    assert ana.post(f"/devices/{device_id}/connect").status == 303
    assert "Try now" not in ana.get(f"/devices/{device_id}").text


def test_a_restricted_number_says_so_and_a_person_may_let_messages_go(ana: Person) -> None:
    until = datetime.now(UTC) + timedelta(hours=5)
    device_id = linked(ana, cold_paused_until=until, cold_paused_reason="restricted")
    for address in ("/devices", f"/devices/{device_id}"):
        assert "write to nobody new" in ana.get(address).text
    assert ana.post(f"/devices/{device_id}/sending/resume").status == 303
    assert "write to nobody new" not in ana.get(f"/devices/{device_id}").text


def test_logging_out_asks_the_connected_process_and_does_it_alone_otherwise(ana: Person) -> None:
    device_id = linked(ana)
    ana.post(f"/devices/{device_id}/logout")
    assert row_of(ana, device_id).jid == "simulated:1"
    assert [job.func_name for job in queue(device_queue(device_id)).jobs] == [
        "clarin_web.devices.jobs.log_out"
    ]
    off = linked(ana, phone="+51987654322", state="stopped", wanted="stopped")
    ana.post(f"/devices/{off}/logout")
    assert row_of(ana, off)[1:4] == ("logged_out", "stopped", None)
    assert ana.post(f"/devices/{off}/connect").status == 409


def test_cancelling_a_pairing(ana: Person) -> None:
    device_id = make_device(ana, state="pairing", wanted="paired")
    ana.post(f"/devices/{device_id}/pairing/cancel")
    assert row_of(ana, device_id)[1:3] == ("unpaired", "stopped")


def test_renaming_and_choosing_where_leads_go(ana: Person) -> None:
    device_id = linked(ana)
    assert ana.post(f"/devices/{device_id}", {"name": "Sur"}).status == 303
    assert (row_of(ana, device_id).name, row_of(ana, device_id).creates_leads) == ("Sur", False)
    assert ana.post(f"/devices/{device_id}", {"name": "Sur", "lead_stage_id": "99999"}).status == 422
    assert ana.post(f"/devices/{device_id}", {"name": "   "}).status == 422
    assert ana.post(f"/devices/{device_id}", {"name": "x" * 61}).status == 422


@pytest.mark.parametrize("verb", ["pairing", "pairing/cancel", "connect", "disconnect", "logout", ""])
def test_who_may_not_manage_changes_nothing_and_a_stranger_finds_nothing(
    ana: Person, bruno: Person, carla: Person, verb: str
) -> None:
    device_id = linked(ana)
    before = row_of(ana, device_id)
    url = f"/devices/{device_id}/{verb}".rstrip("/")
    assert bruno.post(url, {"name": "Mía"}).status == 403
    assert carla.post(url, {"name": "Mía"}).status == 404
    assert carla.get(f"/devices/{device_id}").status == 404
    assert row_of(ana, device_id) == before
    page = bruno.get(f"/devices/{device_id}")
    assert (page.status, page.select("main form")) == (200, [])


def test_a_removed_number_is_not_there(ana: Person) -> None:
    device_id = linked(ana)
    with tenant(ana.account_id), transaction():
        execute(update(Device).values(removed_at=datetime.now(UTC)))
    assert ana.get(f"/devices/{device_id}").status == 404


def test_what_could_not_be_opened_yet_is_counted_until_it_comes(ana: Person, bruno: Person) -> None:
    device_id, other_id = linked(ana), linked(ana, phone="+51987654322")
    mine = {"account_id": ana.account_id}
    with tenant(ana.account_id), transaction():
        contact_id = execute(insert(Contact).values(**mine, name="María").returning(Contact.id)).scalar_one()
        chat = insert(Chat).values(**mine, device_id=device_id, contact_id=contact_id, key="51911")
        chat_id = execute(chat.returning(Chat.id)).scalar_one()
        place = {**mine, "chat_id": chat_id, "direction": "in", "kind": "unknown", "state": ""}
        for number in range(2):
            execute(insert(Message).values(**place, wa_id=f"W{number}", extra={"type": "waiting"}))
    release()
    assert "2 messages came that could not be opened yet" in bruno.get(f"/devices/{device_id}").text
    assert "could not be opened" not in bruno.get(f"/devices/{other_id}").text
    with tenant(ana.account_id), transaction():
        execute(update(Message).where(Message.wa_id == "W1").values(kind="text", extra={}))
    release()
    assert "1 message came that could not be opened yet" in ana.get(f"/devices/{device_id}").text
