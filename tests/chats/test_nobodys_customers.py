"""Who can be no customer is none (domain rule 3): WhatsApp's own numbers, our own, and names that name nobody."""

import base64
from pathlib import Path

import pytest

from clarin_web.devices.gateway import Address, CallHeard, Kind
from clarin_web.devices.neonize_gateway import mapping
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.models import Chat, Contact, Lead, WhatsappEvent

from .conftest import GROUP, message

CASES = Path(__file__).parents[1] / "support" / "whatsapp_cases"
SERVICES = (
    "0",
    "16505361212",
    "13135550002",
    "13135550123",
    "13165550012",
    "server",
    "00",
    "051987654321",
    "12",
)


def case(name: str) -> bytes:
    return base64.b64decode((CASES / f"{name}.b64").read_text())


def test_whatsapps_own_numbers_are_nobodys_chat(phone):
    """Live, in history, answered on the phone, under a private id, calling."""
    for at, digits in enumerate(SERVICES):
        number, lid = Address(Kind.USER, digits), Address(Kind.LID, f"77700077700{at}")
        phone.store(
            message("Código: 000-000", chat=number, push_name="WhatsApp"),
            message("Bienvenido", chat=number, history=True),
            message("hola", chat=number, from_me=True),
            message("hola", chat=lid, chat_alt=number),
            CallHeard(f"c{at}", number, "ended", message().sent_at),
        )
    phone.work()
    assert (phone.count(Chat), phone.count(Contact), phone.count(Lead)) == (0, 0, 0)
    assert phone.count(WhatsappEvent, WhatsappEvent.processed_at.is_(None)) == 0


def test_a_notice_of_whatsapp_as_neonize_tells_it(phone):
    phone.store(raw=case("13_whatsapps_own_service_number"), kind="neonize.message")
    phone.work()
    assert (phone.count(Chat), phone.count(Contact), phone.count(Lead)) == (0, 0, 0)


def test_meta_ai_speaks_in_a_group_and_is_nobody(phone):
    asked = Address(Kind.USER, "13135550002")
    phone.hear(message("Soy Meta AI", chat=GROUP, sender=asked, push_name="Meta AI"))
    assert (phone.messages[0].sender_name, phone.chat.kind, phone.identities) == ("Meta AI", "group", set())


def told(chat: str, sender: str, *, me: bool = False, alt: str = "@") -> list[object]:
    """What `decode` makes of a text in this chat by this sender."""
    event, _ = load()
    said = event.Message.FromString(case("14_push_name_without_letters"))
    source = said.Info.MessageSource
    for jid, text in ((source.Chat, chat), (source.Sender, sender), (source.SenderAlt, alt)):
        jid.User, jid.Server = text.split("@")
    source.IsFromMe, source.IsGroup = me, chat.endswith("g.us")
    return mapping.decode("message", said.SerializePartialToString())


@pytest.mark.parametrize(
    ("chat", "sender", "more"),
    [
        ("51911222333@s.whatsapp.net", "51911222333@s.whatsapp.net", {"me": True}),
        ("555111@lid", "555111@lid", {"me": True}),
        ("555111@lid", "51911222333@s.whatsapp.net", {"me": True, "alt": "555111@lid"}),
        ("867051314767696@bot", "867051314767696@bot", {}),
        ("status@broadcast", "51987654321@s.whatsapp.net", {}),
        ("120363@newsletter", "120363@newsletter", {}),
        ("5198@interop", "5198@interop", {}),
        ("1234567@msgr", "1234567@msgr", {}),
    ],
)
def test_what_is_no_chat_of_ours(chat, sender, more):
    assert told(chat, sender, **more) == []


def test_an_assistant_is_heard_in_groups():
    (said,) = told("120363041234567890@g.us", "867051314767696@bot")
    assert said.sender == Address(Kind.LID, "867051314767696")


def test_a_push_name_that_names_nobody_stands_beside_the_phone(phone, bruno):
    phone.store(raw=case("14_push_name_without_letters"), kind="neonize.message")
    phone.work()
    assert (phone.chat.name, phone.contacts[0].names) == ("+51 900 000 014 · ~", {"push": "~"})
    assert bruno.get("/chats").texts(".chat-row b") == ["+51 900 000 014 · ~"]
    phone.hear(message("soy Rosa", chat=Address(Kind.USER, "51900000014"), push_name="Rosa"))
    assert phone.chat.name == "Rosa"
    phone.hear(message("soy yo", chat=Address(Kind.USER, "51900000014"), push_name="🌸"))
    assert phone.chat.name == "+51 900 000 014 · 🌸", "they call themselves otherwise now"


def test_in_a_group_too(phone):
    member = Address(Kind.USER, "51955111222")
    phone.hear(
        message("1", chat=GROUP, sender=member, push_name="~"),
        message("2", chat=GROUP, sender=Address(Kind.LID, "12345671234"), push_name="."),
    )
    assert {m.body: m.sender_name for m in phone.messages} == {"1": "+51 955 111 222 · ~", "2": "."}
