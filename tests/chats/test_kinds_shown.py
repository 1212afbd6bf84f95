"""Every kind WhatsApp sends, as people read it in the thread and in the list; and what hostile ones do: nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from clarin_web.db import tenant, transaction
from clarin_web.devices.gateway import (
    CallHeard,
    GroupNamed,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PollVote,
)
from clarin_web.devices.message_parts import STATES, Part
from clarin_web.devices.simulator.files import file_of
from clarin_web.pipelines.actions import create_pipeline

from .conftest import CUSTOMER, GROUP

NOW = datetime.now(UTC)
CARD = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Ruiz\nORG:Acme;Sales\nitem1.TEL;waid=51955:+51 955 123 456\nEND:VCARD"
)


@pytest.fixture
def shown(phone, heard, ana):
    """Hear one message and open its chat."""

    def hear(*events):
        phone.hear(*events)
        return ana.get(f"/chats/{phone.chat.id}")

    return hear


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        (
            MessageKind.LOCATION,
            {"latitude": -12.05, "longitude": -77.0, "address": "Av. Lima 1"},
            "Av. Lima 1",
        ),
        (MessageKind.LOCATION, {"latitude": 0.0, "longitude": 0.0, "live": True}, "Live location"),
        (MessageKind.CONTACT, {"vcard": CARD}, "Ana Ruiz"),
        (MessageKind.CONTACT, {"vcard": CARD, "count": 3}, "2 more people, on the phone"),
        (MessageKind.POLL, {"options": "red\nblue"}, "Nobody has voted yet"),
        (MessageKind.UNKNOWN, {"named": "event"}, "Event · Open it on the phone."),
        (MessageKind.UNKNOWN, {"type": "eventMessage"}, "cannot show yet · Open it on the phone."),
        (MessageKind.UNKNOWN, {"type": "waiting"}, "cannot be read here yet"),
        (MessageKind.UNKNOWN, {"view_once": True}, "open it on the phone"),
        (MessageKind.IMAGE, {"view_once": True}, "open it on the phone"),
        (MessageKind.SYSTEM, {"notice": "ephemeral", "seconds": 604_800}, "after 7 days"),
        (MessageKind.SYSTEM, {"notice": "ephemeral", "seconds": 0}, "do not disappear any more"),
        (MessageKind.TEXT, {"buttons": "Yes\nNo"}, "Yes No"),
        (MessageKind.TEXT, {"forwards": 2}, "Forwarded"),
    ],
)
def test_what_was_sent_is_said(shown, heard, kind, details, words):
    page = shown(heard("words of theirs", kind=kind, details=details))
    assert words in page.texts(".msg")[0]


@pytest.mark.parametrize(
    ("kind", "make", "name"),
    [("document", "paper", "offer.pdf"), ("voice", "voice", ""), ("image", "photo", "")],
)
def test_a_file_on_its_way_says_so(shown, heard, kind, make, name):
    page = shown(heard("", kind=MessageKind(kind), file=file_of(make, "x", name=name, seconds=7)))
    text = page.texts(".msg")[0]
    assert "Downloading…" in text
    assert name in text
    assert "0:07" in text


def test_a_map_opens_only_when_asked(shown, heard):
    page = shown(heard("", kind=MessageKind.LOCATION, details={"latitude": -12.05, "longitude": -77.0}))
    link = page.one(".msg a.media")
    assert link["href"].startswith("https://www.google.com/maps/search/?api=1&query=-12.05")
    assert "noreferrer" in link["rel"]
    assert page.select(".msg iframe, .msg img, .msg script") == []


def test_a_button_opens_pages_and_calls_people_and_nothing_else(shown, heard):
    values = (
        "HTTPS://x.example/A",
        "www.x.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@x.example",
    )
    links = [Part("link", "Ver", value) for value in values]
    calls = [Part("call", "Llamar", value) for value in ("+51 987 654 321", "*21*51987654321#", "<b>")]
    page = shown(heard("Hola", parts=(*links, *calls)))
    assert [link["href"] for link in page.select(".msg a.go")] == [
        "https://x.example/A", "https://www.x.example", "tel:+51987654321",
    ]  # fmt: skip
    assert all(value in page.one(".msg").get_text() for value in ("javascript:alert(1)", "*21*51987654321#"))


def test_the_state_of_an_order_is_said_in_words(shown, heard):
    words = [
        shown(heard("x", parts=(Part("state", code),))).texts(".msg .part")[-1] for code in sorted(STATES)
    ]
    assert len(words) == len(STATES)
    assert not set(words) & STATES


def test_a_contact_card_leads_to_its_chat_and_to_a_lead(shown, heard, ana):
    with tenant(ana.account_id), transaction():
        create_pipeline(ana.account_id, "Ventas", ["Nuevo"], is_main=True)
    page = shown(heard("", kind=MessageKind.CONTACT, details={"vcard": CARD}))
    find, add = (a["href"] for a in page.select(".card-of a"))
    assert ana.get(find).status == 200
    form = ana.get(add)
    assert (form.one("[name=name]")["value"], form.one("[name=phone]")["value"]) == (
        "Ana Ruiz",
        "+51 955 123 456",
    )


def test_votes_are_counted_once_a_person(phone, shown, heard):
    red, blue = (hashlib.sha256(word.encode()).hexdigest() for word in ("red", "blue"))
    phone.hear(heard("which?", wa_id="P", kind=MessageKind.POLL, details={"options": "red\nblue"}))
    other = GROUP
    page = shown(
        PollVote("P", CUSTOMER, CUSTOMER, (blue,), NOW, push_name="Rosa"),
        PollVote("P", CUSTOMER, CUSTOMER, (red,), NOW + timedelta(seconds=1), push_name="Rosa"),
        PollVote("P", CUSTOMER, other, (red, "ff" * 32), NOW, push_name="Luis"),
    )
    assert page.texts(".poll b") == ["2", "0"]
    assert "2 people voted" in page.texts(".msg")[0]


def test_a_quote_leads_to_its_message_even_when_that_is_far_away(phone, heard, ana):
    phone.hear(heard("the first", wa_id="FIRST", sent_at=NOW - timedelta(days=9)))
    phone.hear(*(heard(f"n{n}", sent_at=NOW - timedelta(hours=90 - n)) for n in range(80)))
    phone.hear(heard("about that", quoted_wa_id="FIRST", quoted_text="the first"))
    page = ana.get(f"/chats/{phone.chat.id}")
    quote = page.one(".msg a.quote")
    assert quote.get_text(strip=True) == "the first"
    far = ana.get(quote["href"].split("#")[0])
    assert "the first" in far.texts(".msg")[0]
    assert far.select(f"#{quote['data-jump']}")


def test_a_quote_of_what_we_never_saw_still_says_what_was_quoted(shown, heard):
    page = shown(heard("yes", quoted_wa_id="ELSEWHERE", quoted_text="will you come?"))
    assert page.texts(".quote") == ["will you come?"]
    assert page.select("a.quote") == []


def test_an_edit_keeps_what_was_said_before(phone, shown, heard):
    phone.hear(heard("ten soles", wa_id="A"))
    page = shown(MessageEdited("A", CUSTOMER, "twelve soles", NOW, CUSTOMER))
    assert page.texts(".msg > .text") == ["twelve soles"]
    assert page.texts(".earlier p") == ["ten soles"]
    assert "edited" in page.texts(".meta")[0]


def test_an_order_to_be_paid_says_its_number_and_what_bringing_it_costs(shown, heard):
    page = shown(heard("x", parts=(Part("reference", "P-2041"), Part("shipping", "", "15 PEN"))))
    number, fee = page.texts(".msg .part")
    assert (number, "Shipping" in fee, "15" in fee) == ("Order number: P-2041", True, True)


@pytest.mark.parametrize("told", [(0, 1), (1, 0), (2, 1, 0)])
@pytest.mark.parametrize(
    ("kind", "before", "after", "old", "new"),
    [
        (MessageKind.UNKNOWN, {"named": "event"}, {"named": "event_cancelled"}, "Event ·", "Event cancelled"),
        (MessageKind.POLL, {"options": "rojo", "choices": 1}, {"options": "azul"}, "rojo", "azul"),
        (MessageKind.LOCATION, {"address": "Calle 1"}, {"address": "Calle 2"}, "Calle 1", "Calle 2"),
    ],
)
def test_an_edit_replaces_more_than_words_in_whatever_order(
    shown, phone, ana, heard, told, kind, before, after, old, new
):
    waiting = heard("", wa_id="A", kind=MessageKind.UNKNOWN, details={"type": "waiting"})
    first = heard("Feria", wa_id="A", kind=kind, details={**before, "forwards": 1})
    edited = MessageEdited("A", CUSTOMER, "Feria", NOW, CUSTOMER, details=after, kind=kind)
    shown(*((first, edited, waiting)[at] for at in told))
    phone.work()
    page = ana.get(f"/chats/{phone.chat.id}")
    bubble = page.texts(".msg")[0]
    assert (new in bubble, old in bubble) == (True, False)
    assert "edited" in page.texts(".meta")[0]
    assert page.select(".msg .forwarded") or "Forwarded" in bubble


def test_a_deletion_says_who(phone, shown, heard):
    phone.hear(heard("theirs", wa_id="A"), heard("ours", wa_id="B", from_me=True))
    page = shown(MessageRevoked("A", CUSTOMER, NOW, CUSTOMER), MessageRevoked("B", CUSTOMER, NOW, None, True))
    assert page.texts(".msg .media") == ["Deleted by its sender", "Deleted by us"]
    assert "theirs" not in page.text


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        (("offered", "ended"), "Missed call"),
        (("ended", "offered", "answered"), "answered on the phone"),
        (("offered", "declined", "ended"), "declined on the phone"),
    ],
)
def test_a_call_is_one_bubble(shown, phone, stages, words):
    page = shown(*(CallHeard("9", CUSTOMER, stage, NOW) for stage in stages))
    assert [words in text for text in page.texts(".msg")] == [True]
    assert phone.chat.last_kind == "call"


def test_a_group_shows_who_wrote_and_takes_its_name(phone, heard, ana):
    phone.hear(heard("hello all", chat=GROUP, sender=CUSTOMER, push_name="Rosa"))
    phone.hear(GroupNamed(GROUP, "Neighbours <b>", NOW))
    page = ana.get(f"/chats/{phone.chat.id}")
    assert page.texts(".msg .author") == ["Rosa"]
    assert page.texts(".chat-row b") == ["Neighbours <b>"]


def test_history_is_read_and_tells_nobody(phone, heard, ana):
    old = [
        heard(
            f"old {n}", wa_id=f"H{n}", sent_at=NOW - timedelta(days=30 - n), history=True, from_me=n % 2 == 1
        )
        for n in range(6)
    ]
    phone.hear(*old)
    phone.hear(*old)
    assert [m.body for m in phone.messages] == [f"old {n}" for n in range(6)]
    assert (phone.chat.unread, phone.chat.waiting_since, phone.chat.lead_due_at) == (0, None, None)
    phone.hear(heard("new"))
    assert (phone.chat.unread, phone.chat.lead_due_at) == (1, None), "who spoke before linking is no stranger"


def test_what_is_said_now_does_not_wait_for_history(phone, heard):
    phone.store(*(heard(f"old {n}", history=True, sent_at=NOW - timedelta(days=9)) for n in range(3)))
    phone.store(heard("now"))
    assert phone.work() == 4
    first = min(phone.messages, key=lambda message: message.id)
    assert first.body == "now"


def test_what_could_not_be_read_is_filled_in_when_it_comes_again(phone, shown, heard):
    phone.hear(heard("", wa_id="A", kind=MessageKind.UNKNOWN, details={"type": "waiting"}))
    page = shown(heard("now you can", wa_id="A", kind=MessageKind.IMAGE, file=file_of("photo", "x")))
    (message,) = phone.messages
    assert (message.kind, message.body, phone.chat.unread) == ("image", "now you can", 1)
    assert "Downloading…" in page.texts(".msg")[0]


def test_sixty_four_kilobytes_of_marks_are_a_letter_with_four(phone, shown, heard):
    text = "Z" + "\u0301\u0e31\u0300" * 21_000 + " end"
    page = shown(heard(text, wa_id="LONG"), heard("after it"))
    assert len(page.text) < 60_000
    assert page.texts(".msg .text") == ["Z\u0301\u0e31\u0300\u0301 end", "after it"]
    assert phone.messages[0].body == page.texts(".msg .text")[0]


def test_sixty_four_kilobytes_of_words_are_cut_and_shown_when_asked(shown, heard, ana):
    page = shown(heard("word " * 13_000 + "end", wa_id="LONG"), heard("after it"))
    assert len(page.text) < 60_000
    (more,) = [a for a in page.select(".msg .text a") if a.get_text() == "Show all"]
    assert ana.get(more["href"]).texts(".text.whole")[0].endswith("end")
    assert page.texts(".msg .text")[1] == "after it"
    assert len(page.texts(".chat-row p")[0]) < 400


def test_markup_in_every_field_stays_words(shown, heard, ana):
    evil = '<img src=x onerror="alert(1)">'
    page = shown(
        heard(evil, push_name=evil, quoted_wa_id="Q", quoted_text=evil),
        heard(
            evil,
            kind=MessageKind.DOCUMENT,
            file=file_of("paper", "x", name=evil),
            details={"file_name": evil},
        ),
        heard(evil, kind=MessageKind.POLL, details={"options": evil}),
        heard(evil, kind=MessageKind.CONTACT, details={"vcard": CARD.replace("Ana Ruiz", evil)}),
        heard(evil, kind=MessageKind.LOCATION, details={"latitude": 1.0, "longitude": 2.0, "address": evil}),
        heard(evil, kind=MessageKind.UNKNOWN, details={"type": evil}),
        heard("", kind=MessageKind.VOICE, details={"waveform": evil}, file=file_of("voice", "x")),
    )
    assert page.select(".msg img, .msg script, .chat-row img") == []
    assert page.text.count("onerror") == page.text.count("onerror=&#34;") + page.text.count("onerror%3D")
