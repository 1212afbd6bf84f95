"""neonize's serialised events to our dataclasses. Pure: no Go, no network, no clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError

from clarin_web.devices.gateway import (
    CallHeard,
    Decoded,
    IncomingMessage,
    MessageKind,
    NotUnderstood,
    Receipt,
)
from clarin_web.devices.neonize_gateway import history, profiles, protos, torn
from clarin_web.devices.neonize_gateway.addresses import Place, address_of, chat_alt, moment, moment_of
from clarin_web.devices.neonize_gateway.content import Content
from clarin_web.devices.neonize_gateway.content_parts import Details, clean
from clarin_web.devices.neonize_gateway.message_events import Origin, event_answer, events_of, vote

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
    origin = _origin(event.Info)
    if origin is None:
        return []
    once = event.IsViewOnce or event.IsViewOnceV2 or event.IsViewOnceV2Extension
    return events_of(origin, event.Message, view_once=once)


def _origin(info: Any) -> Origin | None:
    """None where there is no chat."""
    place = Place.of(info)
    if place is None:
        return None
    return Origin(
        wa_id=clean(info.ID),
        chat=place.chat,
        sender=place.sender,
        at=moment(info.Timestamp / 1000),
        from_me=info.MessageSource.IsFromMe,
        push_name=_name_of(info),
        chat_alt=place.chat_alt,
        sender_alt=place.sender_alt,
        by_admin=info.Edit == _BY_ADMIN,
    )


def _places(event: str, raw: bytes) -> tuple[IncomingMessage, ...]:
    info = torn.info_of(raw) if event == "message" else None
    origin = _origin(info) if info else None
    return (origin.message(Content(MessageKind.UNKNOWN)),) if origin else ()


def _undecryptable(raw: bytes) -> list[Decoded]:
    """A place for what may come again under the same id. What to be seen once is WhatsApp keeps from linked devices,
    among other things, and neonize does not say which; what a phone hides when it cannot read it is no message."""
    event = protos.load()[0].UndecryptableMessage.FromString(raw)
    origin = _origin(event.Info)
    if origin is None or event.DecryptFailMode == event.DECRYPT_FAIL_HIDE:
        return []
    details: Details = {"type": "unavailable" if event.IsUnavailable else "waiting"}
    return [origin.message(Content(MessageKind.UNKNOWN, details=details))]


def _receipt(raw: bytes) -> list[Decoded]:
    event = protos.load()[0].Receipt.FromString(raw)
    source = event.MessageSource
    status = (_OURS if source.IsFromMe else _RECEIPTS).get(event.Type)
    chat = address_of(source.Chat)
    if status is None or chat is None:
        return []
    return [Receipt(tuple(event.MessageIDs), status, moment(event.Timestamp), chat, chat_alt(source, chat))]


def _not_opened(raw: bytes) -> list[Decoded]:
    """The phone gets no answer to its question: only a new message helps."""
    event = protos.load()[0].Receipt.FromString(raw)
    chat = address_of(event.MessageSource.Chat)
    return [Receipt(tuple(event.MessageIDs), "not_opened", moment(event.Timestamp), chat)] if chat else []


def _name_of(info: Any) -> str:
    """What people call themselves; a company that gives no such name has one WhatsApp has verified."""
    return clean(info.Pushname) or clean(info.VerifiedName.Details.verifiedName)


def _poll_vote(raw: bytes) -> list[Decoded]:
    """The vote as the device's process decrypted it: see `storing`."""
    events, contents = protos.load()
    event = events.Message.FromString(raw)
    origin, update = _origin(event.Info), event.Message.pollUpdateMessage
    if origin is None:
        return []
    chosen = contents.PollVoteMessage.FromString(update.vote.encPayload).selectedOptions
    at = moment_of(update.senderTimestampMS or event.Info.Timestamp)
    return [vote(origin, update.pollCreationMessageKey.ID, tuple(option.hex() for option in chosen), at)]


def _event_answer(raw: bytes) -> list[Decoded]:
    """Whether somebody comes, as the device's process decrypted it: see `message_secrets`."""
    events, contents = protos.load()
    event = events.Message.FromString(raw)
    origin, part = _origin(event.Info), event.Message.encEventResponseMessage
    if origin is None:
        return []
    answer = contents.EventResponseMessage.FromString(part.encPayload)
    return event_answer(origin, part.eventCreationMessageKey.ID, answer)


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


def _history_lost(_raw: bytes) -> list[Decoded]:
    """Counted on the page of its number like everything that is not understood; see `announced`."""
    raise ValueError("a part of the history that the phone announced could not be fetched")


_READERS: dict[str, Callable[[bytes], list[Decoded]]] = {
    "message": _message,
    "receipt": _receipt,
    "not_opened": _not_opened,
    "undecryptable": _undecryptable,
    "poll_vote": _poll_vote,
    "event_answer": _event_answer,
    "history": history.decode,
    "history_lost": _history_lost,
    "call_offer": _call("CallOffer", "offered"),
    "call_notice": _call("CallOfferNotice", "offered"),
    "call_accept": _call("CallAccept", "answered"),
    "call_end": _call("CallTerminate", "ended"),
    **profiles.READERS,
}
