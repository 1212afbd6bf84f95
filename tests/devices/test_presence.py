"""Typing and being online: from WhatsApp to whoever has the chat open, and back while one of ours writes."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from clarin_web.db import release, tenant
from clarin_web.devices import presence as presences
from clarin_web.devices.gateway import ONLINE_FOR, Address, Kind, Presence
from clarin_web.devices.neonize_gateway import presence as real
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.devices.simulator.script import Persona
from clarin_web.events import Actor, MessageReceived
from clarin_web.jobs import device_queue, enqueue, queue
from clarin_web.live.topics import allowed
from tests.support.cast import Person

from .conftest import PHONE, Office, until
from .test_device_pages import linked as linked_row
from .test_governing import chat_with

CUSTOMER = Address(Kind.USER, PHONE)


def note(office: Office, doing: str, **values: Any) -> None:
    with tenant(office.account_id):
        presences.note(office.account_id, office.device_id, Presence(CUSTOMER, doing, **values))
    release()


def shown(office: Office) -> presences.Shown:
    return presences.of_chat(office.account_id, office.chat_id)


def test_typing_hides_online_until_it_pauses(office: Office) -> None:
    assert shown(office).doing == ""
    note(office, "online")
    note(office, "typing")
    assert shown(office).doing == "typing"
    note(office, "paused")
    assert shown(office).doing == "online"
    seen = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
    note(office, "away", last_seen=seen)
    assert shown(office) == presences.Shown("away", seen)


def test_what_they_typed_has_come_so_they_type_no_more(office: Office) -> None:
    note(office, "typing")
    came = MessageReceived(
        account_id=office.account_id, actor=Actor.whatsapp(), chat_id=office.chat_id, message_id=1
    )
    presences.is_over(came)
    presences.is_over(came)
    assert shown(office).doing == ""


def test_somebody_who_types_from_their_private_id_is_the_same_chat(office: Office) -> None:
    with tenant(office.account_id):
        found = Presence(Address(Kind.LID, "7700"), "typing", chat_alt=CUSTOMER)
        presences.note(office.account_id, office.device_id, found)
        stranger = Presence(Address(Kind.USER, "5100000"), "typing")
        presences.note(office.account_id, office.device_id, stranger)
    release()
    assert shown(office).doing == "typing"


def test_the_open_chat_shows_it_to_who_may_see_the_chat(ana: Person, bruno: Person, carla: Person) -> None:
    office = chat_with(Office(ana.account_id, linked_row(ana), 0), PHONE)
    note(office, "typing")
    for person in (ana, bruno):
        assert "typing…" in person.htmx_get(f"/chats/{office.chat_id}/presence").text
    assert carla.get(f"/chats/{office.chat_id}/presence").status == 404
    note(office, "recording")
    assert "recording…" in ana.htmx_get(f"/chats/{office.chat_id}/presence").text
    note(office, "paused")
    note(office, "away", last_seen=datetime(2026, 11, 20, 15, 30, tzinfo=UTC))
    assert "last seen" in ana.htmx_get(f"/chats/{office.chat_id}/presence").text
    assert "presence:" in ana.get(f"/chats/{office.chat_id}").text
    with tenant(carla.account_id):
        assert not allowed(f"presence:{office.chat_id}", carla.member)
    release()


def jobs(office: Office) -> list[str]:
    """What it is told; what it is to ask is another story."""
    given = [job.func_name.rsplit(".", 1)[1] for job in queue(device_queue(office.device_id)).jobs]
    return [name for name in given if name != "ask"]


def test_what_ours_type_is_told_now_and_then_but_no_notes_and_no_groups(
    ana: Person, bruno: Person, vera: Person
) -> None:
    office = chat_with(Office(ana.account_id, linked_row(ana), 0), PHONE)
    url = f"/chats/{office.chat_id}"
    bruno.post(f"{url}/typing", {"kind": "note"})
    assert jobs(office) == []
    for person in (bruno, ana, bruno):
        assert person.post(f"{url}/typing", {"kind": "text"}).status == 204
        assert person.post(f"{url}/watching").status == 204
    assert jobs(office) == ["show_typing", "watch_chat"]
    assert vera.post(f"{url}/typing", {"kind": "text"}).status == 403


def test_a_number_that_is_not_connected_has_nobody_to_tell(ana: Person, carla: Person) -> None:
    office = chat_with(Office(ana.account_id, linked_row(ana, state="reconnecting"), 0), PHONE)
    ana.post(f"/chats/{office.chat_id}/typing", {"kind": "text"})
    assert jobs(office) == []
    assert carla.post(f"/chats/{office.chat_id}/typing", {"kind": "text"}).status == 404
    assert carla.post(f"/chats/{office.chat_id}/watching").status == 404


def test_through_the_process_both_ways(linked: Office) -> None:
    linked.script(people=[Persona(PHONE, "María", openings=[], answer_chance=1.0, react_chance=0.0)])
    linked.start()
    until(lambda: linked.device().state == "connected")
    for job in ("watch_chat", "show_typing"):
        enqueue(
            device_queue(linked.device_id),
            f"clarin_web.devices.jobs.{job}",
            linked.account_id,
            linked.device_id,
            PHONE,
        )
    until(lambda: linked.world.recall(f"typing:{PHONE}"))
    until(lambda: shown(linked).doing == "online")
    linked.queue("¿cómo está?")
    until(lambda: shown(linked).doing == "typing")


def test_what_neonize_says_becomes_presence() -> None:
    n, _ = load()

    def jid(user: str, server: str) -> Any:
        return n.JID(User=user, Server=server, Device=0, RawAgent=0, Integrator=0, IsEmpty=not user)

    source = n.MessageSource(
        Chat=jid("7700", "lid"), Sender=jid("7700", "lid"), IsFromMe=False, IsGroup=False,
        SenderAlt=jid(PHONE, "s.whatsapp.net"), RecipientAlt=jid("", ""), BroadcastListOwner=jid("", ""),
    )  # fmt: skip
    typing = real.of_chat(n.ChatPresence(MessageSource=source, State=1, Media=1))
    assert typing == Presence(Address(Kind.LID, "7700"), "typing", CUSTOMER)
    recording = real.of_chat(n.ChatPresence(MessageSource=source, State=1, Media=2))
    assert recording
    assert recording.doing == "recording"
    away = real.of_person(
        n.Presence(From=jid(PHONE, "s.whatsapp.net"), Unavailable=True, LastSeen=1_795_190_000)
    )
    assert away
    assert (away.doing, away.last_seen) == ("away", datetime.fromtimestamp(1_795_190_000, UTC))
    assert real.of_person(n.Presence(From=jid("1", "newsletter"), Unavailable=False, LastSeen=0)) is None


class Client:
    def __init__(self) -> None:
        self.said: list[str] = []

    def send_presence(self, presence: Any) -> None:
        self.said.append(presence.value.decode())

    def subscribe_presence(self, _jid: Any) -> None:
        raise RuntimeError("can't send presence without PushName set")


def test_we_are_online_while_somebody_is_here_and_then_the_phone_rings_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enums = pytest.importorskip("clarin_web.devices.neonize_gateway.protos")
    enums.load()
    now = time.monotonic()
    monkeypatch.setattr(real.time, "monotonic", lambda: now)
    client, here = Client(), real.Shown()
    monkeypatch.setattr(real, "jid", lambda chat: chat)
    here.rest(client)
    here.watch(client, CUSTOMER)
    here.watch(client, CUSTOMER)
    here.rest(client)
    assert client.said == ["available"], "refused questions harm nobody"
    now += ONLINE_FOR + 1
    here.rest(client)
    here.rest(client)
    assert client.said == ["available", "unavailable"]
