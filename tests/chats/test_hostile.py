"""What strangers may write to a number, in the middle of what others say: contained, shown, logged once, and nothing
else delayed. From the raw event through the worker of chats to the page."""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import text as sql

from clarin_web.chats.actions import receiving
from clarin_web.chats.listening import AT_ONCE
from clarin_web.devices.gateway import (
    Address,
    CallHeard,
    GroupNamed,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    PollVote,
    Reaction,
    Receipt,
)
from clarin_web.devices.message_parts import Part
from clarin_web.devices.simulator.files import file_of
from clarin_web.models import Chat, Contact, WhatsappEvent

from .conftest import GROUP

NOW = datetime.now(UTC)
EVIL, ROSA, LUIS = (Address(Kind.USER, f"5198765432{last}") for last in (1, 2, 3))
MARKUP = "<img src=x onerror=alert(1)><script>alert(1)</script>"
YEARS = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), NOW + timedelta(days=400)]


@pytest.fixture
def world(phone, heard, linked, ana):
    """`among(events…)`: each between what Rosa and Luis write, on this number and on another; the attacker's page."""

    def among(*attacks) -> tuple[str, list[dict]]:
        other = linked(phone.account_id, "Bodega", "+51911222555")
        for number, attack in enumerate(attacks):
            phone.store(heard(f"r{number}", chat=ROSA, push_name="Rosa"))
            raw = attack if isinstance(attack, tuple) else None
            phone.store(raw=raw[1], kind=raw[0]) if raw else phone.store(attack)
            phone.store(
                heard(f"l{number}", chat=LUIS, push_name="Luis"), heard(f"e{number}", chat=EVIL, push_name="")
            )
        other.store(heard("elsewhere", chat=ROSA, push_name="Rosa"))
        with structlog.testing.capture_logs() as logged:
            for number in (phone, other, phone, phone):
                number.work()
        said = [m.body for m in phone.messages]
        for number in range(len(attacks)):
            assert {f"r{number}", f"l{number}", f"e{number}"} <= set(said), "nothing else is delayed"
        assert "elsewhere" in said
        waiting = WhatsappEvent.processed_at.is_(None) & ~WhatsappEvent.error.like("waits for%")
        assert phone.count(WhatsappEvent, waiting) == 0, "nothing is tried for ever"
        (chat,) = phone.rows(Chat, Chat.key == EVIL.key)
        for url in ("/chats", f"/chats/{chat.id}", "/devices", f"/devices/{phone.device_id}"):
            assert ana.get(url).status == 200, url
        return f"/chats/{chat.id}", [line for line in logged if line["log_level"] in ("warning", "error")]

    return among


def hostile(**changed) -> IncomingMessage:
    values = {"wa_id": "EVIL", "chat": EVIL, "sender": EVIL, "sent_at": NOW, "kind": MessageKind.TEXT}
    return IncomingMessage(**{**values, "text": "words", **changed})


def test_a_bug_of_ours_is_seen_in_its_chat_counted_on_its_number_and_undone_by_an_upgrade(
    world, phone, ana, vera, carla, monkeypatch
):
    real = receiving.row_of

    def broken(chat, event):
        if event.text == "trigger":
            raise RuntimeError("a bug of ours \x00")
        return real(chat, event)

    monkeypatch.setattr(receiving, "row_of", broken)
    where, logged = world(hostile(text="trigger", push_name="Eva"))
    assert [(line["event"], line["log_level"]) for line in logged] == [("event not understood", "error")]
    assert "Clarin could not understand it" in ana.get(where).texts(".msg.in")[0]
    number, again = f"/devices/{phone.device_id}", f"/devices/{phone.device_id}/events/again"
    for person in (ana, vera):
        assert "1 event could not be understood" in person.get(number).text
        assert "1 event not understood" in person.get("/devices").text
    assert vera.get(number).select(f"form[action='{again}']") == []
    assert (vera.post(again).status, carla.post(again).status) == (403, 404)

    ana.post(again)
    phone.work()
    assert "1 event could not be understood" in ana.get(number).text, "still not: counted again, not twice"
    monkeypatch.setattr(receiving, "row_of", real)
    ana.post(again)
    phone.work()
    assert ana.get(where).texts(".msg.in .text")[0] == "trigger"
    assert "could not be understood" not in ana.get(number).text
    assert "not understood" not in ana.get("/devices").text
    assert phone.one(Chat, Chat.key == EVIL.key).name == "Eva"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("neonize.message", b"\xff\xff\xff"),
        ("neonize.history", b"\x0a\xff"),
        ("simulator.message", b"{"),
        ("simulator.message", b"[" * 100_000),
        ("simulator.message", json.dumps({"wa_id": 5, "chat": "x"}).encode()),
        ("martian.message", b"x"),
    ],
)
def test_bytes_nobody_understands_are_counted_where_somebody_sees_them(world, phone, ana, kind, raw):
    _, logged = world((kind, raw))
    assert [line["event"] for line in logged] == ["event not understood"]
    page = ana.get(f"/devices/{phone.device_id}")
    assert "1 event could not be understood" in page.text
    assert [b.get_text(strip=True) for b in page.select("form[action$='events/again'] button")] == [
        "Read again"
    ]


