"""Constructed neonize events (byte for byte what the real client hands over) through the real mapping, without Go."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import (
    Address,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    Reaction,
    Receipt,
)
from clarin_web.devices.neonize_gateway import protos
from clarin_web.lib.vcards import read_cards

n, e = protos.load()
M = e.Message
MARIA = "5521988887777@s.whatsapp.net"
GROUP = "120363041234567890@g.us"
FILE = {"URL": "https://mmg.whatsapp.net/x", "directPath": "/x", "mediaKey": b"k" * 32, "fileLength": 5}


def jid(text: str = "") -> Any:
    user, _, server = text.partition("@")
    user, _, device = user.partition(":")
    return n.JID(
        User=user, Server=server, Device=int(device or 0), RawAgent=0, Integrator=0, IsEmpty=not text
    )


def source(chat: str, sender: str | None = None, me: bool = False, alt: str = "", to_alt: str = "") -> Any:
    return n.MessageSource(
        Chat=jid(chat),
        Sender=jid(sender or chat),
        IsFromMe=me,
        IsGroup=chat.endswith(("@g.us", "@broadcast")),
        SenderAlt=jid(alt),
        RecipientAlt=jid(to_alt),
        BroadcastListOwner=jid(),
    )


def info(where: Any, category: str = "") -> Any:
    return n.MessageInfo(
        MessageSource=where, ID="3EB0AAAA", ServerID=0, Type="text", Pushname="María\x00", Timestamp=1_795_190_000_000,
        Category=category, Multicast=False, MediaType="", Edit="",
    )  # fmt: skip


def message(content: Any, where: Any = None, category: str = "") -> bytes:
    flags = (
        "Ephemeral",
        "ViewOnce",
        "ViewOnceV2",
        "ViewOnceV2Extension",
        "DocumentWithCaption",
        "LottieSticker",
        "Edit",
    )
    event = n.Message(
        Info=info(where or source(MARIA), category),
        Message=content,
        Raw=content,
        UnavailableRequestID="",
        RetryCount=0,
        **{f"Is{flag}": False for flag in flags},
    )
    return event.SerializeToString()


def one(content: Any, where: Any = None) -> Any:
    (decoded,) = decode("neonize.message", message(content, where))
    return decoded


def key(wa_id: str, me: bool = False) -> Any:
    return {"remoteJID": MARIA, "fromMe": me, "ID": wa_id}


def test_a_text_keeps_who_when_and_what() -> None:
    text = one(M(conversation="hola\x00 ¿precio?"))
    assert (text.kind, text.text) == (MessageKind.TEXT, "hola ¿precio?")
    assert text.chat == text.sender == Address(Kind.USER, "5521988887777")
    assert text.sent_at == datetime.fromtimestamp(1_795_190_000, UTC)
    assert (text.push_name, text.from_me, text.wa_id) == ("María", False, "3EB0AAAA")


def test_an_answer_names_the_message_it_quotes() -> None:
    context = e.ContextInfo(stanzaID="ORIG", participant=MARIA, quotedMessage=M(conversation="¿quiere?"))
    answer = one(M(extendedTextMessage=e.ExtendedTextMessage(text="sí", contextInfo=context)))
    assert (answer.text, answer.quoted_wa_id) == ("sí", "ORIG")


@pytest.mark.parametrize(
    ("content", "kind", "text", "details"),
    [
        (M(imageMessage=e.ImageMessage(mimetype="image/jpeg", caption="foto", width=8, height=6, **FILE)), "image",
         "foto", {"mime": "image/jpeg", "size": 5, "width": 8, "height": 6}),
        (M(videoMessage=e.VideoMessage(mimetype="video/mp4", seconds=3, gifPlayback=True, **FILE)), "gif", "",
         {"mime": "video/mp4", "size": 5, "seconds": 3}),
        (M(audioMessage=e.AudioMessage(mimetype="audio/ogg", seconds=7, PTT=True, **FILE)), "voice", "",
         {"mime": "audio/ogg", "size": 5, "seconds": 7}),
        (M(audioMessage=e.AudioMessage(mimetype="audio/mpeg", seconds=7, **FILE)), "audio", "",
         {"mime": "audio/mpeg", "size": 5, "seconds": 7}),
        (M(documentMessage=e.DocumentMessage(fileName="a.pdf", caption="cotización", pageCount=2, **FILE)), "document",
         "cotización", {"size": 5, "file_name": "a.pdf", "pages": 2}),
        (M(stickerMessage=e.StickerMessage(mimetype="image/webp", **FILE)), "sticker", "",
         {"mime": "image/webp", "size": 5}),
        (M(locationMessage=e.LocationMessage(degreesLatitude=-12.5, degreesLongitude=-77.5, name="Oficina")),
         "location", "Oficina", {"latitude": -12.5, "longitude": -77.5}),
        (M(liveLocationMessage=e.LiveLocationMessage(degreesLatitude=-12.5, degreesLongitude=-77.5, caption="voy")),
         "location", "voy", {"latitude": -12.5, "longitude": -77.5, "live": True}),
        (M(contactMessage=e.ContactMessage(displayName="Ana", vcard="BEGIN:VCARD")), "contact", "Ana",
         {"vcard": "BEGIN:VCARD"}),
        (M(contactsArrayMessage=e.ContactsArrayMessage(displayName="2 contactos", contacts=[{}, {}])), "contact",
         "2 contactos", {"count": 2}),
        (M(pollCreationMessageV3=e.PollCreationMessage(name="¿Cuál?", options=[{"optionName": "A"}])), "poll",
         "¿Cuál?", {"options": "A"}),
        (M(buttonsResponseMessage=e.ButtonsResponseMessage(selectedDisplayText="Sí, quiero")), "text",
         "Sí, quiero", {}),
        (M(listResponseMessage=e.ListResponseMessage(title="Plan B")), "text", "Plan B", {}),
        (M(eventMessage=e.EventMessage(name="Feria")), "unknown", "Feria", {"named": "event"}),
    ],
)  # fmt: skip
def test_everything_people_send_becomes_a_row(
    content: Any, kind: str, text: str, details: dict[str, object]
) -> None:
    row = one(content)
    assert (row.kind, row.text, dict(row.details)) == (kind, text, details)


def test_five_people_with_their_pictures_are_five_people_with_five_numbers() -> None:
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\n ".join(["A" * 74] * 640)
    cards = [
        f"BEGIN:VCARD\nVERSION:3.0\nFN:Persona {at}\n{picture}\nTEL;waid=5190000004{at}:+51 900 000 04{at}\nEND:VCARD"
        for at in range(1, 6)
    ]
    contacts = [{"displayName": f"Persona {at}", "vcard": card} for at, card in enumerate(cards, 1)]
    row = one(M(contactsArrayMessage=e.ContactsArrayMessage(displayName="5 contactos", contacts=contacts)))
    found = read_cards(str(row.details["vcard"]))
    assert [(card.name, card.phones) for card in found] == [
        (f"Persona {at}", [f"+51 900 000 04{at}"]) for at in range(1, 6)
    ]


def test_a_group_is_the_chat_and_the_person_is_the_sender() -> None:
    row = one(M(conversation="hola a todos"), source(GROUP, "77001@lid", alt=MARIA))
    assert (row.chat.kind, row.chat.key) == (Kind.GROUP, GROUP)
    assert (row.sender.key, row.chat_alt) == ("77001@lid", None)
    assert row.sender_alt == Address(Kind.USER, "5521988887777")


def test_a_private_id_comes_with_its_phone_both_ways() -> None:
    inbound = one(M(conversation="hola"), source("77001@lid", alt=MARIA))
    ours = one(
        M(conversation="buenas"), source("77001@lid", "5511999990001:12@s.whatsapp.net", True, to_alt=MARIA)
    )
    assert inbound.chat.key == ours.chat.key == "77001@lid"
    assert inbound.chat_alt == ours.chat_alt == Address(Kind.USER, "5521988887777")
    assert (ours.from_me, ours.push_name, ours.sender.value) == (True, "", "5511999990001")


def test_reactions_edits_and_deletions_point_at_their_message() -> None:
    (reaction,) = decode(
        "neonize.message", message(M(reactionMessage={"key": key("ORIG", True), "text": "👍"}))
    )
    assert isinstance(reaction, Reaction)
    assert (reaction.wa_id, reaction.emoji) == ("ORIG", "👍")
    gone = one(M(reactionMessage={"key": key("ORIG", True), "text": ""}))
    assert gone.emoji == ""
    note = e.ProtocolMessage(type=e.ProtocolMessage.MESSAGE_EDIT, editedMessage=M(conversation="nuevo"))
    note.key.ID = "ORIG"
    edit = one(M(protocolMessage=note))
    assert isinstance(edit, MessageEdited)
    assert (edit.wa_id, edit.text) == ("ORIG", "nuevo")
    revoke = e.ProtocolMessage(type=e.ProtocolMessage.REVOKE)
    revoke.key.ID = "ORIG"
    assert isinstance(one(M(protocolMessage=revoke)), MessageRevoked)


@pytest.mark.parametrize(
    "raw",
    [
        message(M(conversation="estado"), source("status@broadcast", MARIA)),
        message(M(conversation="noticia"), source("123@newsletter")),
        message(M(protocolMessage=e.ProtocolMessage()), category="peer"),
        message(M(pollUpdateMessage=e.PollUpdateMessage())),
        message(M()),
    ],
)
def test_what_nobody_said_is_no_message(raw: bytes) -> None:
    assert decode("neonize.message", raw) == []


def test_a_customers_broadcast_list_is_a_message_from_that_customer() -> None:
    row = one(M(conversation="oferta"), source("999@broadcast", MARIA))
    assert row.chat == Address(Kind.USER, "5521988887777")


@pytest.mark.parametrize(
    ("number", "status"),
    [(1, "delivered"), (4, "read"), (5, "read_here"), (6, "played"), (3, None), (11, None)],
)
def test_receipts_say_which_ticks_changed(number: int, status: str | None) -> None:
    raw = n.Receipt(
        MessageSource=source(MARIA), MessageIDs=["A", "B"], Timestamp=1_795_190_001, Type=number
    ).SerializeToString()
    decoded = decode("neonize.receipt", raw)
    if status is None:
        assert decoded == []
    else:
        (receipt,) = decoded
        assert isinstance(receipt, Receipt)
        assert (receipt.wa_ids, receipt.status, receipt.at.timestamp()) == (("A", "B"), status, 1_795_190_001)


@pytest.mark.parametrize(
    ("number", "status"),
    [(1, None), (2, None), (4, "read_here"), (5, "read_here"), (6, "read_here"), (3, None)],
)
def test_what_another_device_of_ours_read_is_read_here(number: int, status: str | None) -> None:
    """A phone whose ticks are on says "read", one whose ticks are off "read-self"; in groups both name the group."""
    for chat in (MARIA, GROUP):
        where = source(chat, "51900000001@s.whatsapp.net", me=True)
        event = n.Receipt(MessageSource=where, MessageIDs=["A"], Timestamp=1_795_190_001, Type=number)
        found = decode("neonize.receipt", event.SerializeToString())
        assert [(receipt.status, receipt.chat.key) for receipt in found] == (
            [(status, chat.removesuffix("@s.whatsapp.net"))] if status else []
        )


def test_a_company_without_a_name_of_its_own_bears_the_verified_one() -> None:
    event = n.Message.FromString(message(M(conversation="hola")))
    event.Info.VerifiedName.Details.verifiedName = "Ferretería Sol SAC"
    (named,) = decode("neonize.message", event.SerializeToString())
    assert named.push_name == "María"
    event.Info.Pushname = ""
    (named,) = decode("neonize.message", event.SerializePartialToString())
    assert named.push_name == "Ferretería Sol SAC"


def test_what_cannot_be_read_leaves_a_place_unless_phones_hide_it_too() -> None:
    def undecryptable(unavailable: bool, mode: str = "SHOW") -> bytes:
        event = n.UndecryptableMessage(Info=info(source(MARIA)), IsUnavailable=unavailable)
        event.DecryptFailMode = n.UndecryptableMessage.DecryptFailModeT.Value(f"DECRYPT_FAIL_{mode}")
        return event.SerializeToString()

    (row,) = decode("neonize.undecryptable", undecryptable(True))
    assert (row.kind, dict(row.details)) == (MessageKind.UNKNOWN, {"type": "unavailable"})
    (row,) = decode("neonize.undecryptable", undecryptable(False))
    assert (row.kind, dict(row.details)) == (MessageKind.UNKNOWN, {"type": "waiting"})
    assert decode("neonize.undecryptable", undecryptable(False, "HIDE")) == []


def test_garbage_is_refused_and_news_are_ignored() -> None:
    with pytest.raises(ValueError, match="not a neonize message"):
        decode("neonize.message", b"\xff\xff\xff")
    with pytest.raises(ValueError, match="no decoder"):
        decode("telegram.message", b"")
    assert decode("neonize.presence", b"anything") == []


def test_decoding_never_starts_the_go_runtime() -> None:
    code = (
        "import sys, threading; from clarin_web.devices.decode import decode\n"
        "from clarin_web.devices.neonize_gateway import protos; protos.load()\n"
        "assert 'neonize.client' not in sys.modules and threading.active_count() == 1\n"
        "assert not any('neonize-linux' in line for line in open('/proc/self/maps'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
