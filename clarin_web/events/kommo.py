"""What happens to the connection with Kommo, and what it changed here; see `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from clarin_web.announcing import Fact


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
class KommoTokenEnding(Fact):
    """The token ends in `days` or fewer: 30, 7, 1, or 0 when it is over. Told once each."""

    connection_id: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoWebhookChanged(Fact):
    """`state`: on, off, disabled by Kommo, or missing in its list."""

    connection_id: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KommoDisconnected(Fact):
    connection_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsMirrored(Fact):
    """Kommo changed what pages show beside these contacts, not what they are called or reached by."""

    durable: ClassVar[bool] = False
    contact_ids: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsMirrored(Fact):
    """One page of Kommo changed these leads; single moves also announce LeadMoved."""

    durable: ClassVar[bool] = False
    lead_ids: list[int]
    pipeline_ids: list[int]
