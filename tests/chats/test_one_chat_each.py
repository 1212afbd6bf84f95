"""One person on one number is one chat: what WhatsApp tells joins two, whatever it is told by, and a person may undo it."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind, NumberFound, Reaction, Receipt
from clarin_web.models import Chat, ChatMerge, Contact, Draft, FactRow, Message, Tag, Tagging

from .conftest import CUSTOMER, LID, message

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BRAZIL = Address(Kind.USER, "5511987654321"), Address(Kind.USER, "551187654321")
MEXICO = Address(Kind.USER, "525512345678"), Address(Kind.USER, "5215512345678")
ARGENTINA = Address(Kind.USER, "5491123456789"), Address(Kind.USER, "541123456789")


def at(minutes):
    return START + timedelta(minutes=minutes)


def do(phone, *statements):
    with tenant(phone.account_id), transaction():
        for statement in statements:
            execute(statement)
    release()


def two_chats(phone, bruno):
    """Under the phone and under the private id; one message came in both."""
    phone.hear(
        message("uno", wa_id="A", sent_at=at(1)),
        message("dos", wa_id="B", sent_at=at(2), chat=LID),
        message("ambos", wa_id="C", sent_at=at(3)),
        message("ambos", wa_id="C", sent_at=at(3), chat=LID),
        message("tres", wa_id="D", sent_at=at(4), chat=LID),
        Reaction("C", LID, LID, "👍", at(5)),
    )
    (one, other) = phone.rows(Chat)
    about = {"account_id": phone.account_id}
    tag = {**about, "name": "vip", "name_key": "vip"}
    do(phone, insert(Tag).values(tag))
    tag_id = phone.one(Tag).id
    draft = {**about, "user_id": bruno.user_id, "chat_id": other.id, "kind": "answer", "body": "casi"}
    do(
        phone,
        insert(Tagging).values(**about, tag_id=tag_id, chat_id=other.id),
        insert(Draft).values(draft),
        update(Chat).where(Chat.id == other.id).values(owner_id=bruno.user_id),
    )
    return one.id, other.id


PAIR = {"chat": LID, "chat_alt": CUSTOMER}


def test_two_chats_become_one_with_all_that_was_said(phone, bruno):
    one, other = two_chats(phone, bruno)
    phone.hear(message("cuatro", wa_id="E", sent_at=at(6), **PAIR))
    chat = phone.chat
    assert (chat.id, chat.key, chat.lid, chat.owner_id) == (one, CUSTOMER.key, LID.value, bruno.user_id)
    assert (chat.unread, chat.waiting_since, chat.last_preview) == (5, at(1), "cuatro")
    assert [(m.wa_id, m.body) for m in phone.messages] == [
        ("A", "uno"), ("B", "dos"), ("C", "ambos"), ("D", "tres"), ("E", "cuatro"),
    ]  # fmt: skip
    assert phone.one(Message, Message.wa_id == "C").reactions == {LID.key: "👍"}
    assert (phone.one(Draft).chat_id, phone.one(Tagging).chat_id) == (one, one)
    assert len(phone.contacts) == 1
    assert phone.count(FactRow, FactRow.kind == "ChatsJoined") == 1
    assert phone.one(ChatMerge).loser_id == other


def test_the_old_address_leads_on(phone, bruno, carla):
    one, other = two_chats(phone, bruno)
    phone.hear(message("cuatro", **PAIR))
    assert bruno.get(f"/chats/{other}").location == f"/chats/{one}"
    assert bruno.get(f"/chats/{other}/messages?more=1").location == f"/chats/{one}/messages?more=1"
    assert bruno.htmx_get(f"/chats/{other}/messages").headers["HX-Redirect"] == f"/chats/{one}"
    written = bruno.post(f"/chats/{other}/messages", {"body": "hola", "client_id": "click-0001"})
    assert (written.status, written.location) == (307, f"/chats/{one}/messages"), "with all that was typed"
    assert (carla.get(f"/chats/{other}").status, bruno.get("/chats/999999").status) == (404, 404)


def test_ana_takes_them_apart_and_they_stay_apart(phone, ana, bruno, carla):
    one, other = two_chats(phone, bruno)
    phone.hear(message("cuatro", wa_id="E", sent_at=at(6), **PAIR))
    door = f"/chats/joinings/{phone.one(ChatMerge).id}/undoing"
    assert door not in bruno.get(f"/chats/{one}").text
    assert (bruno.post(door).status, carla.post(door).status) == (403, 404)
    assert door in ana.get(f"/chats/{one}").text
    assert ana.post(door).location == f"/chats/{other}"
    assert {m.body: m.chat_id for m in phone.messages} == {
        "uno": one, "ambos": one, "cuatro": one, "dos": other, "tres": other,
    }  # fmt: skip
    chats = {chat.id: chat for chat in phone.rows(Chat)}
    assert (chats[one].key, chats[one].last_preview) == (CUSTOMER.key, "cuatro")
    assert (chats[other].key, chats[other].last_preview) == (LID.key, "tres")
    assert chats[one].contact_id != chats[other].contact_id
    assert (phone.one(Draft).chat_id, phone.one(Tagging).chat_id) == (other, other)
    assert ana.get(f"/chats/{other}").status == 200
    assert ana.post(door).status == 409
    phone.hear(message("cinco", **PAIR), message("seis", chat=LID))
    assert len(phone.rows(Chat)) == len(phone.contacts) == 2
    assert phone.one(Message, Message.body == "seis").chat_id == other


@pytest.mark.parametrize("asked, found", [BRAZIL, BRAZIL[::-1], MEXICO, ARGENTINA])  # noqa: PT006
def test_who_answers_under_another_form_of_the_number_is_the_same(phone, asked, found):
    phone.hear(message("Buenas", chat=asked, from_me=True), message("Hola", chat=found))
    assert (phone.chat.key, len(phone.messages), len(phone.contacts)) == (found.key, 2, 1)
    phone.hear(Receipt((phone.messages[0].wa_id,), "read", at(9), asked))
    assert phone.messages[0].state == "read"


@pytest.mark.parametrize("found", [BRAZIL[1], LID])
def test_whatsapp_is_asked_and_names_another_address(phone, found):
    """Two chats had begun; the answer says that they are one person's."""
    phone.hear(message("Buenas", chat=BRAZIL[0], from_me=True), message("¿Quién es?", chat=found))
    phone.hear(NumberFound(BRAZIL[0], found, at(1)))
    assert (phone.chat.key, len(phone.messages), len(phone.contacts)) == (found.key, 2, 1)
    assert phone.contacts[0].phone == "+5511987654321"


