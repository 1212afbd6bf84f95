"""What can be sent: one dataclass for each kind, and what the row of such a message is called.

A deed (reaction, edit, revoke) is sent like any message, in its chat's order, but is about another one: its `target`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from clarin_web.devices.gateway import Address, MessageKind

DEEDS = ("reaction", "edit", "revoke")


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message an answer refers to; WhatsApp wants its author and text repeated."""

    wa_id: str
    sender: Address | None
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """The message a deed is about; `sender` is set when somebody else wrote it, which groups need to know."""

    wa_id: str
    from_me: bool
    sender: Address | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`wa_id` was fixed when the row was written; see Capabilities.caller_message_ids."""

    wa_id: str
    chat: Address


@dataclass(frozen=True, slots=True)
class Content(Outgoing):
    """Something a person sees in the chat. `forwards`: through how many chats it has come, 0 when it is ours."""

    quoted: Quoted | None = field(default=None, kw_only=True)
    forwards: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class OutgoingText(Content):
    text: str


@dataclass(frozen=True, slots=True)
class OutgoingLocation(Content):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingContact(Content):
    """A card: the name shown, and the vCard behind it."""

    name: str
    vcard: str


@dataclass(frozen=True, slots=True)
class OutgoingPoll(Content):
    """`choices`: how many options one person may choose, 0 for as many as they like."""

    question: str
    options: tuple[str, ...]
    choices: int = 1


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file we keep; `devices.files` has its bytes. `thumb`: the hash of the small picture we drew, or empty."""

    account_id: int
    hash: str
    size: int
    mime: str
    name: str = ""
    seconds: int = 0
    width: int = 0
    height: int = 0
    thumb: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMedia(Content):
    """kind: image, video, gif, audio, voice, document or sticker."""

    kind: MessageKind
    file: SentFile
    caption: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingReaction(Outgoing):
    """An empty emoji takes the reaction back."""

    target: Target
    emoji: str


@dataclass(frozen=True, slots=True)
class OutgoingEdit(Outgoing):
    """`of`: what is edited; of a file it is the words under it."""

    target: Target
    text: str
    of: MessageKind = MessageKind.TEXT


@dataclass(frozen=True, slots=True)
class OutgoingRevoke(Outgoing):
    target: Target


def kind_of(message: Outgoing) -> str:
    """As in message.kind."""
    return message.kind.value if isinstance(message, OutgoingMedia) else _KINDS[type(message)]


_KINDS: dict[type[Outgoing], str] = {
    OutgoingText: MessageKind.TEXT.value,
    OutgoingLocation: MessageKind.LOCATION.value,
    OutgoingContact: MessageKind.CONTACT.value,
    OutgoingPoll: MessageKind.POLL.value,
    OutgoingReaction: "reaction",
    OutgoingEdit: "edit",
    OutgoingRevoke: "revoke",
}
MEDIA = ("image", "video", "gif", "audio", "voice", "document", "sticker")
KINDS = (*_KINDS.values(), *MEDIA)
