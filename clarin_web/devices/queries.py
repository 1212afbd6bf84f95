"""Reads about devices: the list, one device, and the words for how each is doing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from clarin_web.db import execute
from clarin_web.lib.errors import NotFound
from clarin_web.models import (
    Chat,
    Device,
    DevicePolicy,
    Message,
    Outreach,
    Pipeline,
    Stage,
    WhatsappEvent,
)

# A process beats every 5 s; three missed beats and nobody should believe its state.
STALE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(
    seconds=90
)  # between two starts of a process that cannot connect there is nobody to beat
RUNNING = ("connecting", "connected", "reconnecting", "pairing")


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as pages show it."""

    id: int
    name: str
    phone: str | None
    jid: str | None
    state: str
    state_reason: str
    state_at: datetime
    wanted: str
    qr: str | None
    qr_expires_at: datetime | None
    pairing_phone: str | None
    pair_code: str | None
    pair_code_expires_at: datetime | None
    state_until: datetime | None
    creates_leads: bool
    lead_pipeline_id: int | None
    lead_stage_id: int | None
    receives: bool
    groups: bool
    sends_receipts: bool
    asks_portraits: bool
    signature: str
    heartbeat_at: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    restarts: int
    ack_p50_ms: int | None
    ack_p95_ms: int | None
    memory_mb: int | None
    process: str
    linked_at: datetime | None
    alarm: str
    alarm_at: datetime | None
    proxy: str
    paused_at: datetime | None
    paused_reason: str
    pace_seconds: int
    daily_answered: int | None
    daily_known: int | None
    daily_cold: int | None
    quiet_from: time | None
    quiet_to: time | None
    shows_online: bool
    removing_at: datetime | None
    removed_at: datetime | None

    @property
    def shown_state(self) -> str:
        """`silent`: it should run, and its process has not been heard of."""
        if self.wanted == "stopped" or self.state not in RUNNING:
            return self.state
        heard = self.heartbeat_at or self.state_at
        patience = LONGEST_PAUSE if self.state == "connecting" else STALE
        return "silent" if datetime.now(UTC) - max(heard, self.state_at) > patience else self.state

    @property
    def qr_seconds(self) -> int:
        """Until WhatsApp replaces the code."""
        return seconds_to(self.qr_expires_at)

    @property
    def pair_code_seconds(self) -> int:
        """Until the phone no longer takes the letters."""
        return seconds_to(self.pair_code_expires_at)

    @property
    def qr_version(self) -> str:
        """Changes with the code, so that the picture does; says nothing about it."""
        return hashlib.sha256((self.qr or "").encode()).hexdigest()[:12]

    @property
    def is_linked(self) -> bool:
        return self.jid is not None

    @property
    def wants_connection(self) -> bool:
        return self.wanted != "stopped"


def seconds_to(moment: datetime | None) -> int:
    """0 once it is over."""
    return max(0, round((moment - datetime.now(UTC)).total_seconds())) if moment else 0


def number_is_taken(account_id: int, device_id: int, phone: str) -> bool:
    """Whether another device of the account is this number. Other accounts are not there."""
    query = select(Device.id).where(
        Device.account_id == account_id,
        Device.phone == phone,
        Device.id != device_id,
        Device.removed_at.is_(None),
    )
    return execute(query).first() is not None


def list_devices(account_id: int) -> list[DeviceRow]:
    """Every device of the account, oldest first."""
    query = _rows(account_id).order_by(Device.id)
    return [DeviceRow(*row) for row in execute(query)]


def get_device(account_id: int, device_id: int) -> DeviceRow:
    """NotFound for a removed device, and for another account's."""
    row = execute(_rows(account_id).where(Device.id == device_id)).first()
    if row is None:
        raise NotFound()
    return DeviceRow(*row)


def any_device(account_id: int, device_id: int) -> tuple[DeviceRow, bool]:
    """Also a removed one, whose chats are still read; and whether sending is stopped for every number."""
    stopped = exists().where(
        DevicePolicy.account_id == account_id, DevicePolicy.sending_stopped_at.is_not(None)
    )
    here = Device.account_id == account_id, Device.id == device_id
    row = execute(select(*_columns(), stopped).where(*here)).one_or_none()
    if row is None:
        raise NotFound()
    return DeviceRow(*row[:-1]), row[-1]


def is_removed(account_id: int, device_id: int) -> bool:
    gone = Device.account_id == account_id, Device.id == device_id, Device.removed_at.is_not(None)
    return execute(select(Device.id).where(*gone)).first() is not None


