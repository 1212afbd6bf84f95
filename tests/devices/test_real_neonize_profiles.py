"""The real neonize client in its real process, against a WhatsApp of ours: what people and groups are called and look
like, and what only its session can read. Its number is its own: how much it asks is part of the story.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from clarin_web import announcing
from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.gateways import folder
from clarin_web.devices.inquiries import inquire
from clarin_web.devices.simulator.files import face
from clarin_web.media.jobs import examine
from clarin_web.media.storage import storage
from clarin_web.models import Chat, Contact, Inquiry, Media
from clarin_web.subscriptions import SUBSCRIPTIONS
from tests.support.whatsapp_line import Line, a_line, a_whatsapp
from tests.support.whatsapp_server.nodes import Jid, Node
from tests.support.whatsapp_server.people import contents
from tests.support.world import wipe

from .conftest import PHONE, an_office
from .test_message_secrets import EDIT, SECRET, sealed_edit

pytestmark = [pytest.mark.linux, pytest.mark.shared_world]
GROUP = Jid("120363000000000077", "g.us")


@pytest.fixture(scope="module")
def line(own_world: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """What follows from what is heard is done here, as in the worker of chats."""
    with a_whatsapp(tmp_path_factory.mktemp("whatsapp")) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcing, "_subscriptions", SUBSCRIPTIONS)
        with an_office() as office, a_line(office, server) as made:
            made.server.welcome(PHONE, "María")
            made.link()
            yield made
    release()
    wipe()


def look(line: Line, query: Any) -> Any:
    """The first row; pictures that have come are looked at here, no worker runs beside these tests."""
    account_id = line.office.account_id
    with tenant(account_id):
        came = select(Media.id).where(
            Media.contact_id.is_not(None), Media.state == "waiting", Media.hash != ""
        )
        for media_id in list(session().scalars(came)):
            examine(account_id, media_id)
        found = execute(query).first()
    release()
    return found


def ask_again(line: Line, key: str, about: str) -> None:
    """A day later somebody opens the chat."""
    account_id = line.office.account_id
    chat = look(line, select(Chat.id, Chat.device_id).where(Chat.key == key))
    with tenant(account_id), transaction():
        execute(text("UPDATE inquiry SET again_at = now()"))
        assert inquire(account_id, chat.device_id, chat.id, about)
    release()


def test_a_group_is_asked_for_its_name_once_and_bears_it(line: Line) -> None:
    rosa, profiles = line.server.welcome("51911111170", "Rosa"), line.server.profiles
    profiles.groups[GROUP] = "Ferreteros de Lima"
    where = {"from": GROUP, "participant": rosa.jid, "participant_lid": rosa.lid}
    line.server.write(rosa, contents().Message(conversation="buenas"), **where)
    named = select(Chat.id).where(Chat.name == "Ferreteros de Lima", Chat.kind == "group")
    line.until(lambda: look(line, named))
    again = line.server.write(rosa, contents().Message(conversation="¿alguien?"), **where)
    line.until(lambda: line.heard(again))
    assert [who for about, who in profiles.asked if about == "name"] == [GROUP]


def test_a_picture_is_asked_for_when_a_chat_begins_and_kept_small(line: Line) -> None:
    sol, profiles = line.server.welcome("51911111171", "Sol"), line.server.profiles
    line.fetch_files()
    first = profiles.hang(sol.jid, face("sol"))
    line.server.write(sol, contents().Message(conversation="hola"))
    shown = (
        select(Contact.id, Contact.portrait)
        .join(Chat, Chat.contact_id == Contact.id)
        .where(Chat.key == sol.phone)
    )
    portrait = line.until(lambda: (row := look(line, shown)) and row.portrait and row)
    kept = b"".join(storage().read(line.office.account_id, portrait.portrait, 0, 10**6))
    assert kept[8:12] == b"WEBP"
    assert "pps.whatsapp.net" in line.server.proxy.asked, "it is fetched by the number's own way out"
    before = line.pid()
    ask_again(line, sol.phone, "portrait")
    line.until(lambda: profiles.asked.count(("portrait", sol.jid)) == 2)
    assert look(line, select(Media.name).where(Media.contact_id == portrait.id)).name == first
    profiles.hang(sol.jid, face("sol, con sombrero"))
    changed = {"from": sol.jid, "type": "picture", "id": "N1", "t": 1_795_190_000}
    assert line.server.companion
    line.server.companion.deliver(
        Node("notification", dict(changed), [Node("set", {"jid": sol.jid, "id": "2"})])
    )
    line.until(lambda: (row := look(line, shown)) and row.portrait not in ("", portrait.portrait))
    assert line.pid() == before, "an answer without a picture ended the process"


def test_who_hides_their_picture_is_left_in_peace(line: Line) -> None:
    luz, profiles = line.server.welcome("51911111172", "Luz"), line.server.profiles
    profiles.hidden.add(luz.jid)
    line.server.write(luz, contents().Message(conversation="hola"))
    days = Inquiry.again_at - Inquiry.asked_at
    asked = select(days.label("pause")).join(Chat, Chat.id == Inquiry.chat_id)
    asked = asked.where(Chat.key == luz.phone, Inquiry.about == "portrait")
    line.until(lambda: (row := look(line, asked)) and row.pause.days >= 6)


def test_the_phone_book_of_the_phone_names_people(line: Line) -> None:
    """neonize keeps it in its own file and tells nobody; no question to WhatsApp is needed."""
    maria = line.server.people[1]
    with sqlite3.connect(folder() / f"{line.office.device_id}.db", timeout=20) as book:
        ours = book.execute("SELECT jid FROM whatsmeow_device").fetchone()[0]
        names = "INSERT INTO whatsmeow_contacts (our_jid, their_jid, full_name) VALUES (?, ?, ?)"
        book.execute(names + " ON CONFLICT DO UPDATE SET full_name = excluded.full_name",
                     (ours, str(maria.jid), "María, la del taller"))  # fmt: skip
    book.close()
    asked = list(line.server.profiles.asked)
    ask_again(line, PHONE, "name")
    line.until(lambda: look(line, select(Contact.id).where(Contact.name == "María, la del taller")))
    assert line.server.profiles.asked == asked


def test_an_edit_sealed_by_a_phone_is_read_with_the_keys_of_the_session(line: Line) -> None:
    rosa, said = line.server.welcome("51911111177", "Rosa"), contents().Message(conversation="son 100")
    said.messageContextInfo.messageSecret = SECRET.key
    wa_id = line.server.write(rosa, said)
    line.until(lambda: line.heard(wa_id))
    line.server.write(rosa, sealed_edit(EDIT, "Message Edit", 2, f"{rosa.phone}@s.whatsapp.net", wa_id))
    line.until(lambda: line.heard(wa_id)[0].body == "son 120")
