"""Mentions bear names, wherever the words are shown; where a name is learned later, from then on."""

from datetime import UTC, datetime, timedelta

import pytest

from clarin_web.contacts.actions import rename_contact
from clarin_web.db import release, tenant
from clarin_web.devices.gateway import Address, Kind, MessageEdited, PersonNamed
from clarin_web.devices.mentions import mark_mentions
from clarin_web.devices.message_parts import Part
from clarin_web.models import Chat, Device, UnnamedMention

from .conftest import GROUP, message
from .test_nobodys_customers import case

BETO, ANA = Address(Kind.LID, "211000000000001"), Address(Kind.USER, "51900000001")
HIDDEN = "@211000000000001@lid"
NOW = datetime.now(UTC) - timedelta(hours=1)


def from_beto(**more):
    return message("hola a todos", chat=GROUP, sender=BETO, push_name="Beto Sin Número", **more)


def asks(text=f"{HIDDEN} ¿puedes?", **more):
    return message(text, **{"chat": GROUP, "sender": ANA, "push_name": "Ana", **more})


def test_as_neonize_tells_it(phone, bruno):
    for name in ("12a_group_member_by_lid", "12b_mention_of_that_lid"):
        phone.store(raw=case(name), kind="neonize.message")
    phone.work()
    assert phone.messages[-1].body == "@Beto Sin Número ¿puedes?"
    page = bruno.get(f"/chats/{phone.chat.id}")
    assert "@Beto Sin Número ¿puedes?" in page.texts(".msg .text")
    assert phone.chat.last_preview == "@Beto Sin Número ¿puedes?"


def test_a_name_that_is_learned_later_is_right_from_then_on(phone):
    phone.hear(
        asks(wa_id="A", sent_at=NOW),
        asks(
            "sí, eso",
            wa_id="B",
            sent_at=NOW + timedelta(seconds=1),
            quoted_wa_id="A",
            quoted_text=f"{HIDDEN} ¿puedes?",
        ),
        MessageEdited("A", GROUP, f"{HIDDEN} ¿podrías?", NOW + timedelta(minutes=1), ANA),
        asks(wa_id="C", sent_at=NOW + timedelta(minutes=2)),
    )
    said = {m.wa_id: m for m in phone.messages}
    assert (said["A"].body, said["B"].quoted_preview) == ("@… ¿podrías?", "@… ¿puedes?")
    assert phone.chat.last_preview == "@… ¿puedes?"
    phone.hear(from_beto(sent_at=NOW - timedelta(minutes=5)))
    said = {m.wa_id: m for m in phone.messages}
    assert said["A"].body == "@Beto Sin Número ¿podrías?"
    assert said["A"].extra["original"] == "@Beto Sin Número ¿puedes?"
    assert said["B"].quoted_preview == "@Beto Sin Número ¿puedes?"
    assert phone.chat.last_preview == "@Beto Sin Número ¿puedes?"
    assert phone.rows(UnnamedMention) == []


def test_what_stands_below_the_words_bears_names_too(phone):
    phone.hear(asks("Hola", wa_id="A", parts=(Part("small", f"de {HIDDEN}"),)))
    assert phone.messages[0].extra["parts"] == [["small", "de @…", ""]]
    phone.hear(from_beto())
    assert phone.messages[0].extra["parts"] == [["small", "de @Beto Sin Número", ""]]


@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize(
    "learned",
    [
        lambda: message("soy Rosa", push_name="Rosa", chat=Address(Kind.USER, "51987654321")),
        lambda: message("yo", push_name="Rosa", chat=GROUP, sender=Address(Kind.USER, "51987654321")),
        lambda: PersonNamed(Address(Kind.USER, "51987654321"), "", "Rosa", NOW),
    ],
)
def test_by_whatever_it_is_learned_and_in_any_order(phone, learned, history):
    mention = asks("@51987654321@wa ven", wa_id="M", history=history)
    phone.hear(mention)
    (before,) = [m.body for m in phone.messages if m.wa_id == "M"]
    assert before == "@+51 987 654 321 ven"
    phone.hear(learned())
    assert [m.body for m in phone.messages if m.wa_id == "M"] == ["@Rosa ven"]
    phone.hear(asks("@51987654321@wa otra vez", wa_id="N"))
    assert [m.body for m in phone.messages if m.wa_id == "N"] == ["@Rosa otra vez"]


def test_a_pair_learned_names_the_private_id(phone):
    rosa = Address(Kind.USER, "51987654321")
    phone.hear(message("hola", chat=rosa, push_name="Rosa"), asks(wa_id="M"))
    assert [m.body for m in phone.messages if m.wa_id == "M"] == ["@… ¿puedes?"]
    phone.hear(message("otra vez", chat=BETO, chat_alt=rosa, push_name="Rosa"))
    assert [m.body for m in phone.messages if m.wa_id == "M"] == ["@Rosa ¿puedes?"]


def test_what_staff_calls_them_wins(phone):
    rosa = Address(Kind.USER, "51987654321")
    phone.hear(message("hola", chat=rosa, push_name=""), asks("@51987654321@wa ven", wa_id="M"))
    chat = phone.one(Chat, Chat.kind == "user")
    with tenant(phone.account_id):
        rename_contact(phone.account_id, chat.contact_id, "Doña Rosa", by=1)
    release()
    assert [m.body for m in phone.messages if m.wa_id == "M"] == ["@Doña Rosa ven"]


def test_our_own_number_is_called_as_we_call_it(phone):
    own = Address(Kind.LID, "777888999000")
    phone.hear(
        message("yo", chat=GROUP, sender=own, sender_alt=Address(Kind.USER, "51911222333"), from_me=True)
    )
    assert phone.one(Device).lid == own.value
    phone.hear(asks("@51911222333@wa y @777888999000@lid"), message("a mí mismo", chat=own))
    assert phone.messages[-1].body == "@Ventas y @Ventas"
    assert len(phone.contacts) == 1, "the group: our own private id is nobody's"


def test_several_unknown_people_are_told_apart(phone):
    phone.hear(asks(f"{HIDDEN} y @311000000000002@lid", wa_id="M"))
    assert phone.messages[0].body == "@… y @…2"
    phone.hear(message("aquí", chat=GROUP, sender=Address(Kind.LID, "311000000000002"), push_name="Caro"))
    phone.hear(from_beto())
    assert [m.body for m in phone.messages if m.wa_id == "M"] == ["@Beto Sin Número y @Caro"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@211000000000001 ven", "@211000000000001@lid ven"),
        ("a@211000000000001, ¿sí?", "a@211000000000001@lid, ¿sí?"),
        ("@2110000000000012 no", "@2110000000000012 no"),
        ("@51900000001 y @todos", "@51900000001@wa y @todos"),
        ("@120363041234567890@g.us", "@Ferreteros"),
        ("@120363000000000000@g.us", "@…"),
        ("correo@ejemplo.com", "correo@ejemplo.com"),
    ],
)
def test_only_whom_whatsapp_names_is_marked(text, shown):
    assert mark_mentions(text, [BETO, ANA], {"120363041234567890": "Ferreteros"}) == shown
