"""neonize's serialised events to our dataclasses. Pure: no Go, no network, no clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from clarin_web.devices.gateway import (
    Address,
    Decoded,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    Reaction,
    Receipt,
)
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import address_of, moment
from clarin_web.devices.neonize_gateway.content import Content, clean, content_of

# neonize.Receipt.Type; its Go side reports "played here" under the number of "server error".
_RECEIPTS = {1: "delivered", 4: "read", 5: "read_here", 6: "played", 7: "read_here"}


def decode(event: str, raw: bytes) -> list[Decoded]:
    """[] for events that say nothing about chats; ValueError for bytes that are not such an event."""
    reader = _READERS.get(event)
    if reader is None:
        return []
    try:
        return reader(raw)
    except DecodeError as error:
        raise ValueError(f"not a neonize {event}: {error}") from error


def _message(raw: bytes) -> list[Decoded]:
    events, _ = protos.load()
    event = events.Message.FromString(raw)
    place = _Place.of(event.Info)
    if place is None:
        return []
    if event.Message.HasField("reactionMessage"):
        return [_reaction(event, place)]
    if event.Message.HasField("protocolMessage"):
        return _protocol(event, place)
    content = content_of(event.Message)
    return [_incoming(event.Info, place, content)] if content else []


def _undecryptable(raw: bytes) -> list[Decoded]:
    """View-once media never reach a linked device; anything else is sent again by WhatsApp under the same id."""
    events, _ = protos.load()
    event = events.UndecryptableMessage.FromString(raw)
    place = _Place.of(event.Info)
    if place is None or not event.IsUnavailable:
        return []
    return [_incoming(event.Info, place, Content(MessageKind.UNKNOWN, details={"type": "viewOnce"}))]


def _receipt(raw: bytes) -> list[Decoded]:
    events, _ = protos.load()
    event = events.Receipt.FromString(raw)
    status = _RECEIPTS.get(event.Type)
    source = event.MessageSource
    chat = address_of(source.Chat)
    if status is None or chat is None or (source.IsFromMe and status != "read_here"):
        return []
    return [Receipt(tuple(event.MessageIDs), status, moment(event.Timestamp), chat, _chat_alt(source, chat))]


class _Place:
    """Where a message happened and who wrote it."""

    def __init__(self, chat: Address, sender: Address, source: Any) -> None:
        self.chat, self.sender = chat, sender
        self.chat_alt = _chat_alt(source, chat)
        self.sender_alt = address_of(source.SenderAlt)

    @classmethod
    def of(cls, info: Any) -> _Place | None:
        source = info.MessageSource
        sender, chat = address_of(source.Sender), address_of(source.Chat)
        if source.Chat.Server == "broadcast" and source.Chat.User != "status" and not source.IsFromMe:
            chat = sender  # a customer's broadcast list: to us it is a message from that customer
        if info.Category == "peer" or chat is None or sender is None:
            return None
        return cls(chat, sender, source)


def _chat_alt(source: Any, chat: Address) -> Address | None:
    """The other name of a 1:1 chat; groups have only one."""
    if chat.kind is Kind.GROUP:
        return None
    return address_of(source.RecipientAlt if source.IsFromMe else source.SenderAlt)


def _incoming(info: Any, place: _Place, content: Content) -> IncomingMessage:
    return IncomingMessage(
        wa_id=info.ID,
        chat=place.chat,
        sender=place.sender,
        sent_at=moment(info.Timestamp / 1000),
        kind=content.kind,
        text=content.text,
        from_me=info.MessageSource.IsFromMe,
        push_name="" if info.MessageSource.IsFromMe else clean(info.Pushname),
        quoted_wa_id=content.quoted_wa_id,
        chat_alt=place.chat_alt,
        sender_alt=place.sender_alt,
        details=content.details,
    )


def _reaction(event: Any, place: _Place) -> Reaction:
    reaction, info = event.Message.reactionMessage, event.Info
    return Reaction(
        wa_id=reaction.key.ID,
        chat=place.chat,
        sender=place.sender,
        emoji=clean(reaction.text),
        at=moment(info.Timestamp / 1000),
        from_me=info.MessageSource.IsFromMe,
    )


def _protocol(event: Any, place: _Place) -> list[Decoded]:
    _, contents = protos.load()
    note, at = event.Message.protocolMessage, moment(event.Info.Timestamp / 1000)
    if note.type == contents.ProtocolMessage.REVOKE and note.key.ID:
        return [MessageRevoked(note.key.ID, place.chat, at)]
    edited = note.type == contents.ProtocolMessage.MESSAGE_EDIT and content_of(note.editedMessage)
    return [MessageEdited(note.key.ID, place.chat, edited.text, at)] if edited else []


_READERS: dict[str, Callable[[bytes], list[Decoded]]] = {
    "message": _message,
    "receipt": _receipt,
    "undecryptable": _undecryptable,
}
