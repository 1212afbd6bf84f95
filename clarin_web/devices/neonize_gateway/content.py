"""What a WhatsApp message contains: its kind, its words and the few details a placeholder shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clarin_web.devices.gateway import MessageKind

Details = dict[str, str | int | float | bool]

# Traffic between phones, not something a person said: these never become rows.
_SILENT = {
    "messageContextInfo",
    "senderKeyDistributionMessage",
    "fastRatchetKeySenderKeyDistributionMessage",
    "protocolMessage",
    "reactionMessage",
    "encReactionMessage",
    "encCommentMessage",
    "encEventResponseMessage",
    "pollUpdateMessage",
    "pollResultSnapshotMessage",
    "pollAddOptionMessage",
    "keepInChatMessage",
    "pinInChatMessage",
    "albumMessage",
    "stickerSyncRmrMessage",
    "call",
    "chat",
    "botInvokeMessage",
    "messageHistoryBundle",
    "messageHistoryNotice",
    "groupRootKeyShare",
    "rootSecretDistributeMessage",
}


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, free of protobuf."""

    kind: MessageKind
    text: str = ""
    details: Details = field(default_factory=dict)
    quoted_wa_id: str | None = None


def clean(text: str) -> str:
    """PostgreSQL refuses NUL in text; WhatsApp does not."""
    return text.replace("\x00", "")


def content_of(message: Any) -> Content | None:
    """None when nobody said anything; an unknown kind keeps its name, so that a row shows that something came."""
    names = [f.name for f, _ in message.ListFields() if f.name not in _SILENT]
    if not names:
        return None
    name = next((n for n in names if n in _READERS), names[0])
    if name == "conversation":
        return Content(MessageKind.TEXT, clean(message.conversation))
    part = getattr(message, name)
    kind, text, details = _READERS.get(name, _unknown)(part)
    if kind is MessageKind.UNKNOWN:
        details = {"type": name}
    return Content(kind, clean(text), {k: v for k, v in details.items() if v not in ("", 0)}, _quoted(part))


def _quoted(part: Any) -> str | None:
    has_context = "contextInfo" in part.DESCRIPTOR.fields_by_name
    return (part.contextInfo.stanzaID or None) if has_context else None


_Read = tuple[MessageKind, str, Details]


def _file(part: Any) -> Details:
    return {"mime": clean(part.mimetype), "size": part.fileLength}


def _picture(part: Any) -> Details:
    return _file(part) | {"width": part.width, "height": part.height}


def _unknown(_part: Any) -> _Read:
    return MessageKind.UNKNOWN, "", {}


def _image(part: Any) -> _Read:
    return MessageKind.IMAGE, part.caption, _picture(part)


def _video(part: Any) -> _Read:
    return (
        MessageKind.VIDEO,
        part.caption,
        _picture(part) | {"seconds": part.seconds, "gif": part.gifPlayback},
    )


def _audio(part: Any) -> _Read:
    kind = MessageKind.VOICE if part.PTT else MessageKind.AUDIO
    return kind, "", _file(part) | {"seconds": part.seconds}


def _document(part: Any) -> _Read:
    name = clean(part.fileName or part.title)
    return MessageKind.DOCUMENT, part.caption, _file(part) | {"file_name": name, "pages": part.pageCount}


def _sticker(part: Any) -> _Read:
    return MessageKind.STICKER, "", _picture(part)


def _location(part: Any) -> _Read:
    name = getattr(part, "name", "") or getattr(part, "caption", "")
    place: Details = {"latitude": part.degreesLatitude, "longitude": part.degreesLongitude}
    return MessageKind.LOCATION, name, place | {"address": clean(getattr(part, "address", ""))}


def _contact(part: Any) -> _Read:
    return MessageKind.CONTACT, part.displayName, {"vcard": clean(part.vcard)}


def _contacts(part: Any) -> _Read:
    return MessageKind.CONTACT, part.displayName, {"count": len(part.contacts)}


def _poll(part: Any) -> _Read:
    return MessageKind.POLL, part.name, {"options": "\n".join(clean(o.optionName) for o in part.options)}


def _field(*path: str) -> Callable[[Any], _Read]:
    """A reader of messages that are, to a seller, plain text: answers to buttons and lists, templates."""

    def read(part: Any) -> _Read:
        for name in path:
            part = getattr(part, name)
        return MessageKind.TEXT, part, {}

    return read


_READERS: dict[str, Callable[[Any], _Read]] = {
    "conversation": _unknown,  # a bare string, read before the table is asked
    "extendedTextMessage": _field("text"),
    "imageMessage": _image,
    "videoMessage": _video,
    "ptvMessage": _video,
    "audioMessage": _audio,
    "documentMessage": _document,
    "stickerMessage": _sticker,
    "locationMessage": _location,
    "liveLocationMessage": _location,
    "contactMessage": _contact,
    "contactsArrayMessage": _contacts,
    "pollCreationMessage": _poll,
    "pollCreationMessageV2": _poll,
    "pollCreationMessageV3": _poll,
    "listResponseMessage": _field("title"),
    "listMessage": _field("description"),
    "buttonsMessage": _field("contentText"),
    "buttonsResponseMessage": _field("selectedDisplayText"),
    "templateButtonReplyMessage": _field("selectedDisplayText"),
    "templateMessage": _field("hydratedTemplate", "hydratedContentText"),
    "interactiveMessage": _field("body", "text"),
    "interactiveResponseMessage": _field("body", "text"),
}
