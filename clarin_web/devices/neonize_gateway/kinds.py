"""A reader for each kind of content: what it is, its words, and the few details a bubble shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clarin_web.devices.gateway import MessageKind

Details = dict[str, str | int | float | bool]
Read = tuple[MessageKind, str, Details]
MOST_CARDS, MOST_OPTIONS, MOST_WAVE = 50, 32, 128


def clean(text: str | bytes) -> str:
    """What is not UTF-8 comes as bytes, from a phone that breaks the rules: readable all the same."""
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def unknown(_part: Any) -> Read:
    return MessageKind.UNKNOWN, "", {}


def _file(part: Any) -> Details:
    return {"mime": clean(part.mimetype), "size": part.fileLength}


def _picture(part: Any) -> Details:
    return _file(part) | {"width": part.width, "height": part.height}


def _image(part: Any) -> Read:
    return MessageKind.IMAGE, part.caption, _picture(part)


def _video(part: Any) -> Read:
    kind = MessageKind.GIF if part.gifPlayback else MessageKind.VIDEO
    return kind, part.caption, _picture(part) | {"seconds": part.seconds}


def _audio(part: Any) -> Read:
    kind = MessageKind.VOICE if part.PTT else MessageKind.AUDIO
    wave = part.waveform[:MOST_WAVE].hex() if part.PTT else ""
    return kind, "", _file(part) | {"seconds": part.seconds, "waveform": wave}


def _document(part: Any) -> Read:
    name = clean(part.fileName or part.title)
    return MessageKind.DOCUMENT, part.caption, _file(part) | {"file_name": name, "pages": part.pageCount}


def _sticker(part: Any) -> Read:
    return MessageKind.STICKER, "", _picture(part)


def _location(part: Any) -> Read:
    place: Details = {"latitude": part.degreesLatitude, "longitude": part.degreesLongitude}
    return MessageKind.LOCATION, part.name, place | {"address": clean(part.address), "live": part.isLive}


def _live_location(part: Any) -> Read:
    place: Details = {"latitude": part.degreesLatitude, "longitude": part.degreesLongitude}
    return MessageKind.LOCATION, part.caption, place | {"live": True}


def _contact(part: Any) -> Read:
    return MessageKind.CONTACT, part.displayName, {"vcard": clean(part.vcard)}


def _contacts(part: Any) -> Read:
    cards = "\n".join(clean(card.vcard) for card in part.contacts[:MOST_CARDS])
    return MessageKind.CONTACT, part.displayName, {"count": len(part.contacts), "vcard": cards.strip()}


def _poll(part: Any) -> Read:
    """Votes name an option by its hash, so its text is kept to the letter, but for line ends."""
    options = "\n".join(clean(o.optionName).replace("\n", " ") for o in part.options[:MOST_OPTIONS])
    return MessageKind.POLL, part.name, {"options": options, "choices": part.selectableOptionsCount}


def _list(part: Any) -> Read:
    rows = [row.title for section in part.sections for row in section.rows]
    text = "\n".join(filter(None, map(clean, (part.title, part.description))))
    return MessageKind.TEXT, text, {"buttons": _lines(rows)}


def _buttons(part: Any) -> Read:
    return (
        MessageKind.TEXT,
        part.contentText,
        {"buttons": _lines(b.buttonText.displayText for b in part.buttons)},
    )


def _list_answer(part: Any) -> Read:
    return MessageKind.TEXT, part.title or part.description, {}


def _flow_answer(part: Any) -> Read:
    return MessageKind.TEXT, part.body.text or part.nativeFlowResponseMessage.name, {}


def _lines(texts: Any) -> str:
    return "\n".join([" ".join(clean(text).split()) for text in texts][:MOST_OPTIONS])


def _call(part: Any) -> Read:
    """How a call ended, told by the phone that had it."""
    stage = "answered" if part.callOutcome in (0, 4, 5) else "declined" if part.callOutcome == 3 else "ended"
    return MessageKind.CALL, "", {"call": stage, "video": part.isVideo, "seconds": part.durationSecs}


def _named(*path: str) -> Callable[[Any], Read]:
    """Of kinds we cannot show: the words that say what it was about."""

    def read(part: Any) -> Read:
        for name in path:
            part = getattr(part, name)
        return MessageKind.UNKNOWN, part, {}

    return read


def _said(*path: str) -> Callable[[Any], Read]:
    """Of kinds that are, to a seller, plain text: answers to buttons and lists, templates."""

    def read(part: Any) -> Read:
        for name in path:
            part = getattr(part, name)
        return MessageKind.TEXT, part, {}

    return read


READERS: dict[str, Callable[[Any], Read]] = {
    "conversation": unknown,  # a bare string, read before the table is asked
    "extendedTextMessage": _said("text"),
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
    "pollCreationMessage": _poll,
    "pollCreationMessageV2": _poll,
    "pollCreationMessageV3": _poll,
    "pollCreationMessageV5": _poll,
    "pollCreationMessageV6": _poll,
    "listResponseMessage": _list_answer,
    "listMessage": _list,
    "buttonsMessage": _buttons,
    "buttonsResponseMessage": _said("selectedDisplayText"),
    "templateButtonReplyMessage": _said("selectedDisplayText"),
    "templateMessage": _said("hydratedTemplate", "hydratedContentText"),
    "interactiveMessage": _said("body", "text"),
    "interactiveResponseMessage": _flow_answer,
    "callLogMesssage": _call,
    "eventMessage": _named("name"),
    "groupInviteMessage": _named("groupName"),
    "productMessage": _named("product", "title"),
    "orderMessage": _named("orderTitle"),
}
