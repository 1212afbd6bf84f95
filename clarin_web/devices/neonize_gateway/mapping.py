"""neonize's serialised events to our dataclasses. Pure: no Go, no network, no clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from clarin_web.devices.gateway import (
    CallHeard,
    Decoded,
    IncomingMessage,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    NotUnderstood,
    PollVote,
    Reaction,
    Receipt,
)
from clarin_web.devices.neonize_gateway import history, profiles, protos, torn
from clarin_web.devices.neonize_gateway.addresses import Place, address_of, chat_alt, moment, moment_of
from clarin_web.devices.neonize_gateway.content import Content, content_of
from clarin_web.devices.neonize_gateway.kinds import Details, clean

# neonize.Receipt.Type; its Go side reports "played here" under the number of "server error".
_RECEIPTS = {1: "delivered", 4: "read", 5: "read_here", 6: "played", 7: "read_here"}
# Of ours, another device: the phone says "read" as everybody does, and "read-self" where its ticks are switched off.
_OURS = {4: "read_here", 5: "read_here", 6: "read_here", 7: "read_here"}
_BY_ADMIN = "8"  # MessageInfo.Edit of a deletion by somebody else than the author


def decode(event: str, raw: bytes) -> list[Decoded]:
    """[] for events that say nothing about chats; ValueError for bytes that are not such an event.

    A message whose content alone cannot be read is NotUnderstood, with the place it came from.
    """
    reader = _READERS.get(event)
    if reader is None:
        return []
    try:
        return reader(raw)
    except DecodeError as error:
        raise NotUnderstood(f"not a neonize {event}: {error}", _places(event, raw)) from error


def _message(raw: bytes) -> list[Decoded]:
    event = protos.load()[0].Message.FromString(raw)
    place = Place.of(event.Info)
    if place is None:
        return []
    if event.Message.HasField("reactionMessage"):
        return [_reaction(event, place)]
    if event.Message.HasField("protocolMessage"):
        return _protocol(event, place)
    once = event.IsViewOnce or event.IsViewOnceV2 or event.IsViewOnceV2Extension
    content = content_of(event.Message, view_once=once)
    return [_incoming(event.Info, place, content)] if content else []


def _places(event: str, raw: bytes) -> tuple[IncomingMessage, ...]:
    info = torn.info_of(raw) if event == "message" else None
    place = Place.of(info) if info else None
    return (_incoming(info, place, Content(MessageKind.UNKNOWN)),) if place else ()


def _undecryptable(raw: bytes) -> list[Decoded]:
    """View-once media never reach a linked device; anything else is sent again by WhatsApp under the same id."""
    event = protos.load()[0].UndecryptableMessage.FromString(raw)
    place = Place.of(event.Info)
    if place is None:
        return []
    details: Details = {"view_once": True} if event.IsUnavailable else {"type": "waiting"}
    return [_incoming(event.Info, place, Content(MessageKind.UNKNOWN, details=details))]


def _receipt(raw: bytes) -> list[Decoded]:
    event = protos.load()[0].Receipt.FromString(raw)
    source = event.MessageSource
    status = (_OURS if source.IsFromMe else _RECEIPTS).get(event.Type)
    chat = address_of(source.Chat)
    if status is None or chat is None:
        return []
    return [Receipt(tuple(event.MessageIDs), status, moment(event.Timestamp), chat, chat_alt(source, chat))]


def _incoming(info: Any, place: Place, content: Content) -> IncomingMessage:
    return IncomingMessage(
        wa_id=clean(info.ID),
        chat=place.chat,
        sender=place.sender,
        sent_at=moment(info.Timestamp / 1000),
        kind=content.kind,
        text=content.text,
        from_me=info.MessageSource.IsFromMe,
        push_name="" if info.MessageSource.IsFromMe else _name_of(info),
        quoted_wa_id=content.quoted_wa_id,
        chat_alt=place.chat_alt,
        sender_alt=place.sender_alt,
        details=content.details,
        file=content.file,
        quoted_text=content.quoted_text,
    )


def _name_of(info: Any) -> str:
    """What people call themselves; a company that gives no such name has one WhatsApp has verified."""
    return clean(info.Pushname) or clean(info.VerifiedName.Details.verifiedName)


def _reaction(event: Any, place: Place) -> Reaction:
    reaction, info = event.Message.reactionMessage, event.Info
    return Reaction(
        wa_id=reaction.key.ID,
        chat=place.chat,
        sender=place.sender,
        emoji=clean(reaction.text),
        at=moment_of(reaction.senderTimestampMS or info.Timestamp),
        from_me=info.MessageSource.IsFromMe,
    )


def _protocol(event: Any, place: Place) -> list[Decoded]:
    contents = protos.load()[1]
    note, info = event.Message.protocolMessage, event.Info
    at, mine = moment(info.Timestamp / 1000), info.MessageSource.IsFromMe
    if note.type == contents.ProtocolMessage.REVOKE and note.key.ID:
        name = "" if mine else clean(info.Pushname)
        by_admin = info.Edit == _BY_ADMIN
        return [MessageRevoked(note.key.ID, place.chat, at, place.sender, mine, by_admin, name)]
    if note.type == contents.ProtocolMessage.EPHEMERAL_SETTING:
        details: Details = {"notice": "ephemeral", "seconds": int(note.ephemeralExpiration)}
        return [_incoming(info, place, Content(MessageKind.SYSTEM, details=details))]
    edited = note.type == contents.ProtocolMessage.MESSAGE_EDIT and content_of(note.editedMessage)
    if not edited:
        return []
    return [MessageEdited(note.key.ID, place.chat, edited.text, at, place.sender, mine)]


def _poll_vote(raw: bytes) -> list[Decoded]:
    """The vote as the device's process decrypted it: see `storing`."""
    events, contents = protos.load()
    event = events.Message.FromString(raw)
    place, update = Place.of(event.Info), event.Message.pollUpdateMessage
    if place is None:
        return []
    vote = contents.PollVoteMessage.FromString(update.vote.encPayload)
    mine = event.Info.MessageSource.IsFromMe
    return [
        PollVote(
            wa_id=update.pollCreationMessageKey.ID,
            chat=place.chat,
            sender=place.sender,
            options=tuple(option.hex() for option in vote.selectedOptions),
            at=moment_of(update.senderTimestampMS or event.Info.Timestamp),
            from_me=mine,
            push_name="" if mine else clean(event.Info.Pushname),
        )
    ]


