"""Facts: frozen, past tense, ids only. What follows from each is the one map in `subscriptions`.

How they are told is in `announcing`; who tells imports both from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from clarin_web.announcing import Actor as Actor
from clarin_web.announcing import Fact as Fact
from clarin_web.announcing import Handler as Handler
from clarin_web.announcing import announce as announce
from clarin_web.announcing import announce_all as announce_all
from clarin_web.announcing import fact_row as fact_row
from clarin_web.announcing import subscribe as subscribe
from clarin_web.events.accounts import AccessChanged as AccessChanged
from clarin_web.events.accounts import SignInFailed as SignInFailed
from clarin_web.events.accounts import UserSignedIn as UserSignedIn
from clarin_web.events.kommo import ContactsMirrored as ContactsMirrored
from clarin_web.events.kommo import KommoConnected as KommoConnected
from clarin_web.events.kommo import KommoDisconnected as KommoDisconnected
from clarin_web.events.kommo import KommoProgressed as KommoProgressed
from clarin_web.events.kommo import KommoTokenEnding as KommoTokenEnding
from clarin_web.events.kommo import KommoWebhookChanged as KommoWebhookChanged
from clarin_web.events.kommo import LeadsMirrored as LeadsMirrored


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFact(Fact):
    """`pipeline_id` is where the lead is now: its board is what must be told."""

    lead_id: int
    pipeline_id: int
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCreated(LeadFact):
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadMoved(LeadFact):
    from_stage_id: int
    to_stage_id: int
    from_pipeline_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadClosed(LeadFact):
    """`outcome` is "won" or "lost"; a lost lead has a reason."""

    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReopened(LeadFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadChanged(LeadFact):
    """`changes`: {field: [before, after]} as plain text."""

    changes: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAssigned(LeadFact):
    from_user_id: int | None
    to_user_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTagged(LeadFact):
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNoted(LeadFact):
    note_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTrashed(LeadFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRestored(LeadFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatFact(Fact):
    chat_id: int
    contact_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(ChatFact):
    durable: ClassVar[bool] = False
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageQueued(ChatFact):
    """An outbound row exists; its device must be woken."""

    durable: ClassVar[bool] = False
    message_id: int
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(ChatFact):
    """State, reaction, edit or deletion of one message."""

    durable: ClassVar[bool] = False
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaWanted(Fact):
    """A file waits to be downloaded by this device."""

    durable: ClassVar[bool] = False
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaArrived(Fact):
    """Its bytes are here; nobody has looked at what they are."""

    durable: ClassVar[bool] = False
    media_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryMade(Fact):
    durable: ClassVar[bool] = False
    device_id: int
    chat_id: int
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryCame(ChatFact):
    """Messages from before the number was linked were added to this chat."""

    durable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsLifted(Fact):
    """What waited in these chats for a reason waits for it no more."""

    durable: ClassVar[bool] = False
    chat_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRead(ChatFact):
    durable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWroteFirst(ChatFact):
    """A person nobody has an open lead for wrote; the device says leads are wanted."""

    durable: ClassVar[bool] = False
    device_id: int
    pipeline_id: int | None = None
    stage_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsJoined(ChatFact):
    """Two chats of one person on one number became `chat_id`."""

    loser_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatsSeparated(ChatFact):
    """Undone: `loser_id` is there again."""

    loser_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMerged(Fact):
    contact_id: int
    loser_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Fact):
    durable: ClassVar[bool] = False
    contact_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRenamed(Fact):
    """The name that is shown, from one to another, and which source it came from."""

    contact_id: int
    source: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesChanged(Fact):
    """A pipeline, stage, tag or person was added, renamed or archived: what pages look names up in."""

    durable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Fact):
    """State, QR or name of a device changed."""

    durable: ClassVar[bool] = False
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNotUnderstood(Fact):
    """Something a device heard was passed over; its page counts it."""

    durable: ClassVar[bool] = False
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAdded(Fact):
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLinked(Fact):
    device_id: int
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLoggedOut(Fact):
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRemoved(Fact):
    """The number is gone from lists; its chats stay to be read."""

    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRestored(Fact):
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAlarmed(Fact):
    """The number needs somebody: not_connected, not_reporting, silent or stopped."""

    device_id: int
    alarm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecovered(Fact):
    device_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingStopped(Fact):
    """Nothing leaves through the device, or (None) through any. `reason`: person, banned or failures;
    restricted or capped stop only what goes to people who never wrote."""

    device_id: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingResumed(Fact):
    device_id: int | None