@pytest.mark.parametrize(
    ("attack", "shown"),
    [
        ({"text": "Z" + "\u0301" * 65_000}, "Z\u0301\u0301\u0301\u0301"),
        ({"text": "ก" + "\u0e47" * 65_000}, "ก\u0e47\u0e47\u0e47\u0e47"),
        ({"text": MARKUP, "push_name": MARKUP}, MARKUP),
        ({"text": "a\x00b\ud800c\u202ed\u2066e"}, "abcde"),
        ({"text": "\u200b\u2060\u3164\ufeff" * 9000}, "A message without words"),
        ({"text": ""}, "A message without words"),
        ({"wa_id": random.Random(1).randbytes(5_000).hex()}, "words"),
        ({"wa_id": "nul\x00\ud800"}, "words"),
        ({"quoted_wa_id": "EVIL", "quoted_text": "myself"}, "words"),
        ({"quoted_wa_id": "Q" * 10_000, "quoted_text": MARKUP * 2000}, "words"),
        ({"kind": MessageKind.POLL, "details": {"options": "same\n" * 10_000}}, "same0"),
        ({"kind": MessageKind.POLL, "details": {"options": "\n".join(map(str, range(10_000)))}}, "310"),
        (
            {"kind": MessageKind.POLL, "details": {"options": "\u202eexe" + "\u0301" * 999 + "\nno"}},
            "exe\u0301",
        ),
        ({"kind": MessageKind.CONTACT, "details": {"vcard": "BEGIN:VCARD\nFN:Eve\n" + "X" * 2**20}}, "Eve"),
        ({"kind": MessageKind.LOCATION, "details": {"latitude": math.nan, "longitude": 1.0}}, "Location"),
        ({"kind": MessageKind.LOCATION, "details": {"latitude": 1e308, "longitude": -1e308}}, "Location"),
        ({"kind": MessageKind.LOCATION, "details": {"latitude": 10**400, "longitude": 1}}, "Location"),
        ({"kind": MessageKind.CALL, "details": {"call": "answered", "seconds": -(10**30)}}, "answered"),
        ({"kind": MessageKind.UNKNOWN, "details": {"type": MARKUP * 2000}}, "cannot show yet"),
        ({"parts": tuple(Part("title", MARKUP * 9, MARKUP) for _ in range(5_000))}, MARKUP),
        ({"parts": (Part("link", MARKUP, "javascript:alert(1)"), Part("nonsense", "x"))}, "javascript"),
        (
            {
                "parts": (
                    Part("total", "", "9" * 400 + " X"),
                    Part("starts", "", "9" * 30),
                    Part("code", "", "K"),
                )
            },
            "K",
        ),
        ({"kind": MessageKind.VOICE, "file": file_of("voice", "x", seconds=-5)}, "Voice message"),
        ({"kind": MessageKind.DOCUMENT, "file": file_of("paper", "x", size=2**31)}, "Too large to download"),
        ({"kind": MessageKind.IMAGE, "file": replace(file_of("photo", "x"), ref=b"r" * 10**6)}, "Photo"),
        (
            {
                "kind": MessageKind.TEXT,
                "details": {"buttons": MARKUP + "\n" * 10_000, "pages": "x", "n": None},
            },
            MARKUP,
        ),
        ({"details": {f"d{n}": "x" * 5000 for n in range(500)}}, "words"),
    ],
    ids=lambda value: "",
)
def test_whatever_a_message_holds_it_is_one_bubble(world, phone, ana, attack, shown):
    where, logged = world(hostile(**attack))
    assert logged == []
    page = ana.get(where)
    (bubble,) = [b for b in page.select(".msg.in") if b.get_text(strip=True).find("e0") != 0][:1]
    assert shown in " ".join(bubble.get_text(" ", strip=True).split()).replace(" 0", "0")
    assert not re.search("[\u0301\u0e47]{5}", page.text)
    assert page.select(".messages script, .messages img, .chat-row img, .bar img") == []
    assert len(page.text) < 90_000
    assert len(json.dumps(phone.messages[-1].extra)) < 150_000
    assert "not understood" not in ana.get("/devices").text


