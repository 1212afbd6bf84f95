"""What WhatsApp tells about chats, as plain dataclasses: who, what kind, and everything that may happen to a message.

`devices.gateway` gives all of it on: features import from there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from clarin_web.devices.message_parts import Part
from clarin_web.media.announced import File


class NotUnderstood(ValueError):
    """An event that cannot be read. `places`: messages of which at least is known where and from whom they came."""

    def __init__(self, why: str, places: tuple[IncomingMessage, ...] = ()) -> None:
        super().__init__(why)
        self.places = places


class Kind(enum.StrEnum):
    """Who or what a WhatsApp address names."""

    USER = "user"  # value: phone digits without plus, e.g. "5511999990001"
    LID = "lid"  # value: WhatsApp's private id of a person; the phone may be unknown
    GROUP = "group"  # value: the part before @g.us


class MessageKind(enum.StrEnum):
    """What a message is. UNKNOWN is what has no kind of its own here: details["named"] says what it is called."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    GIF = "gif"  # a silent film that repeats
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    CALL = "call"
    SYSTEM = "system"  # a notice of WhatsApp's, such as disappearing messages being switched on
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Address:
    """A person or group on WhatsApp. Status broadcasts and newsletters never become an Address."""

    kind: Kind
    value: str

    @property
    def key(self) -> str:
        """As stored in chat.key: bare digits for a phone, "…@lid", "…@g.us"."""
        return self.value + _SUFFIXES[self.kind]

    @classmethod
    def from_key(cls, key: str) -> Address:
        """The inverse of `key`."""
        kind = next((k for k, suffix in _SUFFIXES.items() if suffix and key.endswith(suffix)), Kind.USER)
        return cls(kind, key.removesuffix(_SUFFIXES[kind]))

    def __str__(self) -> str:
        return self.key


_SUFFIXES = {Kind.USER: "", Kind.LID: "@lid", Kind.GROUP: "@g.us"}


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message that appeared in a chat: a customer's, or (from_me) one the owner typed on the phone.

    The same wa_id may arrive twice: store it idempotently on (chat, wa_id). In a 1:1 chat `chat` may be a LID;
    `chat_alt` is then its phone (or the other way round) when WhatsApp told us the pair, else None.
    `history`: said before the number was linked; it is read, and nobody is told.
    """

    wa_id: str
    chat: Address
    sender: Address
    sent_at: datetime
    kind: MessageKind
    text: str = ""  # body, or the caption of media
    from_me: bool = False
    push_name: str = ""
    quoted_wa_id: str | None = None
    chat_alt: Address | None = None
    sender_alt: Address | None = None
    details: Mapping[str, str | int | float | bool] = field(
        default_factory=dict
    )  # file_name, seconds, options, …
    file: File | None = None
    quoted_text: str = ""  # what the quoted message said, as the answer repeats it
    history: bool = False
    state: str = ""  # of a history message of ours: sent, delivered, read or played
    parts: tuple[Part, ...] = ()  # what it shows besides its words


# Details that are what a message says; the others are how it came, and of its file, which no edit replaces.
REPLACED = ("named", "options", "choices", "latitude", "longitude", "address", "vcard", "count")


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The author replaced what a message says. `sealed`: with what, only the phone knows.

    `details` are those of REPLACED that it has now; `kind` is for whoever never heard the message itself.
    """

    wa_id: str
    chat: Address
    text: str
    at: datetime
    sender: Address | None = None
    from_me: bool = False
    parts: tuple[Part, ...] = ()
    sealed: bool = False
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    kind: MessageKind = MessageKind.TEXT


@dataclass(frozen=True, slots=True)
class MessageRevoked:
    """A message was deleted for everyone, by its author or (`by_admin`) an admin of the group."""

    wa_id: str
    chat: Address
    at: datetime
    sender: Address | None = None
    from_me: bool = False
    by_admin: bool = False
    push_name: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Ticks. status: delivered | read | played (the customer's), read_here (our own phone read their messages), or
    not_opened (the customer's phone could not, and will not get it again).
    """

    wa_ids: tuple[str, ...]
    status: str
    at: datetime
    chat: Address | None = None
    chat_alt: Address | None = None


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message; an empty emoji takes the reaction back."""

    wa_id: str  # of the message reacted to
    chat: Address
    sender: Address
    emoji: str
    at: datetime
    from_me: bool = False


@dataclass(frozen=True, slots=True)
class PollVote:
    """What one person chooses in a poll now, instead of what they chose before. Options are SHA-256 in hex."""

    wa_id: str  # of the poll
    chat: Address
    sender: Address
    options: tuple[str, ...]
    at: datetime
    from_me: bool = False
    push_name: str = ""


@dataclass(frozen=True, slots=True)
class PollOptionAdded:
    """Somebody added an option to a poll."""

    wa_id: str  # of the poll
    chat: Address
    option: str
    at: datetime
    sender: Address | None = None


@dataclass(frozen=True, slots=True)
class CallHeard:
    """One moment of a call; stage: offered | ended | declined | answered. Missed is what only ended."""

    call_id: str
    chat: Address
    stage: str
    at: datetime
    chat_alt: Address | None = None
    video: bool = False
    from_me: bool = False


@dataclass(frozen=True, slots=True)
class GroupNamed:
    """A group bears this name now; without one, WhatsApp was asked and would not say."""

    chat: Address
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonNamed:
    """How the phone of the number calls somebody, and how they call themselves; empty where nothing is known."""

    chat: Address
    phone_book: str
    push_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NumberFound:
    """Asked about a number (`chat`), WhatsApp named another address: other digits of that phone, or a private id."""

    chat: Address
    found: Address
    at: datetime


class PortraitNews(enum.StrEnum):
    """What became of a profile picture; all but CHANGED are answers."""

    THERE = "there"  # it has an id, and a file
    SAME = "same"  # the one we know
    NONE = "none"
    HIDDEN = "hidden"  # not for this number
    CHANGED = "changed"  # to what, nobody has said


@dataclass(frozen=True, slots=True)
class PortraitTold:
    """The profile picture of a person or a group. `file` can be downloaded for some days."""

    chat: Address
    news: str
    at: datetime
    portrait_id: str = ""
    file: File | None = None


Decoded = (
    IncomingMessage
    | MessageEdited
    | MessageRevoked
    | Receipt
    | Reaction
    | PollVote
    | PollOptionAdded
    | CallHeard
    | GroupNamed
    | PersonNamed
    | NumberFound
    | PortraitTold
)
