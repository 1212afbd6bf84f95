"""Linking a number: by QR or by letters typed on the phone, changing one's mind, and linking the same one again."""

from __future__ import annotations

import signal
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from clarin_web.config import settings
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.gateway import GatewayError
from clarin_web.devices.neonize_gateway.sending import typed_code
from clarin_web.models import Chat, Contact, Device
from tests.support.cast import Person

from .conftest import Office, until
from .test_device_pages import linked as linked_row
from .test_device_pages import make_device


def row_of(person: Person, device_id: int) -> Any:
    with tenant(person.account_id):
        row = session().execute(select(Device).where(Device.id == device_id)).scalar_one()
        session().expunge_all()
    release()
    return row


def test_letters_are_shown_and_typing_them_links_the_number(office: Office) -> None:
    office.script(pair_after=40.0)
    office.set(wanted="paired", pairing_phone="+51987000111")
    office.start()
    shown = until(lambda: (row := office.device()).pair_code and row)
    assert len(shown.pair_code.replace("-", "")) == 8
    assert shown.pair_code_expires_at > datetime.now(UTC)
    row = until(lambda: (row := office.device()).state == "connected" and row)
    assert (row.phone, row.pair_code, row.pairing_phone) == ("+51987000111", None, None)


def test_a_refused_code_says_so_and_the_process_is_gone(office: Office) -> None:
    office.script(refuses_typing=True)
    office.set(wanted="paired", pairing_phone="+51987000111")
    process = office.start()
    row = until(lambda: (row := office.device()).state_reason and row)
    assert (row.state, row.state_reason, row.wanted) == ("unpaired", "code_refused", "stopped")
    assert process.wait(120) == 0


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("phone number too short", "number_unusable"),
        ("info query returned status 429: rate-overlimit", "too_many_codes"),
        ("anything else", "code_refused"),
    ],
)
def test_what_whatsapp_says_to_a_request_for_letters_becomes_plain(said: str, reason: str) -> None:
    class Client:
        def PairPhone(self, *_: object) -> str:
            raise RuntimeError(said)

    with pytest.raises(GatewayError) as refusal:
        typed_code(Client(), "51")
    assert refusal.value.reason == reason


def test_ana_asks_for_letters_and_sees_them_large(ana: Person, bruno: Person, carla: Person) -> None:
    device_id = make_device(ana, state="unpaired")
    assert ana.post(f"/devices/{device_id}/pairing", {"phone": "987 654 321"}).status == 303
    row = row_of(ana, device_id)
    assert (row.pairing_phone, row.state, row.wanted) == ("+51987654321", "pairing", "paired")
    later = datetime.now(UTC) + timedelta(seconds=150)
    Office(ana.account_id, device_id, 0).set(pair_code="LH7T-VZKT", pair_code_expires_at=later)
    page = ana.get(f"/devices/{device_id}")
    assert page.one(".code").get_text() == "LH7T-VZKT"
    assert 140 <= int(str(page.one(".pairing progress")["value"])) <= 150
    assert "LH7T" not in bruno.get(f"/devices/{device_id}").text
    assert bruno.post(f"/devices/{device_id}/pairing", {"phone": "987654321"}).status == 403
    assert carla.post(f"/devices/{device_id}/pairing", {"phone": "987654321"}).status == 404


def test_changing_ones_mind_ends_the_process_that_shows_the_other_kind(ana: Person) -> None:
    device_id = make_device(
        ana, state="pairing", wanted="paired", pairing_phone="+51987654321", pair_code="LH7T-VZKT"
    )
    ana.post(f"/devices/{device_id}/pairing")
    row = row_of(ana, device_id)
    assert (row.pairing_phone, row.pair_code) == (None, None)
    assert row.restart_at is not None