@pytest.mark.parametrize(
    "name", ["\u200b\u3164" * 30_000, "N" * 65_536, "\u202e\x00\ud800", "\u0301" * 999, "ﷺ" * 999]
)
def test_a_name_is_a_line_that_can_be_seen_or_the_number_stands_for_it(world, phone, ana, name):
    world(
        hostile(push_name=name), GroupNamed(GROUP, name, NOW), hostile(chat=GROUP, wa_id="G", push_name=name)
    )
    for row in ana.get("/chats").select(".chat-row b"):
        assert 1 <= len(row.get_text(strip=True)) <= 200
    (contact,) = phone.rows(Contact, Contact.phone == f"+{EVIL.value}")
    assert contact.name[0] in "Nﷺ" or contact.name.startswith("+51 ")


@pytest.mark.parametrize("when", YEARS)
def test_a_clock_that_is_wrong_holds_no_place_of_the_inbox(world, phone, heard, ana, when):
    world(
        hostile(sent_at=when),
        CallHeard("c", EVIL, "offered", when),
        Receipt(("nobody",), "read", when, EVIL),
        Reaction("EVIL", EVIL, EVIL, "👍", when),
        PollVote("EVIL", EVIL, EVIL, ("ab" * 32,), when),
        MessageEdited("EVIL", EVIL, "later", when),
    )
    phone.hear(heard("the last word", chat=ROSA, push_name="Rosa"))
    assert ana.get("/chats").texts(".chat-row p")[0] == "the last word"
    assert all(NOW - timedelta(days=1) < m.at <= datetime.now(UTC) for m in phone.messages)


def test_what_is_done_to_a_message_is_bounded_however_often_it_is_done(world, phone):
    long = [
        MessageEdited("EVIL", EVIL, f"{n} " + "x" * 60_000, NOW + timedelta(seconds=n)) for n in range(12)
    ]
    short = [MessageEdited("EVIL", EVIL, f"edit {n}", NOW + timedelta(minutes=n)) for n in range(1, 50)]
    _, logged = world(hostile(), *long, Reaction("EVIL", EVIL, EVIL, "👍" * 1300, NOW), *short)
    assert logged == []
    (message,) = [m for m in phone.messages if m.wa_id == "EVIL"]
    assert (message.body, len(message.extra["edits"])) == ("edit 49", 20)
    assert len(json.dumps(message.extra)) < 150_000
    assert message.reactions == {EVIL.key: "👍" * 16}


def test_thousands_of_deeds_about_nothing_hold_up_nobody(phone, heard):
    """Each waits a minute for its message; what is said meanwhile, and a tick that came too early, do not."""
    phone.hear(heard("first", chat=ROSA), Receipt(("SOON",), "read", NOW, ROSA))
    phone.store(*[Reaction(f"none{n}", EVIL, EVIL, "👍", NOW) for n in range(AT_ONCE * 3)])
    phone.work()
    tried = phone.hear(heard("now", chat=ROSA), heard("mine", chat=ROSA, from_me=True, wa_id="SOON"))
    assert tried == 2 + AT_ONCE, "a few of them are tried again, not all"
    assert [m.body for m in phone.messages] == ["first", "now", "mine"]
    for _ in range(100):  # which ones are tried again is drawn by lot
        if "read" in {m.state for m in phone.messages}:
            return
        phone.work()
    pytest.fail("the tick that came too early was never tried again")


def test_the_same_id_in_every_chat_is_as_many_messages(world, phone):
    twins = [
        hostile(chat=chat, sender=chat, text=f"twin {n}") for n, chat in enumerate((EVIL, ROSA, LUIS, GROUP))
    ]
    world(*twins, MessageEdited("EVIL", EVIL, "only mine", NOW))
    bodies = sorted(m.body for m in phone.messages if m.wa_id == "EVIL")
    assert bodies == ["only mine", "twin 1", "twin 2", "twin 3"]


def test_postgresql_itself_refusing_a_row_stops_nobody(world, phone, ana, monkeypatch):
    """As when a limit of a column is met that nobody thought of."""
    real = receiving.insert_message

    def insert(hearing, row):
        if row["body"] == "trigger":
            receiving.execute(sql("SELECT 1/0"))
        return real(hearing, row)

    monkeypatch.setattr(receiving, "insert_message", insert)
    where, logged = world(hostile(text="trigger"))
    assert [line["event"] for line in logged] == ["event not understood"]
    assert "Clarin could not understand it" in ana.get(where).texts(".msg.in")[0]
