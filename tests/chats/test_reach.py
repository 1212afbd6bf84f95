"""Whoever writes is told first what becomes of it: it leaves, it waits and why, or it cannot be sent."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Chat, Device, DevicePolicy, DoNotContact, Message, NumberCheck, Outreach


@pytest.fixture
def chat(phone, heard):
    beat(phone)
    phone.hear(heard())
    return f"/chats/{phone.chat.id}"


def do(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def beat(phone, **values):
    now = datetime.now(UTC)
    do(phone, update(Device).values(heartbeat_at=now, state_at=now, **values))


def said(page):
    return page.texts(".reach")[0]


def test_a_number_that_works_says_nothing(phone, chat, bruno):
    assert said(bruno.get(chat)) == ""
    assert bruno.htmx_get(f"{chat}/reach").text.strip() == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "stopped", "wanted": "stopped"}, "waits here until it is connected again"),
        ({"state": "logged_out", "wanted": "stopped"}, "not linked to WhatsApp"),
        ({"state": "reconnecting"}, "leaves by itself as soon as it is connected"),
        ({"state": "banned", "wanted": "stopped"}, "has blocked this number for a while"),
        ({"state": "outdated", "wanted": "stopped"}, "does not work right now"),
        ({"paused_at": datetime.now(UTC), "paused_reason": "person"}, "until an administrator lets it go"),
        ({"paused_at": datetime.now(UTC), "paused_reason": "failures"}, "WhatsApp refused several messages"),
        ({"paused_at": datetime.now(UTC), "paused_reason": "banned"}, "WhatsApp blocked this number"),
    ],
)
def test_a_number_that_does_not_says_what_happens_to_what_one_writes(phone, chat, bruno, values, words):
    beat(phone, **values)
    assert words in said(bruno.get(chat))
    part = bruno.htmx_get(f"{chat}/reach")
    assert words in part.text
    assert "<html" not in part.text
    assert part.select(f"a[href='/devices/{phone.device_id}']")


def test_the_end_of_a_ban_is_told(phone, chat, bruno):
    beat(phone, state="banned", wanted="stopped", state_until=datetime.now(UTC) + timedelta(days=3))
    assert "has blocked this number until" in said(bruno.get(chat))


def test_the_kill_switch_is_seen_by_whoever_writes(phone, chat, bruno):
    do(phone, insert(DevicePolicy).values(account_id=phone.account_id, sending_stopped_at=datetime.now(UTC)))
    assert "Sending is stopped for every number" in said(bruno.get(chat))
    sent = bruno.htmx_post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    assert sent.status == 200


def test_who_asked_for_silence_gets_notes_alone(phone, chat, bruno):
    assert bruno.get(chat).select("[name=write][value=answer]")
    do(phone, insert(DoNotContact).values(account_id=phone.account_id, kind="phone", value="+51987654321"))
    page = bruno.get(chat)
    assert "asked not to be contacted" in said(page)
    assert [field["value"] for field in page.select("[name=write]")] == ["note"]
    assert not page.select("[data-record], [data-pick]")


@pytest.mark.parametrize(
    ("kind", "value", "stops"),
    [("wa_pn", "51987654321", True), ("wa_lid", "51987654321", False), ("phone", "+51900000000", False)],
)
def test_silence_is_by_every_name_and_of_nobody_else(phone, chat, bruno, kind, value, stops):
    do(phone, insert(DoNotContact).values(account_id=phone.account_id, kind=kind, value=value))
    assert ("asked not to be contacted" in said(bruno.get(chat))) is stops


def test_quiet_hours_and_full_days_are_told_before_one_writes(phone, chat, bruno):
    """Nobody talks: the last word is of eight days ago."""
    ago = datetime.now(UTC) - timedelta(days=8)
    do(phone, update(Message).values(at=ago))
    assert bruno.htmx_get(f"{chat}/reach").text.strip() == ""
    beat(phone, quiet_from="00:00", quiet_to="23:59:59")
    assert "quiet hours" in bruno.htmx_get(f"{chat}/reach").text
    beat(phone, quiet_from=None, quiet_to=None, daily_answered=0)
    assert "limit of new people is reached" in bruno.htmx_get(f"{chat}/reach").text
    assert phone.count(Outreach) == 0  # to look is not to reach out


def test_a_number_that_is_not_there_is_told_to_who_writes_first(phone, chat, bruno):
    do(phone, delete(Message))
    checked = {"account_id": phone.account_id, "phone": phone.chat.key, "is_there": False}
    do(phone, insert(NumberCheck).values(**checked))
    assert "not there" in bruno.htmx_get(f"{chat}/reach").text
    do(phone, update(NumberCheck).values(checked_at=datetime.now(UTC) - timedelta(days=2)))
    assert bruno.htmx_get(f"{chat}/reach").text.strip() == ""


def test_who_tries_again_has_whatsapp_asked_again(phone, chat, bruno):
    """They may have joined since, or the seller knows better."""
    do(phone, delete(Message))
    bruno.post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    do(phone, update(Message).values(state="failed", failure="not_on_whatsapp"))
    do(phone, insert(NumberCheck).values(account_id=phone.account_id, phone=phone.chat.key, is_there=False))
    said = phone.one(Message)
    assert "Ask for the right one" in bruno.get(chat).texts("div.not-sent")[0]
    assert bruno.post(f"/messages/{said.id}/retry").status == 303
    assert (phone.count(NumberCheck), phone.one(Message).state) == (0, "queued")


def test_vera_reads_carla_finds_nothing(phone, chat, vera, carla):
    do(phone, update(Chat).values(owner_id=None))
    assert vera.get(f"{chat}/reach").status == 200
    assert carla.get(f"{chat}/reach").status == 404
    assert carla.htmx_get(f"{chat}/reach").status == 404
