"""A number's process asks WhatsApp what people and groups are called and look like: beside its sends, and seldom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from clarin_web import announcing
from clarin_web.chats.jobs import process_events
from clarin_web.db import execute, release, tenant
from clarin_web.devices.downloads import fetch_next
from clarin_web.devices.simulator import people
from clarin_web.devices.simulator.script import Group, Persona
from clarin_web.media.jobs import examine
from clarin_web.models import Chat, Media
from clarin_web.subscriptions import SUBSCRIPTIONS

from .conftest import PHONE, Office, until

GROUP = "120363077@g.us"
ROSA = Persona(PHONE, "Rosa", portrait="rosa", phone_book="Rosa del taller", openings=["hola"])
BETO = Persona("51955111222", "Beto", portrait="hidden")


@pytest.fixture
def number(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Linked and running; what follows from what it hears is done by `become`."""
    monkeypatch.setattr(announcing, "_subscriptions", SUBSCRIPTIONS)
    office.script(people=[ROSA, BETO], groups=[Group(GROUP, "Ferreteros", [BETO.phone], [], "gremio")])
    office.set(jid="simulated:1", phone=f"+5198{office.device_id:07d}", wanted="connected")
    office.start()
    until(lambda: office.device().state == "connected")
    return office


def says(number: Office, person: Persona, line: str, group: str = "") -> None:
    now = datetime.now(UTC)
    number.world.plan(people.written(person, f"IN-{line}", line, now, None, people.random.Random(1), group))


def become(number: Office, true: Callable[[Any], Any], key: str) -> Any:
    """What `true` says of the chat, while the workers of chats and files do their work."""

    def look() -> Any:
        process_events(number.account_id, number.device_id)
        while fetch_next(number.account_id, number.device_id):
            pass
        with tenant(number.account_id):
            came = execute(select(Media.id).where(Media.state == "waiting", Media.hash != "")).scalars().all()
        release()
        for media_id in came:
            examine(number.account_id, media_id)
        with tenant(number.account_id):
            chat = execute(select(Chat.name, Chat.portrait, Chat.last_preview).where(Chat.key == key)).first()
        release()
        return chat and true(chat)

    return until(look, 60)


def times(number: Office, about: str, key: str) -> int:
    return int(number.world.recall(f"asked {about} {key}") or 0)


def test_a_group_gets_its_name_and_its_picture_when_somebody_writes_in_it(number: Office) -> None:
    says(number, BETO, "buenas", GROUP)
    become(number, lambda chat: chat.name == "Ferreteros" and chat.portrait, GROUP)
    says(number, BETO, "¿nadie?", GROUP)
    become(number, lambda chat: chat.last_preview == "¿nadie?", GROUP)
    assert (times(number, "name", GROUP), times(number, "portrait", GROUP)) == (1, 1)
    number.world.turn("rename", f"{GROUP}=Ferreteros del Sur")
    become(number, lambda chat: chat.name == "Ferreteros del Sur", GROUP)


def test_a_stranger_gets_a_face_and_the_name_the_phone_knows_them_by(number: Office) -> None:
    says(number, ROSA, "hola")
    first = become(number, lambda chat: chat.name == "Rosa del taller" and chat.portrait, PHONE)
    number.world.turn("portrait", f"{PHONE}=rosa con sombrero")
    become(number, lambda chat: chat.portrait not in ("", first), PHONE)
    number.world.turn("portrait", f"{PHONE}=")
    become(number, lambda chat: chat.portrait == "", PHONE)
    number.world.turn("rename", f"{PHONE}=Rosita")
    says(number, ROSA, "soy yo")
    become(number, lambda chat: chat.last_preview == "soy yo" and chat.name == "Rosa del taller", PHONE)


def test_asked_too_much_it_is_silent_and_still_hears_and_sends(number: Office) -> None:
    number.world.turn("too_often", "1")
    until(lambda: number.world.recall("too_often"))
    says(number, BETO, "hola")
    become(number, lambda chat: times(number, "portrait", BETO.phone), BETO.phone)
    says(number, ROSA, "hola también")
    become(number, lambda chat: chat.last_preview == "hola también", PHONE)
    number.queue("buenas tardes")
    until(lambda: number.states()[-1] in ("sent", "delivered", "read"))
    assert times(number, "portrait", PHONE) == 0, "another question in the hour of silence"
