"""What WhatsApp says becomes contacts, chats and messages: once, in order, whatever is repeated or late."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from clarin_web.contacts.actions import rename_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import (
    Address,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    Reaction,
    Receipt,
)
from clarin_web.events import Actor
from clarin_web.models import Chat, Contact, Device, Lead, Message, WhatsappEvent

CUSTOMER = Address(Kind.USER, "51987654321")
LID = Address(Kind.LID, "99887766554433")
GROUP = Address(Kind.GROUP, "120363041234567890")
NOW = datetime.now(UTC)


def test_a_stranger_writes_and_is_in_the_inbox(phone, heard, bruno, carla):
    phone.hear(heard("Hola, ¿tienen *taladros*?"))
    chat = phone.chat
    assert (chat.name, chat.key, chat.unread, chat.last_preview) == (
        "Rosa",
        "51987654321",
        1,
        "Hola, ¿tienen taladros?",
    )
    assert chat.waiting_since is not None
    assert phone.identities == {("phone", "+51987654321"), ("wa_pn", "51987654321")}
    assert bruno.get("/chats").texts(".chat-row b") == ["Rosa"]
    assert carla.get("/chats").select(".chat-row") == []


def test_the_same_event_twice_changes_nothing(phone, heard):
    event = heard()
    phone.hear(event, event)
    phone.hear(event)
    assert len(phone.messages) == 1
    assert phone.chat.unread == 1


def test_messages_out_of_order_are_shown_in_order(phone, heard):
    phone.hear(heard("second", sent_at=NOW), heard("first", sent_at=NOW - timedelta(hours=1)))
    assert [m.body for m in phone.messages] == ["first", "second"]
    assert phone.chat.last_preview == "second"


def test_a_phone_whose_clock_is_ahead_does_not_stay_on_top(phone, heard):
    phone.hear(heard(sent_at=NOW + timedelta(days=300)))
    assert phone.messages[0].at <= datetime.now(UTC)


def test_our_own_number_never_becomes_a_contact(phone, heard):
    phone.hear(heard(chat=Address(Kind.USER, "51911222333")))
    assert phone.contacts == []
    assert phone.count(WhatsappEvent, WhatsappEvent.processed_at.is_(None)) == 0


def test_an_answer_typed_on_the_phone_ends_the_waiting(phone, heard):
    phone.hear(heard(sent_at=NOW - timedelta(minutes=1)), heard("Claro", from_me=True, sent_at=NOW))
    assert phone.chat.waiting_since is None
    assert phone.chat.unread == 0
    assert [(m.direction, m.state) for m in phone.messages] == [("in", ""), ("out", "sent")]


def test_groups_are_chats_and_never_people(phone, heard):
    phone.hear(heard("hola a todos", chat=GROUP, sender=CUSTOMER, details={"group_name": "Ferreteros"}))
    assert (phone.chat.kind, phone.chat.name) == ("group", "Ferreteros")
    assert phone.identities == set()
    assert phone.messages[0].sender_name == "Rosa"
    assert phone.count(Lead) == 0


def test_a_member_of_a_group_is_named_as_we_know_them(phone, heard):
    """By what staff typed, else by the name they give themselves, else by the phone, else at least told apart."""
    phone.hear(heard("soy yo", push_name="Rosa"))
    with tenant(phone.account_id):
        rename_contact(phone.account_id, phone.chat.contact_id, "Rosa, ferretería", by=1)
    release()
    other, hidden = Address(Kind.USER, "51955111222"), Address(Kind.LID, "12345671234")
    phone.hear(
        heard("1", chat=GROUP, sender=CUSTOMER, push_name="Rosi"),
        heard("2", chat=GROUP, sender=other, push_name="Beto"),
        heard("3", chat=GROUP, sender=other, push_name=""),
        heard("4", chat=GROUP, sender=hidden, sender_alt=other, push_name=""),
        heard("5", chat=GROUP, sender=hidden, push_name=""),
        heard("6", chat=GROUP, sender=CUSTOMER, from_me=True),
    )
    said = {m.body: m.sender_name for m in phone.messages if m.body in "123456"}
    assert said == {
        "1": "Rosa, ferretería", "2": "Beto", "3": "+51 955 111 222", "4": "+51 955 111 222",
        "5": "WhatsApp …1234", "6": "",
    }  # fmt: skip


@pytest.mark.parametrize("kind", [k for k in MessageKind if k is not MessageKind.TEXT])
def test_every_kind_of_media_is_a_row_with_a_placeholder(phone, heard, ana, kind):
    phone.hear(heard("", kind=kind, details={"file_name": "<b>x</b>.pdf"}))
    page = ana.get(f"/chats/{phone.chat.id}")
    assert page.status == 200
    assert len(page.select(".msg .media")) == 1


def sent_by_us(phone, heard, **more):
    phone.hear(heard("Buenas", from_me=True, wa_id="OUT1", **more))


def test_ticks_only_move_forward(phone, heard):
    sent_by_us(phone, heard)
    phone.hear(Receipt(("OUT1",), "read", NOW, CUSTOMER), Receipt(("OUT1",), "delivered", NOW, CUSTOMER))
    assert phone.messages[0].state == "read"
    assert phone.chat.last_state == "read"


def test_a_receipt_that_overtook_its_message_waits_for_it(phone, heard):
    phone.hear(heard())
    phone.hear(Receipt(("OUT1",), "read", NOW, CUSTOMER))
    assert phone.count(WhatsappEvent, WhatsappEvent.processed_at.is_(None)) == 1
    sent_by_us(phone, heard)
    phone.work()
    assert phone.one(Message, Message.wa_id == "OUT1").state == "read"
    assert phone.count(WhatsappEvent, WhatsappEvent.processed_at.is_(None)) == 0


def test_a_receipt_for_nothing_is_given_up_after_a_minute(phone):
    phone.store(Receipt(("NEVER",), "read", NOW, CUSTOMER))
    with tenant(phone.account_id), transaction():
        execute(update(WhatsappEvent).values(received_at=NOW - timedelta(minutes=2)))
    release()
    phone.work()
    assert phone.count(WhatsappEvent, WhatsappEvent.processed_at.is_(None)) == 0


def test_reading_on_the_phone_clears_the_count_up_to_there(phone, heard):
    phone.hear(heard("a", wa_id="A"), heard("b", wa_id="B"))
    phone.hear(Receipt(("A",), "read_here", NOW, CUSTOMER))
    assert phone.chat.unread == 1
    phone.hear(Receipt(("B",), "read_here", NOW, CUSTOMER))
    assert phone.chat.unread == 0


def test_reactions_are_one_per_person_and_can_be_taken_back(phone, heard):
    phone.hear(heard(wa_id="A"))
    later = NOW + timedelta(seconds=1)
    phone.hear(Reaction("A", CUSTOMER, CUSTOMER, "❤️", later), Reaction("A", CUSTOMER, CUSTOMER, "👍", NOW))
    assert phone.messages[0].reactions == {"51987654321": "❤️"}
    phone.hear(Reaction("A", CUSTOMER, CUSTOMER, "", later + timedelta(seconds=1)))
    assert phone.messages[0].reactions == {}


def test_the_newest_edit_wins_and_a_deletion_is_final(phone, heard, ana):
    phone.hear(heard("one", wa_id="A"))
    phone.hear(
        MessageEdited("A", CUSTOMER, "three", NOW + timedelta(seconds=2)),
        MessageEdited("A", CUSTOMER, "two", NOW + timedelta(seconds=1)),
    )
    assert phone.messages[0].body == "three"
    assert phone.chat.last_preview == "three"
    phone.hear(
        MessageRevoked("A", CUSTOMER, NOW), MessageEdited("A", CUSTOMER, "four", NOW + timedelta(seconds=9))
    )
    row = phone.messages[0]
    assert (row.kind, row.body, row.extra["original"]) == ("deleted", "", "one")
    assert "one" not in ana.get(f"/chats/{row.chat_id}").texts(".messages")[0]


def test_a_poison_event_is_kept_with_its_error_and_delays_nobody(phone, heard):
    phone.store(raw=b"{not json", kind="simulator.message")
    phone.store(raw=b"x", kind="martian.message")
    phone.store(raw=b"\xff\xff\xff", kind="neonize.message")
    phone.hear(heard("after"))
    assert [m.body for m in phone.messages] == ["after"]
    broken = phone.rows(WhatsappEvent, WhatsappEvent.error != "")
    assert [row.attempts for row in broken] == [3, 3, 3]
    assert all(row.processed_at and row.failed_at and row.error for row in broken)


def test_an_event_that_is_not_about_messages_is_simply_done(phone):
    phone.store(raw=json.dumps({}).encode(), kind="simulator.presence")
    assert phone.work() == 1
    assert phone.work() == 0


def test_a_lid_becomes_one_with_its_phone_when_the_pair_is_learned(phone, heard):
    phone.hear(heard("from the phone", push_name=""))
    phone.hear(heard("from the lid", chat=LID, wa_id="L"))
    provisional = phone.one(Contact, Contact.is_provisional.is_(True))
    assert len(phone.contacts) == 2
    phone.hear(heard("both", chat=LID, chat_alt=CUSTOMER))
    (contact,) = phone.contacts
    assert (contact.is_provisional, contact.phone, contact.name) == (False, "+51987654321", "Rosa")
    assert [merge.loser_id for merge in phone.merges] == [provisional.id]
    assert phone.chat.key == CUSTOMER.value
    assert phone.chat.unread == 3
    assert [m.body for m in phone.messages] == ["from the phone", "from the lid", "both"]


def test_a_lid_whose_phone_is_learned_keeps_its_chat(phone, heard):
    phone.hear(heard(chat=LID))
    chat_id = phone.chat.id
    phone.hear(heard(chat=CUSTOMER, chat_alt=LID))
    assert (phone.chat.id, phone.chat.key) == (chat_id, CUSTOMER.value)
    assert phone.contacts[0].phone == "+51987654321"
    phone.hear(Receipt(("X",), "read", NOW, LID, CUSTOMER))


def test_what_happens_under_a_private_id_finds_the_chat_of_the_phone(phone, heard):
    phone.hear(heard("hi", chat=LID, chat_alt=CUSTOMER, wa_id="A"))
    phone.hear(heard("again", chat=CUSTOMER, chat_alt=LID))
    phone.hear(Reaction("A", LID, LID, "👍", NOW), Receipt(("A",), "read_here", NOW, LID))
    assert phone.messages[0].reactions == {LID.key: "👍"}
    assert phone.chat.unread == 1


def test_one_contact_for_two_devices(phone, heard, linked):
    other = linked(phone.account_id, "Bodega", "+51911222444")
    phone.hear(heard())
    other.hear(heard())
    assert len(phone.contacts) == 1
    assert phone.count(Chat) == 2


def test_a_hostile_message_is_stored_and_shown_harmless(phone, heard, ana):
    text = "e" + "\u0301" * 65_000 + "<script>alert(1)</script>\x00\u202e"
    phone.hear(heard(text, push_name='<img src=x onerror="alert(1)">' + "\u202e" + "x" * 500))
    for url in ("/chats", f"/chats/{phone.chat.id}"):
        page = ana.get(url)
        assert page.select("img, .messages script, .chat-row script") == []
        assert len(page.text) < 100_000


def test_the_device_knows_when_it_last_heard(phone, heard):
    phone.hear(heard(sent_at=NOW))
    assert phone.one(Device).last_in_at == NOW
    assert Actor.whatsapp().kind == "whatsapp"
