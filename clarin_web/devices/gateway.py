"""The gateway between Clarin and WhatsApp: plain dataclasses, capability flags and typed errors.

Nothing past this module knows protobuf, JIDs or a vendor. Two implementations: `neonize_gateway` and `simulator`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clarin_web.devices.outgoing import Outgoing


class Kind(enum.StrEnum):
    """Who or what a WhatsApp address names."""

    USER = "user"  # value: phone digits without plus, e.g. "5511999990001"
    LID = "lid"  # value: WhatsApp's private id of a person; the phone may be unknown
    GROUP = "group"  # value: the part before @g.us


class MessageKind(enum.StrEnum):
    """What a message is; everything but TEXT is shown as a placeholder until media are handled."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    UNKNOWN = "unknown"


class State(enum.StrEnum):
    """What a device is doing now; the gateway reports it, the child writes it to the device row."""

    UNPAIRED = "unpaired"
    STOPPED = "stopped"
    CONNECTING = "connecting"
    PAIRING = "pairing"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    REPLACED = "replaced"
    BANNED = "banned"
    OUTDATED = "outdated"
    ERROR = "error"


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
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)  # mime, size, file_name, …


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The author replaced the text of a message."""

    wa_id: str
    chat: Address
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageRevoked:
    """The author deleted a message for everyone."""

    wa_id: str
    chat: Address
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """Ticks. status: delivered | read | played (the customer's) or read_here (our own phone read their messages)."""

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


Decoded = IncomingMessage | MessageEdited | MessageRevoked | Receipt | Reaction


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A QR text to draw exactly as it is, or (`typed`) eight letters to type on the phone; and until when."""

    text: str
    expires_at: datetime
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Paired:
    """The owner's phone accepted the code: this device is now that number."""

    phone: str  # digits
    session: str  # what the gateway needs to find the session again
    lid: str = ""
    push_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """A change of state; `reason` is a code of devices.queries.REASONS, or free text."""

    state: State
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentResult:
    """WhatsApp took the message. `wa_id` is the id on the wire: the row must carry this one from now on."""

    wa_id: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an implementation can do; code asks here instead of catching exceptions."""

    caller_message_ids: bool  # True: the wire uses our wa_id, so a repeated send is not seen twice
    sends: frozenset[str] = frozenset(
        {"text"}
    )  # message kinds and deeds; what is not here fails before the wire
    simulated: bool = False


class GatewayError(Exception):
    """Something between us and WhatsApp went wrong. `reason` is shown to people, so it never holds secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PermanentError(GatewayError):
    """Repeating cannot help (not on WhatsApp, malformed, logged out): the message becomes failed."""


class TransientError(GatewayError):
    """Certainly not sent, and later may work (no connection): the message stays queued."""


class UncertainError(GatewayError):
    """Nobody knows whether it left: shown as uncertain, never repeated by itself."""


class Listener(Protocol):
    """What a gateway talks to. Called from the gateway's own thread, in order; it must be quick."""

    def on_event(self, raw: bytes, kind: str) -> None:
        """Store the serialised event durably; WhatsApp has already been told it arrived."""

    def on_state(self, change: ConnectionChanged) -> None:
        """Show the new state."""

    def on_pairing_code(self, code: PairingCode) -> None:
        """Show this code instead of the one before."""

    def on_paired(self, paired: Paired) -> None:
        """Remember the number and its session."""


class Gateway(Protocol):
    """One linked number. Lives in one process, is started once and never restarted in it."""

    capabilities: Capabilities

    def start(self, listener: Listener) -> None:
        """Begin connecting (or pairing, without a session) on the gateway's own thread and return at once."""

    @property
    def alive(self) -> bool:
        """False once the gateway gave up: the process must end so that the supervisor starts a fresh one."""

    def send(self, message: Outgoing) -> SentResult:
        """One attempt, now, whatever its kind; or raise PermanentError, TransientError or UncertainError."""

    def mark_read(self, chat: Address, sender: Address, wa_ids: tuple[str, ...]) -> None:
        """Tell the customer their messages were read."""

    def log_out(self) -> None:
        """Unlink from the phone and forget the session."""

    def stop(self) -> None:
        """Disconnect, hand over every event already acknowledged, then stop."""