def removed_devices(account_id: int) -> list[Row[Any]]:
    """Numbers that were taken away, the latest first, with how many chats of each are still read."""
    chats = select(func.count()).where(Chat.account_id == account_id, Chat.device_id == Device.id)
    return list(
        execute(
            select(Device.id, Device.name, Device.phone, Device.removed_at,
                   chats.correlate(Device).scalar_subquery().label("chats"))
            .where(Device.account_id == account_id, Device.removed_at.is_not(None))
            .order_by(Device.removed_at.desc(), Device.id.desc())
        )
    )  # fmt: skip


def same_number_before(account_id: int, device: DeviceRow) -> Row[Any] | None:
    """A removed device that was this number and has chats, which the new one therefore lacks."""
    if device.phone is None:
        return None
    found = (row for row in removed_devices(account_id) if row.phone == device.phone and row.chats)
    return next(found, None)


def count_chats(account_id: int, device_id: int) -> int:
    of_device = Chat.account_id == account_id, Chat.device_id == device_id
    return execute(select(func.count()).where(*of_device)).scalar_one()


def _columns() -> list[InstrumentedAttribute[Any]]:
    return [getattr(Device, name) for name in DeviceRow.__slots__]


def _rows(account_id: int) -> Select[tuple[object, ...]]:
    return select(*_columns()).where(Device.account_id == account_id, Device.removed_at.is_(None))


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for every number of the account; these defaults until somebody sets another."""

    sending_stopped_at: datetime | None = None
    work_days: str = "12345"
    work_from: time = time(9)
    work_to: time = time(18)
    silent_minutes: int = 120


def policy_of(account_id: int) -> Policy:
    columns = [getattr(DevicePolicy, name) for name in Policy.__slots__]
    row = execute(select(*columns).where(DevicePolicy.account_id == account_id)).first()
    return Policy(*row) if row else Policy()


def alarms(account_id: int) -> list[DeviceRow]:
    """Numbers that need somebody, the oldest worry first."""
    query = _rows(account_id).where(Device.alarm != "").order_by(Device.alarm_at)
    return [DeviceRow(*row) for row in execute(query)]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Events of a device that could not be understood, and when the last one came."""

    amount: int
    last_at: datetime


def passed_over(account_id: int) -> dict[int, PassedOver]:
    """By device; none for those that understood everything."""
    rows = execute(
        select(WhatsappEvent.device_id, func.count(), func.max(WhatsappEvent.received_at))
        .where(WhatsappEvent.account_id == account_id, WhatsappEvent.failed_at.is_not(None))
        .group_by(WhatsappEvent.device_id)
    )
    return {row[0]: PassedOver(row[1], row[2]) for row in rows}


def waiting_by_device(account_id: int) -> dict[int, int]:
    """How many messages wait to leave through each number."""
    query = (
        select(Chat.device_id, func.count())
        .join(Message, (Message.account_id == Chat.account_id) & (Message.chat_id == Chat.id))
        .where(Message.account_id == account_id, Message.state == "queued")
        .group_by(Chat.device_id)
    )
    return {row[0]: row[1] for row in execute(query)}


def waiting_by_reason(account_id: int, device_id: int) -> list[Row[Any]]:
    """What waits to leave: (hold, how many, the first time one may go), the most first."""
    amount = func.count().label("amount")
    return list(
        execute(
            select(Message.hold, amount, func.min(Message.due_at).label("due_at"))
            .join(Chat, (Chat.account_id == Message.account_id) & (Chat.id == Message.chat_id))
            .where(Message.account_id == account_id, Chat.device_id == device_id, Message.state == "queued")
            .group_by(Message.hold)
            .order_by(amount.desc())
        )
    )


def reached_out_today(account_id: int, device_id: int, since: datetime) -> dict[str, int]:
    """Outreaches of the day by relationship: what the daily numbers are compared with."""
    mine = (Outreach.account_id == account_id, Outreach.device_id == device_id, Outreach.at >= since)
    rows = execute(select(Outreach.relationship, func.count()).where(*mine).group_by(Outreach.relationship))
    return {row[0]: row[1] for row in rows}


def stage_choices(account_id: int) -> list[tuple[int, str]]:
    """Open stages a device may put new leads into, with their pipeline's name."""
    query = (
        select(Stage.id, Pipeline.name.label("pipeline"), Stage.name)
        .join(Pipeline, (Pipeline.account_id == Stage.account_id) & (Pipeline.id == Stage.pipeline_id))
        .where(Stage.account_id == account_id, Stage.kind == "open", Stage.archived_at.is_(None))
        .order_by(Pipeline.id, Stage.position, Stage.id)
    )
    return [(row.id, f"{row.pipeline} · {row.name}") for row in execute(query)]
