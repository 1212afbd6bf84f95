"""From a claimed row to what is sent: `message.kind`, `body` and `extra` are all a send needs to know.

extra of a location: latitude, longitude, address (its name is the body); of a contact card: vcard (the name is the
body); of a poll: options, one a line, and choices (the question is the body); of a deed: target, the id of its message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, select

from clarin_web.db import session
from clarin_web.devices.gateway import Address, MessageKind, PermanentError
from clarin_web.devices.outgoing import (
    MEDIA,
    Outgoing,
    OutgoingContact,
    OutgoingEdit,
    OutgoingLocation,
    OutgoingMedia,
    OutgoingPoll,
    OutgoingReaction,
    OutgoingRevoke,
    OutgoingText,
    Quoted,
    SentFile,
    Target,
)
from clarin_web.media.queries import media_of
from clarin_web.models import Message

UNSENT = ("failed", "")


def outgoing_of(row: Row[Any], chat: Address) -> Outgoing:
    """PermanentError when the row can never be sent as it is."""
    build = _BUILDERS.get(row.kind)
    if build is None:
        raise PermanentError("not_supported")
    return build(row, chat)


def _text(row: Row[Any], chat: Address) -> Outgoing:
    return OutgoingText(row.wa_id, chat, row.body, **_shared(row))


def _location(row: Row[Any], chat: Address) -> Outgoing:
    place = row.extra
    where = float(place["latitude"]), float(place["longitude"])
    return OutgoingLocation(row.wa_id, chat, *where, row.body, str(place.get("address", "")), **_shared(row))


def _contact(row: Row[Any], chat: Address) -> Outgoing:
    return OutgoingContact(row.wa_id, chat, row.body, str(row.extra["vcard"]), **_shared(row))


def _poll(row: Row[Any], chat: Address) -> Outgoing:
    options = tuple(str(row.extra["options"]).splitlines())
    return OutgoingPoll(row.wa_id, chat, row.body, options, int(row.extra.get("choices", 1)), **_shared(row))


def _media(row: Row[Any], chat: Address) -> Outgoing:
    media = media_of(row.account_id, row.id)
    if media is None or media.state != "ready":
        raise PermanentError("file_lost")
    file = SentFile(
        row.account_id, media.hash, media.size, media.mime, media.name, media.seconds, media.width,
        media.height, media.thumb_hash,
    )  # fmt: skip
    return OutgoingMedia(row.wa_id, chat, MessageKind(row.kind), file, row.body, **_shared(row))


def _reaction(row: Row[Any], chat: Address) -> Outgoing:
    return OutgoingReaction(row.wa_id, chat, _target(row), row.body)


def _edit(row: Row[Any], chat: Address) -> Outgoing:
    target = Message.chat_id == row.chat_id, Message.id == int(row.extra["target"])
    of = session().scalars(select(Message.kind).where(*target)).one()
    return OutgoingEdit(row.wa_id, chat, _target(row), row.body, MessageKind(of))


def _revoke(row: Row[Any], chat: Address) -> Outgoing:
    return OutgoingRevoke(row.wa_id, chat, _target(row))


_BUILDERS: dict[str, Callable[[Row[Any], Address], Outgoing]] = {
    "text": _text,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    **dict.fromkeys(MEDIA, _media),
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
}


def _shared(row: Row[Any]) -> dict[str, Any]:
    return {"quoted": _quoted(row), "forwards": int(row.extra.get("forwards", 0))}


def _quoted(row: Row[Any]) -> Quoted | None:
    if not row.quoted_wa_id:
        return None
    place = (Message.chat_id == row.chat_id) & (Message.wa_id == row.quoted_wa_id)
    original = session().execute(select(Message.sender_key, Message.body).where(place)).first()
    if original is None:
        return Quoted(row.quoted_wa_id, None, row.quoted_preview)
    sender = Address.from_key(original.sender_key) if original.sender_key else None
    return Quoted(row.quoted_wa_id, sender, original.body or row.quoted_preview)


def _target(row: Row[Any]) -> Target:
    """By the id it has on the wire, which its own send may have brought only a moment ago."""
    wanted = Message.chat_id == row.chat_id, Message.id == int(row.extra["target"])
    query = select(Message.wa_id, Message.direction, Message.state, Message.sender_key).where(*wanted)
    found = session().execute(query).one()
    if found.direction == "out" and found.state in UNSENT:
        raise PermanentError("target_not_sent")
    from_me = found.direction == "out"
    sender = Address.from_key(found.sender_key) if found.sender_key and not from_me else None
    return Target(found.wa_id, from_me, sender)
