"""Many events at once are taken together, and end as if each had come alone; open pages are told once."""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from clarin_web.db import execute, release, tenant
from clarin_web.devices.gateway import Address, Kind, MessageEdited, MessageRevoked, Reaction, Receipt
from clarin_web.models import Chat, Device, Message, WhatsappEvent
from clarin_web.store import redis_connection, verified
from clarin_web.web.timing import counted

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROSA, LUIS = Address(Kind.USER, "51987654321"), Address(Kind.USER, "51912345678")
ROSAS_LID = Address(Kind.LID, "99887766554433")
GROUP = Address(Kind.GROUP, "120363041234567890")


def story(heard):
    """Two customers, one of them under two names, a group, edits, a deletion, a repeat and an event too early."""
    said = [
        heard("Hola", chat=ROSA, wa_id="R1"),
        heard("Buenas", chat=LUIS, wa_id="L1", push_name="Luis"),
        heard("¿Precio?", chat=ROSA, wa_id="R2"),
        MessageEdited("R2", ROSA, "¿Qué precio?", NOON + timedelta(minutes=9)),
        heard(
            "desde el privado", chat=ROSAS_LID, sender=ROSAS_LID, chat_alt=ROSA, sender_alt=ROSA, wa_id="R3"
        ),
        heard("Hola", chat=ROSA, wa_id="R1"),
        Reaction("R1", ROSA, ROSA, "👍", NOON),
        heard("otra", chat=LUIS, wa_id="L2", push_name="Luis Vega"),
        MessageRevoked("L1", LUIS, NOON + timedelta(minutes=9)),
        heard("del grupo", chat=GROUP, sender=LUIS, wa_id="G1"),
        heard("yo, desde el teléfono", chat=ROSA, sender=ROSA, wa_id="R4", from_me=True),
        Receipt(("R4",), "read", NOON, ROSA),
        MessageEdited("nobody-has-it", LUIS, "…", NOON),
        heard("y más", chat=LUIS, wa_id="L3", push_name="Luis Vega"),
    ]
    for number, event in enumerate(said):
        if hasattr(event, "sent_at"):
            object.__setattr__(event, "sent_at", NOON + timedelta(seconds=number))
    return said


def picture(phone):
    """What people would see of the device: its chats, their messages, and what is still waiting."""
    columns = (Chat.key, Chat.name, Chat.unread, Chat.last_preview, Chat.last_state, Chat.waiting_since)
    told = (
        Message.wa_id,
        Message.direction,
        Message.kind,
        Message.body,
        Message.state,
        Message.reactions,
        Message.extra,
    )
    with tenant(phone.account_id):
        chats = execute(select(*columns).where(Chat.device_id == phone.device_id).order_by(Chat.key)).all()
        mine = select(Chat.key, *told).join(Message, Message.chat_id == Chat.id)
        messages = execute(
            mine.where(Chat.device_id == phone.device_id).order_by(Message.at, Message.wa_id)
        ).all()
        waiting = select(WhatsappEvent.error).where(
            WhatsappEvent.device_id == phone.device_id, WhatsappEvent.processed_at.is_(None)
        )
        left = execute(waiting).scalars().all()
        device = execute(
            select(Device.last_in_at, Device.last_out_at).where(Device.id == phone.device_id)
        ).one()
    release()
    return chats, messages, left, device


def test_a_burst_ends_as_if_each_event_had_come_alone(app, account_id, linked, heard):
    with app.app_context():
        slow, fast = linked(account_id, "Lento"), linked(account_id, "Rápido", "+51911222444")
        for event in story(heard):
            slow.hear(event)
        fast.hear(*story(heard))
        alone, together = picture(slow), picture(fast)
    assert together == alone
    assert len(together[1]) == 8
    assert together[2] == ["waits for message nobody-has-it"]


def words(heard):
    """Of people who are known by now: one repeats what they said before, one says a thing twice."""
    said = [heard(f"y {n}", chat=(ROSA, LUIS)[n % 2], wa_id=f"Y{n}") for n in range(8)]
    return [*said[:3], heard("Hola", chat=ROSA, wa_id="R1"), *said[3:], said[5]]


def test_a_burst_of_words_is_a_few_statements_and_ends_as_if_each_had_come_alone(
    app, account_id, linked, heard
):
    with app.app_context():
        slow, fast = linked(account_id, "Lento"), linked(account_id, "Rápido", "+51911222444")
        hello = heard("Hola", chat=ROSA, wa_id="R1"), heard("Hola", chat=LUIS, wa_id="L1")
        said = words(heard)
        for phone in (slow, fast):
            phone.hear(*hello)
        for event in said:
            slow.hear(event)
        fast.store(*said)
        with counted() as tally:
            fast.work()
        alone, together = picture(slow), picture(fast)
    assert together == alone
    assert [chat.unread for chat in together[0]] == [5, 5]
    assert len(tally.statements) <= 26, "one by one they are sixty"


def test_a_broken_event_in_a_burst_costs_only_itself(phone, heard):
    said = story(heard)
    phone.store(*said[:6])
    phone.store(raw=b"{", kind="simulator.message")
    assert phone.hear(*said[6:]) == len(said) + 2, "what lacks its message is tried once more at the end"
    broken = phone.one(WhatsappEvent, WhatsappEvent.raw == b"{")
    assert (broken.attempts, broken.processed_at is not None) == (3, True)
    assert len(phone.messages) == 8


def test_open_pages_are_told_once_for_many_messages(phone, heard):
    phone.hear(heard("Hola", wa_id="first"))
    with redis_connection().pubsub(ignore_subscribe_messages=True) as pages:
        pages.subscribe(f"live:{phone.account_id}")
        pages.get_message(timeout=1)
        phone.hear(*(heard(f"número {number}") for number in range(30)))
        told = []
        while message := pages.get_message(timeout=0.5):
            told.append(json.loads(verified(message["channel"].decode(), message["data"].partition(b" ")[2])))
    chat = phone.chat
    assert told == [{"topics": [f"chat:{chat.id}", "inbox", f"talk:{chat.contact_id}", "home"]}]
    assert phone.chat.unread == 31
