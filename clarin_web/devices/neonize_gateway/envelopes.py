"""Messages within messages: which fields of a message only wrap another, which are traffic between phones, and what a
field means that this version of the library has no name for.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from clarin_web.devices.neonize_gateway import protos

MAX_DEPTH = 6  # a real message has three at most
LENGTH_DELIMITED = 2
VIEW_ONCE = ("viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension")
# Field: how what it wraps is called on a phone, when that is said at all.
ENVELOPES = {
    "deviceSentMessage": "",
    "viewOnceMessage": "",
    "viewOnceMessageV2": "",
    "viewOnceMessageV2Extension": "",
    "ephemeralMessage": "",
    "documentWithCaptionMessage": "",
    "editedMessage": "",
    "groupMentionedMessage": "",
    "botInvokeMessage": "",
    "botTaskMessage": "",
    "botForwardedMessage": "",
    "lottieStickerMessage": "",
    "audioStickerMessage": "",
    "eventCoverImage": "",
    "pollCreationOptionImageMessage": "",
    "pollCreationMessageV4": "",
    "associatedChildMessage": "",
    "limitSharingMessage": "",
    "acp2SettingMessage": "",
    "newsletterAdminProfileMessage": "",
    "newsletterAdminProfileStatusMessage": "",
    "newsletterScheduledMessage": "",
    "botPlatformRegistrationSuccessMessage": "",
    "statusMentionMessage": "status_mention",
    "groupStatusMentionMessage": "group_status_mention",
    "groupStatusMessage": "group_status",
    "groupStatusMessageV2": "group_status",
    "statusAddYours": "status_add_yours",
    "questionMessage": "question",
    "questionReplyMessage": "question_answer",
    "spoilerMessage": "spoiler",
    "commentMessage": "comment",
}
# Field: why no person sees it. What changes another message (a reaction, a vote) is read before this is asked.
SILENT = {
    "messageContextInfo": "keys and settings beside the content",
    "senderKeyDistributionMessage": "keys of a group",
    "fastRatchetKeySenderKeyDistributionMessage": "keys of a group",
    "groupRootKeyShare": "keys of a group",
    "rootSecretDistributeMessage": "keys of a group",
    "protocolMessage": "changes other messages, or only steers phones",
    "reactionMessage": "stands on the message it is about",
    "encReactionMessage": "stands on the message it is about, when this device has its key",
    "pollUpdateMessage": "stands in its poll, when this device has its key",
    "pollAddOptionMessage": "stands in its poll",
    "encEventResponseMessage": "stands in its event, when this device has its key",
    "secretEncryptedMessage": "changes the message it is about",
    "keepInChatMessage": "keeps a disappearing message on the phones",
    "pinInChatMessage": "a notice of its own",
    "albumMessage": "announces pictures that follow one by one",
    "stickerSyncRmrMessage": "phones exchange stickers",
    "call": "the key of a call, which is heard of by itself",
    "chat": "left over from 2013, sent by no phone",
    "messageHistoryBundle": "old messages for somebody new in a group, encrypted",
    "messageHistoryNotice": "announces such a bundle",
    "statusLinkPreviewMetadata": "how a link in a status is drawn",
}
# The same picture or film once more, larger: the phone shows one (messageAssociation.associationType).
_TWINS = ("HD_VIDEO_DUAL_UPLOAD", "HD_IMAGE_DUAL_UPLOAD", "HEVC_VIDEO_DUAL_UPLOAD", "MOTION_PHOTO")


class Unwrapped(NamedTuple):
    """`once`: may be seen once only. `label`: what the outermost envelope with a name is called."""

    message: Any
    once: bool = False
    label: str = ""


def unwrap(message: Any) -> Unwrapped:
    """The message inside its envelopes."""
    once, label = False, ""
    for _ in range(MAX_DEPTH):
        name = next((name for name in ENVELOPES if message.HasField(name)), "")
        inner = getattr(message, name).message if name else _from_the_future(message)
        if inner is None:
            break
        once, label = once or name in VIEW_ONCE, label or ENVELOPES.get(name, "")
        message = inner
    return Unwrapped(message, once, label)


def fields_said(message: Any) -> list[str]:
    """The names of what is in it for people."""
    return [field.name for field, _ in message.ListFields() if field.name not in SILENT]


def is_of_the_future(message: Any) -> bool:
    """It holds something, under a number for which this version of the library has no name."""
    return not fields_said(message) and len(UnknownFieldSet(message)) > 0


def is_twin(message: Any) -> bool:
    kind = message.messageContextInfo.messageAssociation.associationType
    values = message.messageContextInfo.messageAssociation.DESCRIPTOR.fields_by_name[
        "associationType"
    ].enum_type
    found = values.values_by_number.get(kind)
    return found is not None and found.name in _TWINS


def _from_the_future(message: Any) -> Any | None:
    """New kinds mostly wrap known ones. Only bytes of which every field is known, and one says something, are such
    a message: no words are guessed from the others, which may be keys."""
    if fields_said(message):
        return None
    contents = protos.load()[1]
    for field in UnknownFieldSet(message):
        if field.wire_type != LENGTH_DELIMITED:
            continue
        try:
            wrapped = contents.FutureProofMessage.FromString(field.data)
        except DecodeError:
            continue
        whole = not len(UnknownFieldSet(wrapped)) and not len(UnknownFieldSet(wrapped.message))
        if whole and wrapped.message.ListFields():
            return wrapped.message
    return None
