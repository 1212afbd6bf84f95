"""What people and groups are called and look like: when WhatsApp is asked, and what is made of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from clarin_web.contacts.actions import rename_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import (
    Address,
    GroupNamed,
    Kind,
    PersonNamed,
    PortraitTold,
)
from clarin_web.devices.inquiries import MOST_A_MINUTE, inquire
from clarin_web.jobs import device_queue, queue
from clarin_web.models import Chat, Contact, Device, Inquiry

from .conftest import CUSTOMER, GROUP, Phone

OTHER = Address(Kind.USER, "51955111222")
NOW = datetime.now(UTC)


def asked(phone: Phone) -> list[tuple[str, str]]:
    """(about, the chat's key), in order."""
    with tenant(phone.account_id):
        rows = execute(
            select(Inquiry.about, Chat.key)
            .join(Chat, Chat.id == Inquiry.chat_id)
            .order_by(Inquiry.asked_at, Inquiry.id)
        )
        found = [(row.about, row.key) for row in rows]
    release()
    return found


def days_pass(phone: Phone, by: timedelta = timedelta(days=2)) -> None:
    with tenant(phone.account_id), transaction():
        execute(update(Inquiry).values(again_at=Inquiry.again_at - by, asked_at=Inquiry.asked_at - by))
    release()


def set_device(phone: Phone, **values: Any) -> None:
    with tenant(phone.account_id), transaction():
        execute(update(Device).where(Device.id == phone.device_id).values(**values))
    release()


def test_a_group_is_asked_for_its_name_once_and_a_refusal_is_remembered(phone, heard):
    phone.hear(heard("hola", chat=GROUP, sender=CUSTOMER))
    assert ("name", GROUP.key) in asked(phone)
    assert phone.chat.name.startswith("…")
    before = [row.asked_at for row in phone.rows(Inquiry)]
    phone.hear(heard("¿hola?", chat=GROUP, sender=CUSTOMER))
    assert [row.asked_at for row in phone.rows(Inquiry)] == before
    phone.hear(GroupNamed(GROUP, "", NOW))
    assert phone.chat.name.startswith("…")
    days_pass(phone)
    phone.hear(heard("¿nadie?", chat=GROUP, sender=CUSTOMER))
    assert [row.again_at > NOW for row in phone.rows(Inquiry, Inquiry.about == "name")] == [True]
    days_pass(phone, timedelta(days=7))
    phone.hear(heard("bueno", chat=GROUP, sender=CUSTOMER))
    phone.hear(GroupNamed(GROUP, "Ferreteros", NOW), GroupNamed(GROUP, "Ferreteros", NOW))
    assert phone.chat.name == "Ferreteros"


def test_history_and_a_rush_of_strangers_are_not_asked_about(phone, heard):
    phone.hear(
        heard("hace un mes", history=True), heard("también", chat=GROUP, sender=CUSTOMER, history=True)
    )
    assert asked(phone) == []
    phone.hear(*(heard(chat=Address(Kind.USER, f"519551110{n:02}")) for n in range(MOST_A_MINUTE + 6)))
    assert [about for about, _ in asked(phone)].count("portrait") == MOST_A_MINUTE
    assert phone.count(Chat) == MOST_A_MINUTE + 8, "and nobody of them is missing"


def test_who_opens_a_chat_asks_and_once_a_day_is_enough(phone, heard, bruno, vera, carla):
    phone.hear(heard(history=True))
    watching = f"/chats/{phone.chat.id}/watching"
    assert (vera.post(watching).status, carla.post(watching).status) == (403, 404)
    assert asked(phone) == []
    for _ in range(2):
        assert bruno.post(watching).status == 204
    assert sorted(asked(phone)) == [("name", CUSTOMER.key), ("portrait", CUSTOMER.key)]
    jobs = [job.func_name for job in queue(device_queue(phone.device_id)).jobs]
    assert jobs.count("clarin_web.devices.jobs.ask") == 2
    days_pass(phone)
    bruno.post(watching)
    assert all(row.again_at > datetime.now(UTC) for row in phone.rows(Inquiry))


@pytest.mark.parametrize(
    "values", [{"state": "reconnecting"}, {"receives": False}, {"asks_portraits": False}]
)
def test_a_number_that_may_or_can_not_ask_does_not(phone, heard, bruno, values):
    phone.hear(heard(history=True))
    set_device(phone, **values)
    bruno.post(f"/chats/{phone.chat.id}/watching")
    assert [about for about, _ in asked(phone) if about == "portrait"] == []


def test_an_administrator_switches_profile_pictures_off(phone, ana):
    page = ana.get(f"/devices/{phone.device_id}")
    assert page.one("[name=asks_portraits]").has_attr("checked")
    ana.post(f"/devices/{phone.device_id}", {"name": "Ventas", "receives": "1", "signature": "off"})
    assert phone.one(Device).asks_portraits is False


def test_a_new_push_name_is_followed_and_better_names_win(phone, heard):
    phone.hear(heard(push_name="Rosa"))
    phone.hear(heard(push_name="Rosa 🌹"))
    assert phone.chat.name == "Rosa 🌹"
    phone.hear(PersonNamed(CUSTOMER, "Rosa Quispe (taller)", "Rosita", NOW))
    assert phone.chat.name == "Rosa Quispe (taller)", "the phone book wins over what she calls herself"
    assert phone.one(Contact).names["push"] == "Rosa 🌹", "messages know that better"
    phone.hear(PersonNamed(CUSTOMER, "", "", NOW))
    assert phone.chat.name == "Rosa Quispe (taller)", "what one phone does not know is not taken away"
    with tenant(phone.account_id):
        rename_contact(phone.account_id, phone.chat.contact_id, "Rosa, la de siempre", by=1)
    release()
    phone.hear(heard(push_name="Otra"), PersonNamed(CUSTOMER, "Otra más", "", NOW))
    assert phone.chat.name == "Rosa, la de siempre"


def test_nobody_is_made_by_an_answer_about_them(phone):
    phone.hear(
        PortraitTold(CUSTOMER, "changed", NOW),
        PortraitTold(CUSTOMER, "none", NOW),
        PersonNamed(CUSTOMER, "Ana", "Ana", NOW),
    )
    phone.hear(GroupNamed(GROUP, "Vecinos", NOW))
    assert (phone.count(Chat), phone.count(Contact), phone.count(Inquiry)) == (0, 0, 0)


def test_two_who_open_it_at_once_ask_once(phone, heard):
    phone.hear(heard(history=True))
    with tenant(phone.account_id):
        made = [inquire(phone.account_id, phone.device_id, phone.chat.id, "portrait") for _ in range(2)]
    release()
    assert made == [True, False]


def test_the_head_of_an_open_thread_bears_the_new_name(phone, chat, bruno, monkeypatch):
    pushed = []
    monkeypatch.setattr(
        "clarin_web.chats.broadcasts.push", lambda _id, topic, html: pushed.append((topic, html))
    )
    bruno.post(f"/contacts/{phone.chat.contact_id}/name", {"name": "Luis <Paz>"})
    [(topic, html)] = [told for told in pushed if "chat-name" in told[1]]
    assert topic == f"chat:{phone.chat.id}"
    assert "Luis &lt;Paz&gt;" in html
    assert bruno.get(chat).one("#chat-name").get_text(strip=True) == "Luis <Paz>"