@pytest.mark.parametrize("typed", ["", "hola", "12", "987654321 / 987654322"])
def test_what_is_no_phone_is_refused_with_a_reason(ana: Person, typed: str) -> None:
    device_id = make_device(ana, state="unpaired")
    assert ana.post(f"/devices/{device_id}/pairing", {"phone": typed}).status == 422
    assert row_of(ana, device_id).wanted == "stopped"


def test_one_number_is_one_device_of_an_account_and_other_accounts_are_not_there(
    ana: Person, carla: Person
) -> None:
    linked_row(ana)
    again = make_device(ana, state="unpaired")
    refused = ana.post(f"/devices/{again}/pairing", {"phone": "987654321"})
    assert refused.status == 422
    assert "already another device of this account" in refused.text
    theirs = make_device(carla, state="unpaired")
    assert carla.post(f"/devices/{theirs}/pairing", {"phone": "+51 987 654 321"}).status == 303


def test_scanned_with_a_number_that_is_another_device_it_is_logged_out_again(office: Office) -> None:
    phone = f"5198{office.device_id:07d}"
    with tenant(office.account_id), transaction():
        execute(insert(Device).values(account_id=office.account_id, name="Otro", phone=f"+{phone}"))
    release()
    office.script(pair_after=1.0)
    office.set(wanted="paired")
    process = office.start()
    assert process.wait(120) == 0
    row = office.device()
    assert (row.state, row.state_reason) == ("logged_out", "number_already_linked")
    assert (row.jid, row.phone) == (None, None)


def test_linked_again_it_is_the_same_device_with_its_chats(linked: Office) -> None:
    linked.script(pair_after=1.0)
    linked.set(jid=None, wanted="paired", state="logged_out")
    linked.start()
    until(lambda: linked.device().state == "connected")
    with tenant(linked.account_id):
        assert session().scalar(select(Chat.device_id).where(Chat.id == linked.chat_id)) == linked.device_id
    release()


def test_another_number_does_not_take_over_its_chats(linked: Office) -> None:
    linked.script(pair_after=1.0)
    linked.set(jid=None, wanted="paired", state="logged_out", phone="+51911111111")
    process = linked.start()
    assert process.wait(120) == 0
    row = linked.device()
    assert (row.state, row.state_reason) == ("logged_out", "other_number")
    assert (row.state, row.jid, row.phone) == ("logged_out", None, "+51911111111")


def test_a_device_nobody_wrote_through_may_become_another_number(ana: Person) -> None:
    device_id = make_device(ana, state="unpaired", phone="+51911111111")
    with tenant(ana.account_id), transaction():
        execute(insert(Contact).values(account_id=ana.account_id, name="X"))
    release()
    office = Office(ana.account_id, device_id, 0)
    office.script(pair_after=1.0)
    office.set(wanted="paired")
    try:
        office.start()
        until(lambda: office.device().phone == f"+5198{device_id:07d}")
    finally:
        office.stop()


def test_a_ban_says_until_when(ana: Person, linked: Office) -> None:
    linked.world.turn("ban", "7200")
    process = linked.start()
    assert process.wait(120) == 0
    assert linked.device().state_until > datetime.now(UTC) + timedelta(hours=1)
    until_then = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)
    device_id = make_device(ana, state="banned", state_until=until_then)
    page = ana.get(f"/devices/{device_id}")
    assert "until 1 Dec 2026, 10:30" in page.texts("main .card [role=status]")[0]


def test_cancelling_ends_even_a_client_that_hangs_on_its_way_to_whatsapp(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real one, behind a proxy that never answers: what pairing holds, only the end of its process frees."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        monkeypatch.setenv("CLARIN_DEVICE_GATEWAY", "neonize")
        monkeypatch.setenv("WHATSAPP_PROXY", f"http://127.0.0.1:{door.getsockname()[1]}")
        settings.cache_clear()
        office.set(wanted="paired")
        process = office.start()
        visitor, _ = door.accept()
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) is not None
        visitor.close()
    settings.cache_clear()
