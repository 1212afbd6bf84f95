"""The real neonize client in its real process, against a WhatsApp of ours: what people write to each other.

One number is linked for the whole file; every story brings its own customer.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from collections.abc import Callable, Iterator

import pytest

from clarin_web.db import release
from clarin_web.devices.simulator.files import photo
from clarin_web.media.storage import storage
from tests.support.whatsapp_line import Line, a_line, a_whatsapp
from tests.support.whatsapp_server.nodes import Jid
from tests.support.whatsapp_server.people import Person, contents
from tests.support.whatsapp_server.protos import proto
from tests.support.world import wipe

from .conftest import PHONE, an_office
from .test_bounds import deep

pytestmark = [pytest.mark.linux, pytest.mark.shared_world]
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
    line.until(lambda: wa_id in line.server.receipts("inactive"))


def test_what_neonize_cannot_read_leaves_its_place_and_holds_nothing_up(line: Line, guest: Guest) -> None:
    rosa, more = guest(), contents().Message(conversation="and more")
    wa_id, behind = [line.server.write(rosa, said) for said in (deep(60), more)]
    (place,), _ = line.until(lambda: line.heard(wa_id)), line.until(lambda: line.heard(behind))
    assert (place.kind, place.body, place.key) == ("unknown", "", rosa.phone)


def test_a_text_reaches_the_customer_and_its_ticks_the_database(line: Line, maria: Person) -> None:
    message_id = line.send("hola *María*")
    sent = line.message(message_id)
    assert (maria.received[-1].wa_id, maria.received[-1].text) == (sent.wa_id, "hola *María*")
    for tick, state in (("", "delivered"), ("read", "read")):
        line.server.tick(maria, sent.wa_id, tick)
        line.until(lambda state=state: line.message(message_id).state == state)
    line.server.tick(maria, sent.wa_id)
    marker = line.server.write(maria, contents().Message(conversation="ok"))
    line.until(lambda: line.heard(marker))
    assert line.message(message_id).state == "read", "a late receipt took a tick back"


def test_every_kind_reaches_the_customer_as_phones_write_it(line: Line, maria: Person) -> None:
    line.send("Oficina", kind="location", extra={"latitude": -12.05, "longitude": -77.04})
    place = maria.received[-1].message.locationMessage
    assert (place.name, round(place.degreesLatitude, 2)) == ("Oficina", -12.05)
    line.send("Rosa", kind="contact", extra={"vcard": "BEGIN:VCARD\nFN:Rosa\nEND:VCARD"})
    assert maria.received[-1].message.contactMessage.displayName == "Rosa"
    line.send("¿Cuándo?", kind="poll", extra={"options": "hoy\nmañana", "choices": 1})
    poll = maria.received[-1].message.pollCreationMessageV3
    assert [option.optionName for option in poll.options] == ["hoy", "mañana"]


def test_nobody_is_written_to_who_is_not_on_whatsapp(line: Line) -> None:
    message_id = line.queue("¿hola?", chat_id=line.chat_with("51900000404"))
    failed = line.until(lambda: (row := line.message(message_id)).state == "failed" and row)
    assert failed.failure == "not_on_whatsapp"


def test_deeds_reach_the_customer_and_name_their_message(line: Line, maria: Person) -> None:
    first = line.send("sinco soles")
    wa_id = line.message(first).wa_id
    line.send("👍", kind="reaction", extra={"target": first})
    reaction = maria.received[-1].message.reactionMessage
    assert (reaction.text, reaction.key.ID, reaction.key.fromMe) == ("👍", wa_id, True)
    line.send("cinco soles", kind="edit", extra={"target": first})
    edit = maria.received[-1].message.editedMessage.message.protocolMessage
    assert (edit.key.ID, edit.editedMessage.conversation) == (wa_id, "cinco soles")
    line.send("", kind="revoke", extra={"target": first})
    revoke = maria.received[-1].message.protocolMessage
    assert (revoke.key.ID, revoke.type) == (wa_id, contents().ProtocolMessage.REVOKE)


def test_what_a_seller_sends_carries_no_label_of_a_bot(line: Line, maria: Person) -> None:
    line.send("soy una persona")
    assert line.server.companion
    assert line.server.companion.line
    (said,) = [node for node in line.server.companion.line.log if node.get("id") == line.server.sent[-1]]
    assert [child.tag for child in said if child.tag in ("bot", "biz")] == []


def test_the_owners_phone_shows_what_a_seller_sent(line: Line) -> None:
    line.send("desde el escritorio")
    copy = line.server.owner.received[-1].message.deviceSentMessage
    assert copy.message.conversation == "desde el escritorio"


def test_a_message_that_could_not_be_opened_is_asked_for_again(line: Line, guest: Guest) -> None:
    rosa = guest()
    hello = line.server.write(rosa, contents().Message(conversation="hola"))
    wa_id = line.server.write(rosa, contents().Message(conversation="¿se entiende?"), damaged=True)
    assert [row.body for row in line.until(lambda: line.heard(wa_id))] == ["¿se entiende?"]
    assert [row.body for row in line.heard(hello)] == ["hola"]


def test_what_is_read_is_read_on_both_sides(line: Line, guest: Guest) -> None:
    rosa = guest()
    wa_id = line.server.write(rosa, contents().Message(conversation="¿lo vio?"))
    assert line.until(lambda: line.heard(wa_id))[0].unread == 1
    line.give("clarin_web.devices.jobs.mark_read", rosa.phone, rosa.phone, [wa_id])
    line.until(lambda: line.server.receipts("read") == [wa_id])
    line.server.tick(
        line.server.owner, wa_id, "read-self", **{"from": line.server.owner.jid, "recipient": rosa.jid}
    )
    line.until(lambda: line.heard(wa_id)[0].unread == 0)


def test_a_phone_with_its_ticks_on_says_that_it_read_as_everybody_does(line: Line, guest: Guest) -> None:
    rosa, owner = guest(), line.server.owner
    wa_id = line.server.write(rosa, contents().Message(conversation="¿y esto?"))
    assert line.until(lambda: line.heard(wa_id))[0].unread == 1
    line.server.tick(owner, wa_id, "read", **{"from": owner.jid, "recipient": rosa.jid})
    line.until(lambda: line.heard(wa_id)[0].unread == 0)


def test_the_same_message_twice_is_one_row(line: Line, guest: Guest) -> None:
    rosa = guest()
    for _ in range(2):
        line.server.write(rosa, contents().Message(conversation="una vez"), wa_id="3EB0D0B1E")
    last = line.server.write(rosa, contents().Message(conversation="otra"))
    line.until(lambda: line.heard(last))
    assert [row.body for row in line.heard("3EB0D0B1E")] == ["una vez"]


def test_a_customers_file_is_fetched_by_the_way_of_the_messages(line: Line, guest: Guest) -> None:
    """Through the same proxy, trusting the same authorities, and opened with the key that came in the message."""
    rosa, e2e, data = guest(), contents(), os.urandom(100_000)
    lying = line.server.media.put("document", data)
    document = e2e.DocumentMessage(
        **lying, mimetype="application/pdf", fileName="plano.pdf", caption="el plano"
    )
    wa_id = line.server.write(rosa, e2e.Message(documentMessage=document), type="media")
    (row,) = line.until(lambda: line.heard(wa_id))
    assert (row.kind, row.body) == ("document", "el plano")
    file = line.file(wa_id)
    assert (file.state, file.hash, file.size) == ("ready", hashlib.sha256(data).hexdigest(), len(data))
    assert b"".join(storage().read(line.office.account_id, file.hash, 0, 10**7)) == data


def test_a_file_that_is_gone_is_expired_and_holds_nobody_up(line: Line, guest: Guest) -> None:
    rosa, e2e = guest(), contents()
    lost = line.server.media.put("image", b"gone")
    line.server.media.files.clear()
    wa_id = line.server.write(rosa, e2e.Message(imageMessage=e2e.ImageMessage(**lost, mimetype="image/jpeg")))
    after = line.server.write(rosa, e2e.Message(conversation="¿la viste?"))
    assert line.until(lambda: line.heard(after))
    assert line.file(wa_id).state == "expired"


def test_answers_quote_the_same_message_on_both_sides(line: Line, maria: Person) -> None:
    asked = line.server.write(maria, contents().Message(conversation="¿azul o rojo?"))
    line.until(lambda: line.heard(asked))
    sent = line.message(line.send("azul", quoted_wa_id=asked, quoted_preview="¿azul o rojo?"))
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


def test_what_was_said_before_linking_is_told_by_the_phone(line: Line, guest: Guest) -> None:
    rosa, history = guest(), proto("waHistorySync.WAWebProtobufsHistorySync")
    told = history.HistorySync(syncType=history.HistorySync.RECENT)
    said = told.conversations.add(ID=str(rosa.jid)).messages.add().message
    said.key.ID, said.key.remoteJID = "3EB0BEF0BE", str(rosa.jid)
    said.messageTimestamp = int(time.time()) - 86400
    said.message.conversation = "¿atienden los sábados?"
    line.server.tell_history(told)
    assert line.until(lambda: line.heard("3EB0BEF0BE"))[0].body == "¿atienden los sábados?"


def test_in_a_group_every_message_says_who_wrote_it(line: Line, guest: Guest) -> None:
    rosa, group = guest(), Jid("120363000000000001", "g.us")
    where = {"from": group, "participant": rosa.jid, "participant_lid": rosa.lid}
    wa_id = line.server.write(rosa, contents().Message(conversation="buenas a todos"), **where)
    (row,) = line.until(lambda: line.heard(wa_id))
    assert (row.body, row.key, row.sender_key) == ("buenas a todos", str(group), rosa.phone)


def test_customers_take_back_and_correct_what_they_wrote(line: Line, guest: Guest) -> None:
    rosa, e2e = guest(), contents()
    wa_id = line.server.write(rosa, e2e.Message(conversation="sinco"))
    note = e2e.ProtocolMessage(
        type=e2e.ProtocolMessage.MESSAGE_EDIT, editedMessage=e2e.Message(conversation="cinco")
    )
    note.key.ID, note.key.remoteJID = wa_id, str(rosa.jid)
    line.server.write(rosa, e2e.Message(protocolMessage=note), edit=1)
    line.until(lambda: [row.body for row in line.heard(wa_id)] == ["cinco"])
    gone = e2e.ProtocolMessage(type=e2e.ProtocolMessage.REVOKE, key=note.key)
    line.server.write(rosa, e2e.Message(protocolMessage=gone), edit=7)
    line.until(lambda: [row.kind for row in line.heard(wa_id)] == ["deleted"])


@pytest.mark.parametrize(
    ("kind", "field", "lock"),
    [
        ("document", "documentMessage", "document"),
        ("image", "imageMessage", "image"),
        ("voice", "audioMessage", "audio"),
    ],
)
def test_a_file_of_ours_is_opened_by_the_customer(
    line: Line, maria: Person, kind: str, field: str, lock: str
) -> None:
    data = f"bytes of a {kind}".encode() * 1000
    message_id = line.send_file(kind, data, name="lista.pdf", seconds=7)
    part = getattr(maria.received[-1].message, field)
    assert line.server.media.open(lock, part) == data
    assert part.fileLength == len(data)
    if kind == "document":
        assert (part.fileName, part.caption) == ("lista.pdf", "mire")
    if kind == "voice":
        assert (part.PTT, part.seconds, part.mimetype) == (True, 7, "audio/ogg; codecs=opus")
    assert line.message(message_id).wa_id == maria.received[-1].wa_id


def test_the_words_under_a_file_are_changed_as_the_files_own(line: Line, maria: Person) -> None:
    photo_id = line.send_file("image", photo("a"), name="foto.jpg")
    line.send("mire bien", kind="edit", extra={"target": photo_id})
    edit = maria.received[-1].message.editedMessage.message.protocolMessage
    assert edit.editedMessage.imageMessage.caption == "mire bien"
    assert line.message(photo_id).wa_id == edit.key.ID


def test_a_first_message_goes_to_the_number_whatsapp_names(line: Line) -> None:
    """Typed with Brazil's ninth digit; on WhatsApp without. The answer comes in the same chat."""
    ana = Person("551187654321", "Ana", typed_as="5511987654321")
    line.server.people.append(ana)
    chat_id = line.chat_with(ana.typed_as)
    line.queue("¿Sigue interesada?", chat_id=chat_id)
    line.until(lambda: ana.received)
    keys = {ana.phone, f"{ana.lid.user}@lid"}
    assert line.until(lambda: (key := line.chat_key(chat_id)) != ana.typed_as and key) in keys
