"""A reader for each kind of content: what it is, its words, and the few details a bubble shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway import business, business_templates, commerce, occasions
from clarin_web.devices.neonize_gateway.commerce import named
from clarin_web.devices.neonize_gateway.content_parts import (
    Details,
    Reading,
    clean,
    drawn_on,
    joined,
    music_parts,
    place_parts,
    said,
    with_value,
)
from clarin_web.devices.neonize_gateway.native_flow import parameter_parts

MOST_CARDS, MOST_WAVE = 50, 128


def _file(part: Any) -> Details:
    return {"mime": clean(part.mimetype), "size": part.fileLength}


def _picture(part: Any) -> Details:
    return _file(part) | {"width": part.width, "height": part.height}


def _film(part: Any) -> Details:
    return _picture(part) | {"seconds": part.seconds}


def _paper(part: Any) -> Details:
    return _file(part) | {"file_name": clean(part.fileName or part.title), "pages": part.pageCount}


FILE_DETAILS = {"imageMessage": _picture, "videoMessage": _film, "documentMessage": _paper}


def _text(part: Any) -> Reading:
    return Reading(MessageKind.TEXT, clean(part.text), parts=joined(_preview(part)))


def _preview(part: Any) -> Iterator[Part]:
    """The card below a link, as the phone that sent it drew it."""
    yield from with_value("preview", part.title, part.description)
    yield from said(
        "small", part.inviteLinkParentGroupSubjectV2, part.linkPreviewMetadata.videoContentCaption
    )
    for payment in (part.paymentLinkMetadata, part.linkPreviewMetadata.paymentLinkMetadata):
        yield from parameter_parts(payment.provider.paramsJSON)
        yield from said("button", payment.button.displayText)
    yield from parameter_parts(part.paymentExtendedMetadata.messageParamsJSON)
    for tile in part.endCardTiles:
        yield from with_value("row", tile.caption, tile.username)
    for song in (part.musicMetadata, part.linkPreviewMetadata.musicMetadata):
        yield from music_parts(song)


def _image(part: Any) -> Reading:
    return Reading(MessageKind.IMAGE, clean(part.caption), _picture(part), tuple(drawn_on(part)))


def _video(part: Any) -> Reading:
    kind = MessageKind.GIF if part.gifPlayback else MessageKind.VIDEO
    return Reading(kind, clean(part.caption), _film(part), tuple(drawn_on(part)))


def _audio(part: Any) -> Reading:
    kind = MessageKind.VOICE if part.PTT else MessageKind.AUDIO
    wave = part.waveform[:MOST_WAVE].hex() if part.PTT else ""
    return Reading(kind, "", _file(part) | {"seconds": part.seconds, "waveform": wave})


def _document(part: Any) -> Reading:
    return Reading(MessageKind.DOCUMENT, clean(part.caption), _paper(part))


def _sticker(part: Any) -> Reading:
    return Reading(MessageKind.STICKER, "", _picture(part))


def _location(part: Any) -> Reading:
    known = part.HasField("degreesLatitude") and part.HasField("degreesLongitude")
    where: Details = {"latitude": part.degreesLatitude, "longitude": part.degreesLongitude}
    place: Details = where if known else {}
    parts = tuple(place_parts(part))
    more: Details = {"address": clean(part.address), "live": part.isLive}
    return Reading(MessageKind.LOCATION, clean(part.name), place | more, parts)


def _live_location(part: Any) -> Reading:
    place: Details = {"latitude": part.degreesLatitude, "longitude": part.degreesLongitude}
    moved: Details = {"sequence": part.sequenceNumber, "since": part.timeOffset}
    return Reading(MessageKind.LOCATION, clean(part.caption), place | {"live": True} | moved)


def _contact(part: Any) -> Reading:
    return Reading(MessageKind.CONTACT, clean(part.displayName), {"vcard": clean(part.vcard)})


def _contacts(part: Any) -> Reading:
    cards = "\n".join(clean(card.vcard) for card in part.contacts[:MOST_CARDS])
    details: Details = {"count": len(part.contacts), "vcard": cards.strip()}
    names = (clean(card.displayName) for card in part.contacts)
    parts = tuple(Part("row", name) for name in names if name and name not in cards)
    return Reading(MessageKind.CONTACT, clean(part.displayName), details, parts)


def _chosen(part: Any) -> Reading:
    return business.chosen(part.selectedDisplayText)


def _payment(code: str) -> Callable[[Any], Reading]:
    return lambda part: named(code, "", tuple(commerce.payment_parts(part)))


def _words(code: str, field: str) -> Callable[[Any], Reading]:
    return lambda part: named(code, getattr(part, field))


def _name(code: str) -> Callable[[Any], Reading]:
    """Of kinds that hold no words: what came, and that the phone shows it."""
    return lambda _part: named(code)


READERS: dict[str, Callable[[Any], Reading]] = {
    "extendedTextMessage": _text,
    "imageMessage": _image,
    "videoMessage": _video,
    "ptvMessage": _video,
    "audioMessage": _audio,
    "documentMessage": _document,
    "stickerMessage": _sticker,
    "locationMessage": _location,
    "liveLocationMessage": _live_location,
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    "pollCreationMessage": occasions.poll,
    "pollCreationMessageV2": occasions.poll,
    "pollCreationMessageV3": occasions.poll,
    "pollCreationMessageV5": occasions.poll,
    "pollCreationMessageV6": occasions.poll,
    "pollResultSnapshotMessage": occasions.poll_results,
    "pollResultSnapshotMessageV3": occasions.poll_results,
    "listMessage": business.listed,
    "listResponseMessage": business.list_response,
    "buttonsMessage": business.buttons,
    "buttonsResponseMessage": _chosen,
    "templateMessage": business_templates.template,
    "templateButtonReplyMessage": _chosen,
    "highlyStructuredMessage": business_templates.structured,
    "interactiveMessage": business.interactive,
    "interactiveResponseMessage": business.response,
    "productMessage": commerce.product,
    "orderMessage": commerce.order,
    "invoiceMessage": commerce.invoice,
    "sendPaymentMessage": _payment("payment"),
    "requestPaymentMessage": _payment("payment_request"),
    "declinePaymentRequestMessage": _name("payment_declined"),
    "cancelPaymentRequestMessage": _name("payment_cancelled"),
    "paymentInviteMessage": _name("payment_invite"),
    "paymentReminderMessage": commerce.payment_reminder,
    "splitPaymentMessage": commerce.split_payment,
    "splitPaymentUpdateMessage": _name("split_payment_update"),
    "callLogMesssage": occasions.call,
    "bcallMessage": _words("broadcast_call", "caption"),
    "scheduledCallCreationMessage": occasions.scheduled_call,
    "scheduledCallEditMessage": _name("scheduled_call_cancelled"),
    "eventMessage": occasions.event,
    "eventInviteMessage": occasions.event_invite,
    "groupInviteMessage": occasions.group_invite,
    "newsletterAdminInviteMessage": occasions.channel_invite("channel_admin_invite"),
    "newsletterFollowerInviteMessageV2": occasions.channel_invite("channel_invite"),
    "requestPhoneNumberMessage": _name("phone_request"),
    "stickerPackMessage": occasions.sticker_pack,
    "musicMessage": occasions.music,
    "richResponseMessage": occasions.ai_answer,
    "statusNotificationMessage": _name("status_notice"),
    "statusQuestionAnswerMessage": _words("question_answer", "text"),
    "statusQuotedMessage": _words("question_answer", "text"),
    "questionResponseMessage": _words("question_answer", "text"),
    "statusStickerInteractionMessage": _name("status_sticker"),
    "conditionalRevealMessage": _name("scheduled_message"),
    "placeholderMessage": _name("phone_only"),
    "encCommentMessage": lambda _part: named("comment", type="sealed"),
}
