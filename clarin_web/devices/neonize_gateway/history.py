"""What was said before a number was linked: WhatsApp tells it once, in a few large pieces.

The device's process cuts them into slices of one chat; each is an event of its own, so none is long to apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from clarin_web.devices.gateway import (
    Address,
    Decoded,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PersonNamed,
    Reaction,
)
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import NEVER, address_from, moment
from clarin_web.devices.neonize_gateway.content import Content
from clarin_web.devices.neonize_gateway.content_parts import Details, clean
from clarin_web.devices.neonize_gateway.message_events import Origin, event_answer, events_of, vote

SLICE = 50  # messages
ORDERS_PER_SECOND = (
    1_000_000  # WhatsApp tells seconds, and numbers what was said within one: that is kept below it
)
_KEPT = ("ID", "name", "displayName", "pnJID", "lidJID")
_NOBODY = "-"  # the name of who has none
_REVOKED = 1
_MISSED = {40: False, 41: True, 45: False, 46: True}  # messageStubType: with pictures?
_STATES = {2: "sent", 3: "delivered", 4: "read", 5: "played"}


def slices(event: Any) -> Iterator[bytes]:
    """The event again, SLICE messages of one chat at a time; then SLICE people, and how they call themselves."""
    for conversation in event.Data.conversations:
        for start in range(0, len(conversation.messages), SLICE):
            part = type(event)()
            part.Data.syncType = event.Data.syncType
            kept = part.Data.conversations.add()
            for field in _KEPT:
                if value := getattr(conversation, field):
                    setattr(kept, field, value)
            kept.messages.extend(conversation.messages[start : start + SLICE])
            yield part.SerializeToString()
    for start in range(0, len(event.Data.pushnames), SLICE):
        part = type(event)()
        part.Data.syncType = event.Data.syncType
        part.Data.pushnames.extend(event.Data.pushnames[start : start + SLICE])
        yield part.SerializeToString()


def decode(raw: bytes) -> list[Decoded]:
    """Oldest first, as the phone shows them. What is told of a message (reactions, edits, that it was deleted) follows
    all of them; last what is about messages of another slice, which may not be there yet."""
    event = protos.load()[0].HistorySync.FromString(raw)
    told: list[Decoded] = [
        decoded
        for conversation in event.Data.conversations
        if (chat := address_from(conversation.ID)) is not None
        for decoded in _conversation(conversation, chat)
    ]
    said = [one for one in told if isinstance(one, IncomingMessage)]
    ids = {one.wa_id for one in said}
    about = [one for one in told if not isinstance(one, IncomingMessage)]
    about.sort(key=lambda one: getattr(one, "wa_id", "") not in ids)
    return [*said, *about, *_people(event)]


def _people(event: Any) -> list[Decoded]:
    return [
        PersonNamed(person, "", clean(named.pushname), NEVER)
        for named in event.Data.pushnames
        if (person := address_from(named.ID)) is not None and named.pushname != _NOBODY
    ]


def _conversation(conversation: Any, chat: Address) -> Iterator[Decoded]:
    messages = list(conversation.messages)
    ids = {held.message.key.ID for held in messages}
    if messages and messages[0].message.messageTimestamp >= messages[-1].message.messageTimestamp:
        messages.reverse()  # phones send the newest first, and not all of them number what they send
    for held in sorted(messages, key=lambda held: (held.message.messageTimestamp, held.msgOrderID)):
        if held.message.key.ID and held.message.messageTimestamp:
            yield from _message(held, _origin(held, chat, conversation), ids)


def _origin(held: Any, chat: Address, conversation: Any) -> Origin:
    said = held.message
    mine, group = said.key.fromMe, chat.kind is Kind.GROUP
    known_as = "" if group else clean(conversation.displayName or conversation.name)
    return Origin(
        wa_id=said.key.ID,
        chat=chat,
        sender=(address_from(said.key.participant or said.participant) if group else chat) or chat,
        at=moment(said.messageTimestamp) + timedelta(microseconds=held.msgOrderID % ORDERS_PER_SECOND),
        from_me=mine,
        push_name=clean(said.pushName) or known_as,
        chat_alt=_alt(chat, conversation),
        history=True,
        state=_STATES.get(said.status, "sent") if mine else "",
        details={"group_name": clean(conversation.name)} if group and conversation.name else {},
    )


def _message(held: Any, origin: Origin, ids: set[str]) -> Iterator[Decoded]:
    said = held.message
    found = _found(said, origin)
    for one in found:
        if (
            isinstance(one, MessageEdited)
            and not one.sealed
            and (one.wa_id not in ids or one.wa_id == origin.wa_id)
        ):
            kind = one.kind if one.details else MessageKind.TEXT
            yield origin.message(Content(kind, one.text, dict(one.details), parts=one.parts), one.wa_id)
    yield from found
    if any(isinstance(one, IncomingMessage) for one in found):
        yield from _happened(said, origin)


def _found(said: Any, origin: Origin) -> list[Decoded]:
    if said.messageStubType in _MISSED:
        details: Details = {"call": "ended", "video": _MISSED[said.messageStubType]}
        return [origin.message(Content(MessageKind.CALL, details=details))]
    found = events_of(origin, said.message) if said.HasField("message") else []
    if not found and said.messageStubType == _REVOKED:
        return [origin.message(Content(MessageKind.UNKNOWN, details={"type": "revoked"}))]
    return found


def _happened(said: Any, origin: Origin) -> Iterator[Decoded]:
    """What history keeps beside a message: reactions, votes, answers to an event, that it was deleted."""
    for reaction in said.reactions:
        who = _by(origin, reaction.key)
        at = _time(reaction.senderTimestampMS, origin)
        yield Reaction(origin.wa_id, origin.chat, who.sender, clean(reaction.text), at, who.from_me)
    for update in said.pollUpdates:
        options = tuple(option.hex() for option in update.vote.selectedOptions)
        at = _time(update.senderTimestampMS, origin)
        yield vote(_by(origin, update.pollUpdateMessageKey), origin.wa_id, options, at)
    for answer in said.eventResponses:
        who = _by(origin, answer.eventResponseMessageKey)
        yield from event_answer(who, origin.wa_id, answer.eventResponseMessage)
    if said.messageStubType == _REVOKED:
        yield MessageRevoked(origin.wa_id, origin.chat, origin.at, origin.sender, origin.from_me)


def _by(origin: Origin, key: Any) -> Origin:
    """The same place, but for who did it: of a person in a group only the key says so, and never their name."""
    sender = address_from(key.participant) or origin.chat
    return replace(origin, sender=sender, from_me=key.fromMe, push_name="")


def _time(milliseconds: int, origin: Origin) -> datetime:
    return moment(milliseconds / 1000) if milliseconds else origin.at


def _alt(chat: Address, conversation: Any) -> Address | None:
    """The phone of a chat that goes by its private id, or the other way round."""
    told = (
        conversation.lidJID if chat.kind is Kind.USER else conversation.pnJID if chat.kind is Kind.LID else ""
    )
    return address_from(told) if told else None
