"""What was said before a number was linked: WhatsApp tells it once, in a few large pieces.

The device's process cuts them into slices of one chat; each is an event of its own, so none is long to apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clarin_web.devices.gateway import (
    Address,
    Decoded,
    IncomingMessage,
    Kind,
    MessageKind,
    MessageRevoked,
    PersonNamed,
    Reaction,
)
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.addresses import NEVER, address_from, moment
from clarin_web.devices.neonize_gateway.content import Content, content_of
from clarin_web.devices.neonize_gateway.kinds import Details, clean

SLICE = 50  # messages
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
    """Oldest first. What history tells of a message (reactions, that it was deleted) follows it."""
    event = protos.load()[0].HistorySync.FromString(raw)
    said: list[Decoded] = [
        decoded
        for conversation in event.Data.conversations
        if (chat := address_from(conversation.ID)) is not None
        for held in sorted(conversation.messages, key=lambda held: held.message.messageTimestamp)
        for decoded in _message(held.message, chat, conversation)
    ]
    return said + [
        PersonNamed(person, "", clean(named.pushname), NEVER)
        for named in event.Data.pushnames
        if (person := address_from(named.ID)) is not None and named.pushname != _NOBODY
    ]


def _message(said: Any, chat: Address, conversation: Any) -> Iterator[Decoded]:
    content = _content(said)
    if content is None or not said.key.ID or not said.messageTimestamp:
        return
    at, mine = moment(said.messageTimestamp), said.key.fromMe
    group = chat.kind is Kind.GROUP
    sender = (address_from(said.key.participant or said.participant) if group else chat) or chat
    known_as = "" if group else clean(conversation.displayName or conversation.name)
    details = {**content.details, "group_name": clean(conversation.name)} if group else content.details
    yield IncomingMessage(
        wa_id=said.key.ID,
        chat=chat,
        sender=sender,
        sent_at=at,
        kind=content.kind,
        text=content.text,
        from_me=mine,
        push_name="" if mine else clean(said.pushName) or known_as,
        quoted_wa_id=content.quoted_wa_id,
        chat_alt=_alt(chat, conversation),
        details=details,
        file=content.file,
        quoted_text=content.quoted_text,
        history=True,
        state=_STATES.get(said.status, "sent") if mine else "",
    )
    for reaction in said.reactions:
        who = address_from(reaction.key.participant) or chat
        when = moment(reaction.senderTimestampMS / 1000) if reaction.senderTimestampMS else at
        yield Reaction(said.key.ID, chat, who, clean(reaction.text), when, reaction.key.fromMe)
    if said.messageStubType == _REVOKED:
        yield MessageRevoked(said.key.ID, chat, at, sender, mine)


def _content(said: Any) -> Content | None:
    if said.messageStubType in _MISSED:
        details: Details = {"call": "ended", "video": _MISSED[said.messageStubType]}
        return Content(MessageKind.CALL, details=details)
    content = content_of(said.message) if said.HasField("message") else None
    if content is None and said.messageStubType == _REVOKED:
        return Content(MessageKind.UNKNOWN, details={"type": "revoked"})
    return content


def _alt(chat: Address, conversation: Any) -> Address | None:
    """The phone of a chat that goes by its private id, or the other way round."""
    told = (
        conversation.lidJID if chat.kind is Kind.USER else conversation.pnJID if chat.kind is Kind.LID else ""
    )
    return address_from(told) if told else None