def test_a_new_number_of_the_same_person_goes_on_in_their_chat(phone):
    new = Address(Kind.USER, "51955000111")
    phone.hear(message("1", **PAIR), message("2", chat=new), message("3", chat=LID, chat_alt=new))
    assert (phone.chat.key, [m.body for m in phone.messages]) == (new.key, ["1", "2", "3"])
    assert len(phone.contacts) == 1


def test_on_the_accounts_other_numbers_too(phone, linked, bruno):
    other = linked(phone.account_id, "Sur", "+51911222444")
    other.hear(message("por teléfono"), message("por id", chat=LID))
    assert phone.count(Chat) == 2
    phone.hear(message("hola", **PAIR))
    assert {chat.device_id for chat in phone.rows(Chat)} == {phone.device_id, other.device_id}
    assert phone.count(Chat) == 2


def test_two_numbers_of_one_contact_stay_two_chats(phone):
    """Each is answered where it wrote."""
    second = Address(Kind.USER, "51955000111")
    phone.hear(message("1"), message("2", chat=second))
    chats = phone.rows(Chat)
    do(phone, update(Chat).values(contact_id=chats[0].contact_id))
    phone.hear(message("3"), message("4", chat=second))
    assert [chat.key for chat in phone.rows(Chat)] == [CUSTOMER.key, second.key]


STORY = (
    message("a", wa_id="A", sent_at=at(1), chat=BRAZIL[0]),
    message("b", wa_id="B", sent_at=at(2), chat=LID),
    message("c", wa_id="C", sent_at=at(3), chat=LID, chat_alt=BRAZIL[1]),
    message("d", wa_id="D", sent_at=at(4), chat=BRAZIL[1], from_me=True),
    message("e", wa_id="E", sent_at=at(5), chat=LID),
    Receipt(("D",), "read", at(6), LID),
    Reaction("B", BRAZIL[1], BRAZIL[1], "👍", at(7)),
    NumberFound(BRAZIL[0], BRAZIL[1], at(2)),
)


def ended(phone, story):
    with tenant(phone.account_id), transaction():
        for model in (ChatMerge, Message, Chat, Contact):
            execute(model.__table__.delete())
    release()
    for event in story:
        phone.hear(event)
    phone.work()
    with tenant(phone.account_id):
        said = execute(select(Message.wa_id, Message.body, Message.state).order_by(Message.at)).all()
        chat = execute(select(Chat.lid, Chat.unread, Chat.last_preview, Chat.waiting_since)).one()
    release()
    return [tuple(row) for row in said], tuple(chat), len(phone.contacts)


@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_they_end_as_one(phone, seed):
    order = list(itertools.chain(STORY, random.Random(seed).choices(STORY, k=2)))
    random.Random(seed).shuffle(order)
    assert ended(phone, order) == ended(phone, STORY)


def test_who_was_writing_in_both_loses_no_word(phone, bruno):
    one, _ = two_chats(phone, bruno)
    do(
        phone,
        insert(Draft).values(
            account_id=phone.account_id, user_id=bruno.user_id, chat_id=one, kind="answer", body="hola"
        ),
    )
    phone.hear(message("cuatro", wa_id="E", sent_at=at(6), **PAIR))
    assert (phone.one(Draft).chat_id, phone.one(Draft).body) == (one, "hola\n\ncasi")
