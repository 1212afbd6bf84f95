"""What is refused on the pages of numbers comes back with what was typed and the reason beside it; and a number that is
to be discreet never shows itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Device, Message
from tests.chats.conftest import link, message
from tests.support.cast import Person


def make(ana: Person, **values: Any) -> int:
    row = {"account_id": ana.account_id, "name": "Ventas", "jid": "simulated:1", **values}
    with tenant(ana.account_id), transaction():
        made = execute(insert(Device).values(**row).returning(Device.id)).scalar_one()
    release()
    return int(made)


@pytest.mark.parametrize(
    ("url", "typed", "field"),
    [
        ("", {"name": "x" * 61, "groups": "1", "signature": "always"}, "name"),
        ("/limits", {"pace_seconds": "muchos", "daily_cold": "7"}, "pace_seconds"),
        ("/limits", {"pace_seconds": "5", "quiet_from": "21:00"}, "quiet_to"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    ana: Person, url: str, typed: dict[str, str], field: str
) -> None:
    device_id = make(ana)
    page = ana.post(f"/devices/{device_id}{url}", typed)
    assert page.status == 422
    assert len(page.one(f"#{field}-error").get_text(strip=True)) > 5
    kept = {name: page.one(f"#{name}")["value"] for name in typed if page.select(f"input#{name}")}
    assert kept == {name: value for name, value in typed.items() if name in kept}
    if url == "":
        on = [box["name"] for box in page.select("main input[type=checkbox][checked]")]
        assert on == ["groups"]


def test_a_refused_proxy_is_not_repeated(ana: Person) -> None:
    """It may hold a password."""
    page = ana.post(f"/devices/{make(ana)}/proxy", {"proxy": "ftp://ana:secreto@host:21"})
    assert (page.status, "secreto" in page.text) == (422, False)
    assert page.select("#proxy-error")


def test_a_number_that_cannot_be_called_is_asked_again(ana: Person) -> None:
    page = ana.post(f"/devices/{make(ana, jid=None)}/pairing", {"phone": "12"})
    assert (page.status, page.one("#phone")["value"]) == (422, "12")
    assert page.select("#phone-error")


def test_the_hours_of_the_account_come_back_as_typed(ana: Person) -> None:
    make(ana)
    page = ana.post(
        "/devices/hours", {"work_from": "8", "work_to": "18:00", "day_6": "1", "silent_minutes": "30"}
    )
    assert page.status == 422
    assert page.one("#work_from")["value"] == "8"
    assert page.one("#silent_minutes")["value"] == "30"
    assert [box["name"] for box in page.select("input[type=checkbox][checked]")] == ["day_6"]


def test_a_discreet_number_neither_shows_itself_nor_asks(ana: Person, bruno: Person, app: Any) -> None:
    with app.app_context():
        phone = link(ana.account_id, jid="simulated:1")
        phone.hear(message("Hola"))
        chat = f"/chats/{phone.chat.id}"

        def shown() -> list[str]:
            names = [job.func_name.rsplit(".", 1)[1] for job in queue(device_queue(phone.device_id)).jobs]
            return [name for name in names if name in ("watch_chat", "show_typing")]

        settings = {"name": "Ventas", "receives": "1", "groups": "1", "sends_receipts": "1"}
        ana.post(f"/devices/{phone.device_id}", settings)
        bruno.post(f"{chat}/watching")
        bruno.post(f"{chat}/typing", {"kind": "text"})
        assert shown() == []
        ana.post(f"/devices/{phone.device_id}", {**settings, "shows_online": "1"})
        bruno.post(f"{chat}/typing", {"kind": "text"})
        assert shown() == ["show_typing"]


def test_a_code_to_type_can_be_copied(ana: Person) -> None:
    code = {
        "pair_code": "LH7T-VZKT",
        "pair_code_expires_at": datetime.now(UTC),
        "pairing_phone": "+51987654321",
    }
    device_id = make(ana, jid=None, state="pairing", wanted="paired", heartbeat_at=datetime.now(UTC), **code)
    page = ana.get(f"/devices/{device_id}")
    button = page.one("[data-copy]")
    assert page.one(str(button["data-copy"])).get_text(strip=True) == "LH7T-VZKT"
    assert button["data-copied"]


def test_a_poll_asks_before_it_offers(ana: Person, bruno: Person, app: Any) -> None:
    with app.app_context():
        phone = link(ana.account_id)
        phone.hear(message("Hola"))
        chat = f"/chats/{phone.chat.id}"
        poll = {"question": "¿Cuándo?", "options": "Lunes\nMartes", "client_id": "click-0001"}
        bruno.post(f"{chat}/poll", poll)
        with tenant(phone.account_id), transaction():
            execute(update(Message).where(Message.kind == "poll").values(state="sent"))
        release()
        shown = str(bruno.get(chat).one(".msg.out"))
        assert shown.index("¿Cuándo?") < shown.index("Lunes")
