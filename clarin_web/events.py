"""Facts: frozen, past tense, ids only. What follows from each is the one map in `subscriptions`.

`announce()` is called inside `transaction()`. A durable fact is also a row of table `fact`, written in the
same transaction: the timeline, the audit trail and (later) webhooks read it. Listeners run after commit, in
the map's order; one that fails is reported and does not stop the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import structlog
from sqlalchemy import insert

from clarin_web.db import after_commit, execute, is_away, release
from clarin_web.models import FactRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: a user, a rule, Kommo, WhatsApp, an import or the system itself (domain rule 14)."""

    kind: str
    id: int | None = None

    @classmethod
    def user(cls, user_id: int) -> Actor:
        return cls("user", user_id)

    @classmethod
    def kommo(cls) -> Actor:
        return cls("kommo")

    @classmethod
    def whatsapp(cls) -> Actor:
        return cls("whatsapp")

    @classmethod
    def rule(cls) -> Actor:
        return cls("rule")

    @classmethod
    def system(cls) -> Actor:
        return cls("system")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of every fact. `durable` classes leave a row; the others only wake listeners."""

    durable: ClassVar[bool] = True
    account_id: int
    actor: Actor


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
class LeadsMirrored(Fact):
    """One page of Kommo changed these leads; single moves also announce LeadMoved."""

    durable: ClassVar[bool] = False
    lead_ids: list[int]
    pipeline_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoProgressed(Fact):
    """The connection's state, progress or error changed."""

    durable: ClassVar[bool] = False
    connection_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoConnected(Fact):
    connection_id: int
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoDisconnected(Fact):
    connection_id: int


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
class ChatRead(ChatFact):
    durable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWroteFirst(ChatFact):
    """A person nobody has an open lead for wrote; the device says leads are wanted."""

    durable: ClassVar[bool] = False
    device_id: int
    pipeline_id: int | None = None


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
class NamesChanged(Fact):
    """A pipeline, stage, tag or person was added, renamed or archived: what pages look names up in."""

    durable: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChanged(Fact):
    """State, QR or name of a device changed."""

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
class UserSignedIn(Fact):
    user_id: int


Handler = Callable[[Any], None]
_subscriptions: Mapping[type[Fact], Iterable[Handler]] = {}


def subscribe(table: Mapping[type[Fact], Iterable[Handler]]) -> None:
    """Install the map of `subscriptions`; called once by each composition root (app, worker)."""
    global _subscriptions
    _subscriptions = table


def announce(fact: Fact) -> None:
    """Write the fact's row now, tell its listeners after commit. Only inside `transaction()`."""
    if fact.durable:
        execute(insert(FactRow), [fact_row(fact)])
    after_commit(lambda: _tell(fact))


def announce_all(facts: list[Fact]) -> None:
    """As `announce()` for many facts, with one INSERT."""
    if rows := [fact_row(fact) for fact in facts if fact.durable]:
        execute(insert(FactRow), rows)
    for fact in facts:
        after_commit(lambda fact=fact: _tell(fact))  # type: ignore[misc]


SUBJECTS = ("lead_id", "chat_id", "contact_id")


def fact_row(fact: Fact) -> dict[str, Any]:
    """The column values of a fact's row; what is not a column goes into `data`."""
    values = {f.name: getattr(fact, f.name) for f in dataclasses.fields(fact) if f.name != "actor"}
    columns = {name: values.pop(name, None) for name in ("account_id", *SUBJECTS)}
    return {
        **columns,
        "kind": type(fact).__name__,
        "actor_kind": fact.actor.kind,
        "actor_id": fact.actor.id,
        "data": values,
    }


def _tell(fact: Fact) -> None:
    for handler in _subscriptions.get(type(fact), ()):
        try:
            handler(fact)
        except Exception as error:
            release()  # the next listener does not go on in a transaction that failed
            about = {"fact": type(fact).__name__, "listener": handler.__qualname__}
            if is_away(error):
                log.warning("listener failed: database away", **about)
            else:
                log.exception("listener failed", **about)