def _call(name: str, stage: str) -> Callable[[bytes], list[Decoded]]:
    def read(raw: bytes) -> list[Decoded]:
        event = getattr(protos.load()[0], name).FromString(raw)
        meta = event.basicCallMeta
        chat = address_of(getattr(meta, "from"))
        if chat is None or not meta.callID:
            return []
        other = address_of(meta.callCreatorAlt)
        alt = other if other and other.kind is not chat.kind else None
        reached = _end_of(event.reason) if stage == "ended" else stage
        return [CallHeard(meta.callID, chat, reached, moment_of(meta.timestamp), alt)]

    return read


def _end_of(reason: str) -> str:
    """Somebody may have taken the call, or turned it down, on the phone."""
    if reason.startswith("accepted"):
        return "answered"
    return "declined" if reason.startswith("reject") else "ended"


_READERS: dict[str, Callable[[bytes], list[Decoded]]] = {
    "message": _message,
    "receipt": _receipt,
    "undecryptable": _undecryptable,
    "poll_vote": _poll_vote,
    "history": history.decode,
    "call_offer": _call("CallOffer", "offered"),
    "call_notice": _call("CallOfferNotice", "offered"),
    "call_accept": _call("CallAccept", "answered"),
    "call_end": _call("CallTerminate", "ended"),
    **profiles.READERS,
}
