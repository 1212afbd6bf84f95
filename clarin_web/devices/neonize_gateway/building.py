"""WhatsApp's protobuf for everything we send. Always built here, never by neonize from text: a plain str would turn
"@12345" into a mention and query groups, and its own builders ask questions that abort without a connection.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

from clarin_web.devices.neonize_gateway.addresses import jid_text
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.devices.outgoing import (
    Content,
    Outgoing,
    OutgoingContact,
    OutgoingEdit,
    OutgoingLocation,
    OutgoingPoll,
    OutgoingReaction,
    OutgoingRevoke,
    OutgoingText,
    Target,
)


def build(message: Outgoing) -> Any:
    """The waE2E.Message of anything but a file, which must be uploaded first."""
    return _BUILDERS[type(message)](message, load()[1])


def context_of(message: Content, e2e: Any) -> dict[str, Any]:
    """{"contextInfo": …} of an answer or something passed on; {} of anything else."""
    if message.quoted is None and not message.forwards:
        return {}
    context = e2e.ContextInfo()
    if message.forwards:
        context.isForwarded, context.forwardingScore = True, message.forwards
    if (quoted := message.quoted) is not None:
        context.stanzaID = quoted.wa_id
        context.quotedMessage.conversation = quoted.text
        if quoted.sender:
            context.participant = jid_text(quoted.sender)
    return {"contextInfo": context}


def _text(message: OutgoingText, e2e: Any) -> Any:
    context = context_of(message, e2e)
    if not context:
        return e2e.Message(conversation=message.text)
    return e2e.Message(extendedTextMessage=e2e.ExtendedTextMessage(text=message.text, **context))


def _location(message: OutgoingLocation, e2e: Any) -> Any:
    place = e2e.LocationMessage(
        degreesLatitude=message.latitude,
        degreesLongitude=message.longitude,
        name=message.name or None,
        address=message.address or None,
        **context_of(message, e2e),
    )
    return e2e.Message(locationMessage=place)


def _contact(message: OutgoingContact, e2e: Any) -> Any:
    card = e2e.ContactMessage(displayName=message.name, vcard=message.vcard, **context_of(message, e2e))
    return e2e.Message(contactMessage=card)


def _poll(message: OutgoingPoll, e2e: Any) -> Any:
    """The secret is what votes are encrypted with; V3 is the single-choice form phones know."""
    poll = e2e.PollCreationMessage(
        name=message.question,
        options=[e2e.PollCreationMessage.Option(optionName=option) for option in message.options],
        selectableOptionsCount=message.choices,
        **context_of(message, e2e),
    )
    context = e2e.MessageContextInfo(messageSecret=secrets.token_bytes(32))
    if message.choices == 1:
        return e2e.Message(pollCreationMessageV3=poll, messageContextInfo=context)
    return e2e.Message(pollCreationMessage=poll, messageContextInfo=context)


def _reaction(message: OutgoingReaction, e2e: Any) -> Any:
    reaction = e2e.ReactionMessage(text=message.emoji, senderTimestampMS=_now())
    _fill_key(reaction.key, message, message.target)
    return e2e.Message(reactionMessage=reaction)


def _edit(message: OutgoingEdit, e2e: Any) -> Any:
    """Words under a file are changed by a file of the same kind that has nothing but the new words."""
    protocol = e2e.ProtocolMessage(
        type=e2e.ProtocolMessage.MESSAGE_EDIT,
        editedMessage=_edited(message, e2e),
        timestampMS=_now(),
    )
    _fill_key(protocol.key, message, message.target)
    inside = e2e.Message(protocolMessage=protocol)
    return e2e.Message(editedMessage=e2e.FutureProofMessage(message=inside))


def _edited(message: OutgoingEdit, e2e: Any) -> Any:
    kind, caption = message.of.value, message.text
    if kind == "image":
        return e2e.Message(imageMessage=e2e.ImageMessage(caption=caption))
    if kind in ("video", "gif"):
        return e2e.Message(videoMessage=e2e.VideoMessage(caption=caption))
    if kind == "document":
        return e2e.Message(documentMessage=e2e.DocumentMessage(caption=caption))
    return e2e.Message(conversation=caption)


def _revoke(message: OutgoingRevoke, e2e: Any) -> Any:
    protocol = e2e.ProtocolMessage(type=e2e.ProtocolMessage.REVOKE)
    _fill_key(protocol.key, message, message.target)
    return e2e.Message(protocolMessage=protocol)


def _fill_key(key: Any, message: Outgoing, target: Target) -> None:
    key.remoteJID, key.fromMe, key.ID = jid_text(message.chat), target.from_me, target.wa_id
    if target.sender and message.chat.key.endswith("@g.us"):
        key.participant = jid_text(target.sender)


def _now() -> int:
    return int(time.time() * 1000)


_BUILDERS: dict[type[Outgoing], Callable[[Any, Any], Any]] = {
    OutgoingText: _text,
    OutgoingLocation: _location,
    OutgoingContact: _contact,
    OutgoingPoll: _poll,
    OutgoingReaction: _reaction,
    OutgoingEdit: _edit,
    OutgoingRevoke: _revoke,
}
