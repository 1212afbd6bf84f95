"""The gateway between Clarin and WhatsApp: plain dataclasses, capability flags and typed errors.

Nothing past this module knows protobuf, JIDs or a vendor. Two implementations: `neonize_gateway` and `simulator`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from clarin_web.devices.heard import REPLACED as REPLACED
from clarin_web.devices.heard import Address as Address
from clarin_web.devices.heard import CallHeard as CallHeard
from clarin_web.devices.heard import Decoded as Decoded
from clarin_web.devices.heard import GroupNamed as GroupNamed
from clarin_web.devices.heard import IncomingMessage as IncomingMessage
from clarin_web.devices.heard import Kind as Kind
from clarin_web.devices.heard import MessageEdited as MessageEdited
from clarin_web.devices.heard import MessageKind as MessageKind
from clarin_web.devices.heard import MessageRevoked as MessageRevoked
from clarin_web.devices.heard import NotUnderstood as NotUnderstood
from clarin_web.devices.heard import NumberFound as NumberFound
from clarin_web.devices.heard import PersonNamed as PersonNamed
from clarin_web.devices.heard import PollOptionAdded as PollOptionAdded
from clarin_web.devices.heard import PollVote as PollVote
from clarin_web.devices.heard import PortraitNews as PortraitNews
from clarin_web.devices.heard import PortraitTold as PortraitTold
from clarin_web.devices.heard import Reaction as Reaction
from clarin_web.devices.heard import Receipt as Receipt
from clarin_web.media.announced import File as File

if TYPE_CHECKING:
    from clarin_web.devices.outgoing import Outgoing

ONLINE_FOR = (
    120.0  # seconds a number shows itself online after somebody looked or wrote; its phone is silent so long
)


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
    """A change of state; `reason` is a code of devices.reasons, with WhatsApp's number behind a colon if need be."""

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
    checks_numbers: bool = False  # can say whether a number is on WhatsApp without writing to it
    simulated: bool = False
    asks_every: tuple[float, float] = (4.0, 8.0)  # seconds between two questions about names and portraits


class GatewayError(Exception):
    """Something between us and WhatsApp went wrong. `reason` is shown to people, so it never holds secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PermanentError(GatewayError):
    """Repeating cannot help (not on WhatsApp, malformed, logged out): the message becomes failed."""


class GoneError(PermanentError):
    """The file is not on WhatsApp's servers any more; only the phone may still have it."""


class TooLargeError(PermanentError):
    """The file is larger than it may be, whatever was announced; what had come of it was thrown away."""


class TransientError(GatewayError):
    """Certainly not sent, and later may work (no connection): the message stays queued."""


class LaterError(TransientError):
    """Certainly not sent, though there is a connection: the same message again, a few times, longer apart."""


class RestrictedError(PermanentError):
    """Refused because the number may begin no chats for now; the chats it has go on."""


class TooOftenError(TransientError):
    """WhatsApp says that it is asked too much: leave it in peace for a good while."""


class UncertainError(GatewayError):
    """Nobody knows whether it left: shown as uncertain, never repeated by itself."""


class SessionLostError(GatewayError):
    """The keys of the link are damaged or gone: the number must be linked again. What was left is kept aside."""


class SessionUnusableError(GatewayError):
    """The keys cannot be read or written now (rights, a full disk): trying again helps once that is mended."""


class SessionBusyError(GatewayError):
    """Another process of this machine has the session: two would destroy it."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What somebody does right now; lost, nobody misses it. doing: typing, recording, paused, online or away."""

    chat: Address
    doing: str
    chat_alt: Address | None = None
    last_seen: datetime | None = None


class Listener(Protocol):
    """What a gateway talks to. Called from the gateway's own thread, in order; it must be quick."""

    def on_event(self, raw: bytes, kind: str) -> None:
        """Store the serialised event durably; when this returns WhatsApp is told that it arrived."""

    def has_event(self, wa_id: str) -> bool:
        """Whether an event that names this message was stored lately."""

    def on_state(self, change: ConnectionChanged) -> None:
        """Show the new state."""

    def on_pairing_code(self, code: PairingCode) -> None:
        """Show this code instead of the one before."""

    def on_paired(self, paired: Paired) -> None:
        """Remember the number and its session."""

    def on_presence(self, presence: Presence) -> None:
        """Show it to whoever has the chat open."""


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

    def on_whatsapp(self, phone: str) -> Address | None:
        """The address WhatsApp knows this number (digits) by, None when it knows none. Raises as `send` does.

        An address that is not the one asked about is also told as an event: NumberFound.
        """

    def ask_name(self, chat: Address) -> None:
        """What a group is called; of a person, what the phone has told us already. The answer comes as an event.

        Raises TransientError when there is none now.
        """

    def ask_portrait(self, chat: Address, known: str) -> None:
        """The profile picture, unless it is still the one with the id `known`. As `ask_name`."""

    def watch(self, chat: Address) -> None:
        """Ask to be told when they type or are online. We show ourselves online for a while."""

    def show_typing(self, chat: Address) -> None:
        """They see that somebody writes to them, for some seconds."""

    def rest(self) -> None:
        """Called now and then: when nobody has looked or typed for a while we go offline, and the phone rings again."""

    def mark_read(self, chat: Address, sender: Address, wa_ids: tuple[str, ...]) -> None:
        """Tell the customer their messages were read."""

    def log_out(self) -> bool:
        """Unlink from the phone and forget the session. False: WhatsApp could not be told, the phone still lists it."""

    def stop(self) -> None:
        """Disconnect, hand over every event already acknowledged, then stop."""
