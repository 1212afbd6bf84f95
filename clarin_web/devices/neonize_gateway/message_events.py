"""What one WhatsApp message means, live or from history: something said, or a change to what was said before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from clarin_web.devices.gateway import (
    REPLACED,
    Address,
    Decoded,
    IncomingMessage,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PollOptionAdded,
    PollVote,
    Reaction,
)
from clarin_web.devices.neonize_gateway.addresses import moment_of
from clarin_web.devices.neonize_gateway.content import Content, content_of
from clarin_web.devices.neonize_gateway.content_parts import Details, clean
from clarin_web.devices.neonize_gateway.envelopes import unwrap

EVENT_ANSWERS = {1: "going", 2: "not_going", 3: "maybe"}
_SCHEDULED = 3  # secretEncType of a change to a message that has not been sent yet


@dataclass(frozen=True, slots=True)
class Origin:
    """Where, when and from whom a message came."""

    wa_id: str
    chat: Address
    sender: Address
    at: datetime
    from_me: bool = False
    push_name: str = ""
    chat_alt: Address | None = None
    sender_alt: Address | None = None
    by_admin: bool = False  # a deletion by somebody else than the author
    history: bool = False
    state: str = ""
    details: Details = field(default_factory=dict)

    def message(self, content: Content, wa_id: str = "") -> IncomingMessage:
        return IncomingMessage(
            wa_id=wa_id or self.wa_id,
            chat=self.chat,
            sender=self.sender,
            sent_at=self.at,
            kind=content.kind,
            text=content.text,
            from_me=self.from_me,
            push_name="" if self.from_me else self.push_name,
            quoted_wa_id=content.quoted_wa_id,
            chat_alt=self.chat_alt,
            sender_alt=self.sender_alt,
            details={**content.details, **self.details},
            file=content.file,
            quoted_text=content.quoted_text,
            history=self.history,
            state=self.state,
            parts=content.parts,
        )

    def notice(self, notice: str, **more: int) -> list[Decoded]:
        details: Details = {"notice": notice, **more}
        return [self.message(Content(MessageKind.SYSTEM, details=details))]


def events_of(origin: Origin, message: Any, *, view_once: bool = False) -> list[Decoded]:
    """[] for traffic between phones."""
    inner = unwrap(message).message
    for name, read in _CHANGES.items():
        if inner.HasField(name) and (found := read(origin, getattr(inner, name))):
            return found
    content = content_of(message, view_once=view_once)
    return [origin.message(content)] if content else []


def _reaction(origin: Origin, part: Any) -> list[Decoded]:
    at = moment_of(part.senderTimestampMS) if part.senderTimestampMS else origin.at
    if not part.key.ID:
        return []
    return [Reaction(part.key.ID, origin.chat, origin.sender, clean(part.text), at, origin.from_me)]


def _protocol(origin: Origin, part: Any) -> list[Decoded]:
    name = part.DESCRIPTOR.fields_by_name["type"].enum_type.values_by_number.get(part.type)
    read = _NOTES.get(name.name if name else "")
    return read(origin, part) if read else []


def _revocation(origin: Origin, part: Any) -> list[Decoded]:
    if not part.key.ID:
        return []
    name = "" if origin.from_me else origin.push_name
    return [
        MessageRevoked(
            part.key.ID, origin.chat, origin.at, origin.sender, origin.from_me, origin.by_admin, name
        )
    ]


def _edit(origin: Origin, part: Any) -> list[Decoded]:
    """What cannot be read of it is said to be on the phone: the words we have are no longer true."""
    if not part.key.ID:
        return []
    content = content_of(part.editedMessage)
    if content is None or not (content.words or content.parts or content.kind is not MessageKind.UNKNOWN):
        return [sealed_edit(origin, part.key.ID)]
    found = sealed_edit(origin, part.key.ID)
    details = {name: value for name, value in content.details.items() if name in REPLACED}
    return [
        replace(
            found,
            sealed=False,
            text=content.text,
            parts=content.parts,
            details=details,
            kind=content.kind,
        )
    ]


def sealed_edit(origin: Origin, wa_id: str) -> MessageEdited:
    return MessageEdited(wa_id, origin.chat, "", origin.at, origin.sender, origin.from_me, sealed=True)


def _secret(origin: Origin, part: Any) -> list[Decoded]:
    """Read by the number's process where it has the key (`message_secrets`): then the same comes again, readable."""
    target = part.targetMessageKey.ID
    return [sealed_edit(origin, target)] if target and part.secretEncType != _SCHEDULED else []


