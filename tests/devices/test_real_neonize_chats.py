"""The real neonize client in its real process, against a WhatsApp of ours: what people write to each other.

One number is linked for the whole file; every story brings its own customer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from clarin_web.db import release
from tests.support.whatsapp_line import Line, a_line, a_whatsapp
from tests.support.whatsapp_server.people import Person, contents
from tests.support.world import wipe

from .conftest import PHONE, an_office

pytestmark = [pytest.mark.linux, pytest.mark.xdist_group("whatsapp-chats"), pytest.mark.shared_world]
Guest = Callable[[], Person]


@pytest.fixture(scope="module")
def line(own_world: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with a_whatsapp(tmp_path_factory.mktemp("whatsapp")) as server:
        with an_office() as office, a_line(office, server) as made:
            made.server.welcome(PHONE, "María")
            made.link()
            yield made
    release()
    wipe()


@pytest.fixture
def maria(line: Line) -> Person:
    """She has a chat already, to which sellers write."""
    return line.server.people[1]


@pytest.fixture(scope="module")
def guest(line: Line) -> Guest:
    """Somebody who never wrote before."""
    numbers = itertools.count(51911111110)
    return lambda: line.server.welcome(str(next(numbers)), "Rosa")


def test_a_customers_text_arrives_and_is_confirmed(line: Line, guest: Guest) -> None:
    rosa = guest()
    wa_id = line.server.write(rosa, contents().Message(conversation="¿precio? 🙂"))
    (row,) = line.until(lambda: line.heard(wa_id))
    assert (row.body, row.kind, row.key) == ("¿precio? 🙂", "text", rosa.phone)
    assert line.until(lambda: [node for node in line.server.confirmed if node.get("id") == wa_id])


def test_a_text_reaches_the_customer_and_its_ticks_the_database(line: Line, maria: Person) -> None:
    message_id = line.send("hola *María*")
    sent = line.until(lambda: (row := line.message(message_id)).state == "sent" and row)
    assert (maria.received[-1].wa_id, maria.received[-1].text) == (sent.wa_id, "hola *María*")
    for tick, state in (("", "delivered"), ("read", "read")):
        line.server.tick(maria, sent.wa_id, tick)
        line.until(lambda state=state: line.message(message_id).state == state)
    line.server.tick(maria, sent.wa_id)
    marker = line.server.write(maria, contents().Message(conversation="ok"))
    line.until(lambda: line.heard(marker))
    assert line.message(message_id).state == "read", "a late receipt took a tick back"


def test_what_a_seller_sends_carries_no_label_of_a_bot(line: Line, maria: Person) -> None:
    message_id = line.send("soy una persona")
    line.until(lambda: line.message(message_id).state == "sent")
    assert line.server.companion
    assert line.server.companion.line
    (said,) = [node for node in line.server.companion.line.log if node.get("id") == line.server.sent[-1]]
    assert [child.tag for child in said if child.tag in ("bot", "biz")] == []


def test_the_owners_phone_shows_what_a_seller_sent(line: Line) -> None:
    message_id = line.send("desde el escritorio")
    line.until(lambda: line.message(message_id).state == "sent")
    copy = line.server.owner.received[-1].message.deviceSentMessage
    assert copy.message.conversation == "desde el escritorio"


def test_the_same_message_twice_is_one_row(line: Line, guest: Guest) -> None:
    rosa = guest()
    for _ in range(2):
        line.server.write(rosa, contents().Message(conversation="una vez"), wa_id="3EB0D0B1E")
    last = line.server.write(rosa, contents().Message(conversation="otra"))
    line.until(lambda: line.heard(last))
    assert [row.body for row in line.heard("3EB0D0B1E")] == ["una vez"]


def test_answers_quote_the_same_message_on_both_sides(line: Line, maria: Person) -> None:
    asked = line.server.write(maria, contents().Message(conversation="¿azul o rojo?"))
    line.until(lambda: line.heard(asked))
    message_id = line.send("azul", quoted_wa_id=asked, quoted_preview="¿azul o rojo?")
    sent = line.until(lambda: (row := line.message(message_id)).state == "sent" and row)
    quote = maria.received[-1].message.extendedTextMessage.contextInfo
    assert (quote.stanzaID, quote.quotedMessage.conversation) == (asked, "¿azul o rojo?")
    answer = contents().Message(
        extendedTextMessage=contents().ExtendedTextMessage(
            text="perfecto", contextInfo=contents().ContextInfo(stanzaID=sent.wa_id)
        )
    )
    heard = line.server.write(maria, answer)
    (row,) = line.until(lambda: line.heard(heard))
    assert (row.body, row.quoted_wa_id) == ("perfecto", sent.wa_id)


def test_a_customer_who_shows_only_a_private_id_is_the_same_chat(line: Line, guest: Guest) -> None:
    rosa = guest()
    first = line.server.write(rosa, contents().Message(conversation="con número"))
    hidden = {"from": rosa.lid, "sender_pn": rosa.jid, "addressing_mode": "lid"}
    second = line.server.write(rosa, contents().Message(conversation="sin número"), **hidden)
    line.until(lambda: line.heard(second))
    assert {row.key for wa_id in (first, second) for row in line.heard(wa_id)} == {rosa.phone}


def test_what_the_owner_writes_on_the_phone_is_ours(line: Line, guest: Guest) -> None:
    rosa = guest()
    said = contents().DeviceSentMessage(
        destinationJID=str(rosa.jid), message=contents().Message(conversation="te llamo yo")
    )
    message = contents().Message(deviceSentMessage=said)
    wa_id = line.server.write(line.server.owner, message, recipient=rosa.jid)
    (row,) = line.until(lambda: line.heard(wa_id))
    assert (row.body, row.key, row.direction) == ("te llamo yo", rosa.phone, "out")
