"""The governor at the last gate: reads what `governor` decides on, holds messages visibly, and stops a number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exists, func, insert, select, update

from clarin_web.db import execute, transaction
from clarin_web.devices.governor import (
    TALKING,
    Hold,
    Limits,
    Situation,
    decide,
    midnight_before,
    relationship,
)
from clarin_web.events import Actor, DeviceChanged, MessageChanged, SendingStopped, announce
from clarin_web.models import Account, Chat, Device, DevicePolicy, Lead, Message, Outreach

STOPPED = {"account": Hold("stopped_all"), "person": Hold("stopped_here"), "banned": Hold("stopped_banned"),
           "failures": Hold("stopped_failures")}  # fmt: skip


def stopped(account_id: int, device_id: int) -> Hold | None:
    """The kill switches: the account's, then the device's."""
    policy = (DevicePolicy.account_id == account_id) & DevicePolicy.sending_stopped_at.is_not(None)
    query = select(exists().where(policy).label("all"), Device.paused_reason).where(
        Device.account_id == account_id, Device.id == device_id
    )
    row = execute(query).one()
    return STOPPED["account"] if row.all else STOPPED.get(row.paused_reason)


def may_go(account_id: int, device_id: int, chat_id: int) -> tuple[Hold | None, bool]:
    """Inside the claim's transaction. Going is remembered as an outreach. The flag: nobody was ever written to here."""
    hold, is_first, outreach = _weigh(account_id, device_id, chat_id)
    if hold is None and outreach:
        values = {"account_id": account_id, "device_id": device_id, "chat_id": chat_id}
        execute(insert(Outreach).values(values | {"relationship": outreach}))
    return hold, is_first


def foreseen(account_id: int, device_id: int, chat_id: int) -> tuple[Hold | None, bool]:
    """What `may_go` would say now, for whoever is about to write; nothing is remembered."""
    return _weigh(account_id, device_id, chat_id)[:2]


def _weigh(account_id: int, device_id: int, chat_id: int) -> tuple[Hold | None, bool, str]:
    """The hold, whether it is a first message, and as what an outreach counts: "" among people who talk."""
    device, chat, now = _device(account_id, device_id), _chat(account_id, chat_id), datetime.now(UTC)
    limits, has_written = _limits(device), chat.last_in_at is not None
    who = relationship(has_written, chat.wrote or chat.has_lead)
    is_first = not (has_written or chat.wrote) and chat.kind == "user"
    recently = has_written and now - chat.last_in_at < TALKING
    if recently or chat.reached_out or chat.kind == "group":
        return None, is_first, ""
    return decide(limits, _situation(account_id, device_id, who, limits, now), now), is_first, who


def hold_chat(account_id: int, chat_id: int, hold: Hold) -> None:
    """Everything that waits in the chat shows why, and its order stays; what shows it already is left alone."""
    with transaction():
        waiting = (Message.account_id == account_id, Message.chat_id == chat_id, Message.state == "queued")
        news = (Message.hold != hold.reason) | Message.due_at.is_distinct_from(hold.until)
        _hold(account_id, hold, *waiting, news)


def hold_device(account_id: int, device_id: int, hold: Hold) -> None:
    with transaction():
        chats = select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id)
        waiting = (Message.account_id == account_id, Message.state == "queued", Message.chat_id.in_(chats))
        _hold(account_id, hold, *waiting, Message.hold != hold.reason)


def _hold(account_id: int, hold: Hold, *which: Any) -> None:
    held = (
        update(Message)
        .where(*which)
        .values(hold=hold.reason, due_at=hold.until, version=Message.version + 1)
        .returning(Message.id, Message.chat_id)
        .execution_options(synchronize_session=False)
    )
    for row in execute(held).all():
        announce(
            MessageChanged(account_id=account_id, actor=Actor.rule(), chat_id=row.chat_id, message_id=row.id)
        )


def pause(account_id: int, device_id: int, reason: str) -> None:
    """A sign that WhatsApp minds: nothing leaves until a person has looked. Already stopped, it stays as it is."""
    with transaction():
        paused = (
            update(Device)
            .where(Device.account_id == account_id, Device.id == device_id, Device.paused_at.is_(None))
            .values(paused_at=func.now(), paused_reason=reason)
            .returning(Device.id)
            .execution_options(synchronize_session=False)
        )
        if execute(paused).first():
            about: dict[str, Any] = {"account_id": account_id, "actor": Actor.rule(), "device_id": device_id}
            announce(SendingStopped(**about, reason=reason))
            announce(DeviceChanged(**about))


class Signs:
    """Of one process: refusals in a row. WhatsApp refuses now and then; it does not refuse five different messages."""

    MANY = 5

    def __init__(self) -> None:
        self.refusals = 0

    def refused(self, account_id: int, device_id: int) -> None:
        self.refusals += 1
        if self.refusals >= self.MANY:
            self.refusals = 0
            pause(account_id, device_id, "failures")

    def taken(self) -> None:
        self.refusals = 0


def _device(account_id: int, device_id: int) -> Row[Any]:
    return execute(
        select(Device.pace_seconds, Device.daily_answered, Device.daily_known, Device.daily_cold,
               Device.quiet_from, Device.quiet_to, Account.time_zone)
        .join(Account, Account.id == Device.account_id)
        .where(Device.account_id == account_id, Device.id == device_id)
    ).one()  # fmt: skip


def _limits(device: Row[Any]) -> Limits:
    daily = {"answered": device.daily_answered, "known": device.daily_known, "cold": device.daily_cold}
    return Limits(device.pace_seconds, daily, device.quiet_from, device.quiet_to, ZoneInfo(device.time_zone))


def _chat(account_id: int, chat_id: int) -> Row[Any]:
    """One statement: this runs before every message."""
    here = (Message.account_id == account_id, Message.chat_id == chat_id)
    newest_in = (
        select(Message.at).where(*here, Message.direction == "in").order_by(Message.at.desc()).limit(1)
    )
    mine = (Lead.account_id == account_id, Lead.contact_id == Chat.contact_id)
    wrote = exists().where(*here, Message.direction == "out", Message.sent_at.is_not(None))
    reached = exists().where(
        Outreach.account_id == account_id, Outreach.chat_id == chat_id, Outreach.at > func.now() - TALKING
    )
    return execute(
        select(
            Chat.kind,
            newest_in.scalar_subquery().label("last_in_at"),
            wrote.label("wrote"),
            exists().where(*mine).label("has_lead"),
            reached.label("reached_out"),
        ).where(Chat.account_id == account_id, Chat.id == chat_id)
    ).one()


def _situation(account_id: int, device_id: int, who: str, limits: Limits, now: datetime) -> Situation:
    mine = (Outreach.account_id == account_id, Outreach.device_id == device_id)
    today = Outreach.at >= midnight_before(limits.zone, now)
    count = select(func.count()).where(*mine, today, Outreach.relationship == who).scalar_subquery()
    last = execute(
        select(Outreach.id, Outreach.at, count).where(*mine).order_by(Outreach.id.desc()).limit(1)
    ).one_or_none()
    return Situation(who, False, last[2], last.at, last.id) if last else Situation(who, False, 0)
