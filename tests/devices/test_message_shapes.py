"""Edits in every shape phones give them, live and in history; kinds of the future; what is the same thing twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import (
    IncomingMessage,
    MessageEdited,
    MessageRevoked,
    PollOptionAdded,
    PollVote,
)

from .test_neonize_history import NOW, past, told
from .test_neonize_mapping import MARIA, M, e, key, message, one

P = e.ProtocolMessage
FUTURE = 501  # a field number nothing of WhatsApp has yet
HD = {"messageAssociation": {"associationType": "HD_IMAGE_DUAL_UPLOAD", "parentMessageKey": key("SMALL")}}


def edit(content: Any, wa_id: str = "ORIG") -> Any:
    return M(protocolMessage=P(type=P.MESSAGE_EDIT, editedMessage=content, key=key(wa_id)))


def wrapped(**inner: Any) -> Any:
    return e.FutureProofMessage(message=M(**inner))


def future(field: bytes, number: int = FUTURE) -> Any:
    """A message with a field this version of the library has no name for."""
    tag = (number << 3) | 2
    return M.FromString(bytes((tag & 127 | 128, tag >> 7)) + bytes((len(field),)) + field)


WORDS = edit(M(conversation="son 120"))
CAPTION = edit(M(imageMessage=e.ImageMessage(caption="son 120", mimetype="image/jpeg")))
FORMS = {
    "as a note": WORDS,
    "in an envelope": M(editedMessage=e.FutureProofMessage(message=WORDS)),
    "in two": M(ephemeralMessage=wrapped(editedMessage=e.FutureProofMessage(message=WORDS))),
    "by another device of theirs": M(
        deviceSentMessage=e.DeviceSentMessage(message=WORDS, destinationJID=MARIA)
    ),
    "with a preview": edit(M(extendedTextMessage=e.ExtendedTextMessage(text="son 120", title="Tienda"))),
    "of a caption": CAPTION,
    "of a disappearing one": edit(M(ephemeralMessage=wrapped(conversation="son 120"))),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_edit_is_one_in_whatever_shape(form: str) -> None:
    found = one(FORMS[form])
    assert isinstance(found, MessageEdited)
    assert (found.wa_id, found.text, found.sealed) == ("ORIG", "son 120", False)


CALLED_OFF = edit(M(eventMessage=e.EventMessage(name="Feria", isCanceled=True)))
BLUE = edit(M(pollCreationMessageV3=e.PollCreationMessage(name="¿Cuál?", options=[{"optionName": "azul"}])))
MOVED = edit(M(locationMessage=e.LocationMessage(name="Local", degreesLatitude=-12.5, degreesLongitude=-77)))
CARD = edit(M(contactMessage=e.ContactMessage(displayName="Luis", vcard="BEGIN:VCARD")))


@pytest.mark.parametrize(
    ("content", "kind", "details"),
    [
        (CALLED_OFF, "unknown", {"named": "event_cancelled"}),
        (BLUE, "poll", {"options": "azul"}),
        (MOVED, "location", {"latitude": -12.5, "longitude": -77}),
        (CARD, "contact", {"vcard": "BEGIN:VCARD"}),
        (CAPTION, "image", {}),
        (WORDS, "text", {}),
    ],
)
def test_an_edit_tells_what_the_message_is_now_but_not_its_file(
    content: Any, kind: str, details: dict[str, Any]
) -> None:
    found = one(content)
    assert isinstance(found, MessageEdited)
    assert (found.kind, found.details) == (kind, details)
    alone, _then = told(past((MARIA, {}, [{"id": "E1", "message": content}])))
    assert isinstance(alone, IncomingMessage)
    assert (alone.kind, dict(alone.details)) == (kind if details else "text", details)


@pytest.mark.parametrize(
    "content",
    [
        edit(M()),
        edit(future(b"\x0a\x03abc")),
        M(secretEncryptedMessage={"targetMessageKey": key("ORIG"), "secretEncType": "MESSAGE_EDIT"}),
        M(
            ephemeralMessage=wrapped(
                secretEncryptedMessage={"targetMessageKey": key("ORIG"), "secretEncType": 1}
            )
        ),
    ],
)
def test_an_edit_that_cannot_be_read_says_so_of_its_message(content: Any) -> None:
    found = one(content)
    assert isinstance(found, MessageEdited)
    assert (found.wa_id, found.sealed) == ("ORIG", True)


def test_what_is_changed_before_it_is_sent_is_nobodys_to_see() -> None:
    scheduled = M(
        secretEncryptedMessage={"targetMessageKey": key("ORIG"), "secretEncType": "MESSAGE_SCHEDULE"}
    )
    assert decode("neonize.message", message(scheduled)) == []


@pytest.mark.parametrize("form", FORMS)
def test_history_tells_an_edit_after_its_message(form: str) -> None:
    said = {"id": "ORIG", "message": M(conversation="son 100")}
    first, then = told(past((MARIA, {}, [said, {"id": "E1", "message": FORMS[form]}])))
    assert (first.wa_id, first.text, type(then), then.text) == ("ORIG", "son 100", MessageEdited, "son 120")


def test_history_may_tell_only_what_a_message_says_now() -> None:
    alone = told(past((MARIA, {}, [{"id": "E1", "message": WORDS}])))
    itself = told(past((MARIA, {}, [{"id": "ORIG", "message": WORDS}])))
    for first, then in (alone, itself):
        assert isinstance(first, IncomingMessage)
        assert (first.wa_id, first.text, first.history) == ("ORIG", "son 120", True)
        assert (type(then), then.wa_id) == (MessageEdited, "ORIG")


def test_history_keeps_votes_options_and_deletions_with_their_message() -> None:
    poll = e.PollCreationMessage(name="¿Cuál?", options=[{"optionName": "rojo"}])
    option = e.PollAddOptionMessage(pollCreationMessageKey=key("P"), addOption={"optionName": "verde"})
    event = past(
        (
            MARIA,
            {},
            [
                {"id": "P", "message": M(pollCreationMessageV3=poll)},
                {"id": "O", "message": M(pollAddOptionMessage=option)},
                {"id": "D", "message": M(protocolMessage=P(type=P.REVOKE, key=key("ELSEWHERE")))},
                {"id": "L", "message": M(conversation="último")},
            ],
        )
    )
    vote = event.Data.conversations[0].messages[0].message.pollUpdates.add(senderTimestampMS=NOW * 1000)
    vote.vote.selectedOptions.append(b"h" * 32)
    found = told(event)
    assert [type(happened) for happened in found] == [
        IncomingMessage, IncomingMessage, PollVote, PollOptionAdded, MessageRevoked,
    ]  # fmt: skip
    assert [found[2].options, found[3].option, found[4].wa_id] == [((b"h" * 32).hex(),), "verde", "ELSEWHERE"]


def test_one_second_keeps_the_phones_order_whatever_the_slices() -> None:
    """Newest first, as phones send; without numbers the order of the list decides."""
    event = past(
        (MARIA, {}, [{"id": f"N{n}", "message": M(conversation=str(n))} for n in reversed(range(120))])
    )
    for number, held in enumerate(event.Data.conversations[0].messages):
        held.message.messageTimestamp, held.msgOrderID = NOW, 120 - number
    in_order = sorted(told(event), key=lambda row: row.sent_at)
    assert [row.text for row in in_order] == [str(n) for n in range(120)]
    assert all(row.sent_at.replace(microsecond=0) == datetime.fromtimestamp(NOW, UTC) for row in in_order)
    short = past((MARIA, {}, [{"id": f"N{n}", "message": M(conversation=str(n))} for n in (2, 1, 0)]))
    for held in short.Data.conversations[0].messages:
        held.message.messageTimestamp = NOW
    assert [row.text for row in told(short)] == ["0", "1", "2"]


def test_a_kind_of_the_future_around_a_known_one_is_read() -> None:
    found = one(future(wrapped(conversation="¿precio?").SerializeToString()))
    assert (found.kind, found.text) == ("text", "¿precio?")


@pytest.mark.parametrize("field", [b"hola, \xc2\xbfprecio?", b"\x0a\x05abcde", b"\x08\x01", b"\xff\xff"])
def test_a_kind_of_the_future_that_is_no_envelope_is_there_all_the_same(field: bytes) -> None:
    found = one(future(field))
    assert (found.kind, found.text, found.details) == ("unknown", "", {})


def test_the_same_picture_once_more_and_larger_is_no_second_message() -> None:
    image = e.ImageMessage(mimetype="image/jpeg", caption="mira")
    child = wrapped(imageMessage=image, messageContextInfo=HD)
    for content in (
        M(imageMessage=image, messageContextInfo=HD),
        M(associatedChildMessage=child),
        M(associatedChildMessage=wrapped(imageMessage=image), messageContextInfo=HD),
    ):
        assert decode("neonize.message", message(content)) == []


def test_what_is_passed_on_from_a_channel_names_it_and_keeps_its_link() -> None:
    context = e.ContextInfo(
        forwardedNewsletterMessageInfo={"newsletterName": "Ofertas"},
        actionLink={"URL": "https://x.example", "buttonTitle": "Ver más"},
    )
    found = one(M(extendedTextMessage=e.ExtendedTextMessage(text="hoy", contextInfo=context)))
    assert (found.details, [tuple(part) for part in found.parts]) == (
        {"forwards": 1, "channel": "Ofertas"},
        [("link", "Ver más", "https://x.example")],
    )


@pytest.mark.parametrize(
    ("note", "notice"),
    [
        (
            M(protocolMessage=P(type=P.LIMIT_SHARING, limitSharing={"sharingLimited": True})),
            "sharing_limited",
        ),
        (M(limitSharingMessage=wrapped(protocolMessage=P(type=P.LIMIT_SHARING))), "sharing_free"),
        (M(pinInChatMessage=e.PinInChatMessage(type=2)), "unpinned"),
        (M(keepInChatMessage=e.KeepInChatMessage(keepType=1)), "kept"),
    ],
)
def test_what_whatsapp_says_between_messages_is_a_notice(note: Any, notice: str) -> None:
    found = one(note)
    assert (found.kind, found.details["notice"]) == ("system", notice)


def test_mentions_of_assistants_and_in_quotes_bear_names_too() -> None:
    """A quote leaves its own context behind: whom it names, the answer's context says."""
    asked = e.ContextInfo(stanzaID="A", mentionedJID=["211000000000001@lid", "867051314767696@bot"])
    asked.quotedMessage.conversation = "@211000000000001 ven"
    said = e.ExtendedTextMessage(text="@867051314767696 dime", contextInfo=asked)
    row = one(M(extendedTextMessage=said))
    assert (row.text, row.quoted_text) == ("@Meta AI dime", "@211000000000001@lid ven")
    company = M()
    company.interactiveMessage.body.text, company.interactiveMessage.footer.text = (
        "Hola",
        "de @211000000000001",
    )
    company.interactiveMessage.contextInfo.mentionedJID.append("211000000000001@lid")
    assert [part.text for part in one(company).parts] == ["de @211000000000001@lid"]


def test_a_place_without_coordinates_is_not_in_the_gulf_of_guinea() -> None:
    row = one(M(locationMessage=e.LocationMessage(name="Plaza")))
    assert (row.text, dict(row.details)) == ("Plaza", {})


def test_a_card_of_a_carousel_that_holds_nothing_is_none() -> None:
    content = M()
    content.interactiveMessage.carouselMessage.cards.add()
    assert one(content).details == {"named": "business"}