def _poll_option(origin: Origin, part: Any) -> list[Decoded]:
    option = clean(part.addOption.optionName)
    target = part.pollCreationMessageKey.ID
    return [PollOptionAdded(target, origin.chat, option, origin.at)] if target and option else []


def _pin(origin: Origin, part: Any) -> list[Decoded]:
    return origin.notice({1: "pinned", 2: "unpinned"}.get(part.type, "pinned"))


def _keep(origin: Origin, part: Any) -> list[Decoded]:
    return origin.notice({1: "kept", 2: "not_kept"}.get(part.keepType, "kept"))


def _ephemeral(origin: Origin, part: Any) -> list[Decoded]:
    return origin.notice("ephemeral", seconds=int(part.ephemeralExpiration))


def _limit_sharing(origin: Origin, part: Any) -> list[Decoded]:
    return origin.notice("sharing_limited" if part.limitSharing.sharingLimited else "sharing_free")


def _handover(origin: Origin, part: Any) -> list[Decoded]:
    """A company's desk says in its own words who answers from now on."""
    text = clean(part.cloudApiThreadControlNotification.notificationContent.handoffNotificationText)
    return [origin.message(Content(MessageKind.SYSTEM, text))] if text else []


def _named(code: str) -> Callable[[Origin, Any], list[Decoded]]:
    content = Content(MessageKind.UNKNOWN, details={"named": code})
    return lambda origin, _part: [origin.message(content)]


def vote(origin: Origin, wa_id: str, options: tuple[str, ...], at: datetime) -> PollVote:
    name = "" if origin.from_me else origin.push_name
    return PollVote(wa_id, origin.chat, origin.sender, options, at, origin.from_me, name)


def event_answer(origin: Origin, wa_id: str, answer: Any) -> list[Decoded]:
    """Whether somebody comes to an event; counted as a vote for one of three options."""
    code = EVENT_ANSWERS.get(answer.response)
    at = moment_of(answer.timestampMS) if answer.timestampMS else origin.at
    return [vote(origin, wa_id, (hashlib.sha256(code.encode()).hexdigest(),), at)] if wa_id and code else []


_CHANGES: dict[str, Callable[[Origin, Any], list[Decoded]]] = {
    "reactionMessage": _reaction,
    "protocolMessage": _protocol,
    "secretEncryptedMessage": _secret,
    "pollAddOptionMessage": _poll_option,
    "pinInChatMessage": _pin,
    "keepInChatMessage": _keep,
}
_NOTES: dict[str, Callable[[Origin, Any], list[Decoded]]] = {
    "REVOKE": _revocation,
    "MESSAGE_EDIT": _edit,
    "EPHEMERAL_SETTING": _ephemeral,
    "LIMIT_SHARING": _limit_sharing,
    "ACP2_SETTING": lambda origin, _part: origin.notice("privacy_changed"),
    "SHARE_PHONE_NUMBER": _named("phone_shared"),
    "CLOUD_API_THREAD_CONTROL_NOTIFICATION": _handover,
}
# Types of protocolMessage no person sees: they steer phones, bots and copies of the history.
SILENT_NOTES = frozenset(
    {
        "EPHEMERAL_SYNC_RESPONSE", "HISTORY_SYNC_NOTIFICATION", "APP_STATE_SYNC_KEY_SHARE",
        "APP_STATE_SYNC_KEY_REQUEST", "MSG_FANOUT_BACKFILL_REQUEST", "INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC",
        "APP_STATE_FATAL_EXCEPTION_NOTIFICATION", "PEER_DATA_OPERATION_REQUEST_MESSAGE",
        "PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE", "REQUEST_WELCOME_MESSAGE", "BOT_FEEDBACK_MESSAGE",
        "MEDIA_NOTIFY_MESSAGE", "LID_MIGRATION_MAPPING_SYNC", "REMINDER_MESSAGE", "BOT_MEMU_ONBOARDING_MESSAGE",
        "STATUS_MENTION_MESSAGE", "STOP_GENERATION_MESSAGE", "AI_PSI_METADATA", "AI_QUERY_FANOUT",
        "GROUP_MEMBER_LABEL_CHANGE", "AI_MEDIA_COLLECTION_MESSAGE", "MESSAGE_UNSCHEDULE", "CHAT_THEME_SETTING",
        "AI_METADATA_OPERATION", "MARK_AS_VERIFIED_ACTION", "COEX_STATE_SYNC",
        "SHARED_DEVICE_CONTACT_HASH_KEY_SHARE", "SHARED_DEVICE_CONTACT_HASH_KEY_REQUEST",
    }
)  # fmt: skip
NOTES = frozenset(_NOTES)
