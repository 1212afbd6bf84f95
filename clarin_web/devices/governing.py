"""The governor at the last gate: reads what `governor` decides on, holds messages visibly, and stops a number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Row, bindparam, case, exists, func, insert, select, update
from sqlalchemy.orm import aliased

from clarin_web.db import execute, transaction
from clarin_web.devices.governor import (
    LATE_ANSWER,
    NEVER_WROTE,
    NOBODY,
    TALKING,
    Hold,
    Limits,
    Situation,
    decide,
    midnight_before,
    relationship,
)
from clarin_web.devices.outgoing import DEEDS
from clarin_web.devices.queries.figures import THEIRS, reached_out_today, unanswered
from clarin_web.events import Actor, DeviceChanged, MessageChanged, SendingStopped, announce
from clarin_web.models import Account, Chat, Device, DevicePolicy, Message, Outreach

STOPPED = {"account": Hold("stopped_all"), "person": Hold("stopped_here"), "banned": Hold("stopped_banned"),
           "failures": Hold("stopped_failures")}  # fmt: skip

RESTRICTED_HOURS = 24
CLOCKS_APART = timedelta(hours=1)  # WhatsApp's, which dates what left, and the database's


def stopped(account_id: int, device_id: int) -> Hold | None:
    """The kill switches: the account's, then the device's."""
    row = execute(_SWITCHES, {"account": account_id, "device": device_id}).one()
    return STOPPED["account"] if row.all else STOPPED.get(row.paused_reason)


def case_of(account_id: int, device_id: int, chat_id: int) -> Row[Any]:
    """Everything there is to know before a message of the chat leaves. One statement: it runs before each of them."""
    return execute(_CASE, {"account": account_id, "device": device_id, "chat": chat_id}).one()


def reached_out(account_id: int, device_id: int, chat_id: int, who: str) -> None:
    """Inside the claim's transaction: an outreach that leaves is counted."""
    values = {"account_id": account_id, "device_id": device_id, "chat_id": chat_id, "relationship": who}
    execute(insert(Outreach).values(values))


def reached_nobody(account_id: int, chat_id: int) -> None:
    """Inside the transaction in which a message failed for certain: an outreach of which nothing left is none, neither
    for the day's numbers nor as a conversation that was begun. It spaces out the next one all the same.
    """
    mine = Message.account_id == account_id, Message.chat_id == chat_id, Message.direction == "out"
    perhaps = Message.state.in_(("sending", "uncertain"))
    left = exists().where(*mine, perhaps | (Message.sent_at > Outreach.at - CLOCKS_APART))
    begun = Outreach.account_id == account_id, Outreach.chat_id == chat_id, Outreach.at > func.now() - TALKING
    nobody = update(Outreach).where(*begun, ~left).values(relationship=NOBODY)
    execute(nobody.execution_options(synchronize_session=False))


def foreseen(account_id: int, device_id: int, case: Row[Any]) -> Hold | None:
    """What the last gate would say now, for whoever is about to write."""
    return weigh(account_id, device_id, case)[0]


def is_first(case: Row[Any]) -> bool:
    """Nobody was ever written to here, nor wrote."""
    return not (_has_written(case) or case.wrote) and case.kind == "user"


def weigh(account_id: int, device_id: int, case: Row[Any]) -> tuple[Hold | None, str]:
    """The hold, and as what an outreach counts: "" among people who talk."""
    limits, now = limits_of(case), datetime.now(UTC)
    if case.kind == "group":
        return None, ""
    if not _has_written(case) and case.cold_paused_until and case.cold_paused_until > now:
        return Hold(case.cold_paused_reason, case.cold_paused_until), ""
    if case.reached_out or _is_answer(account_id, case, now):
        return None, ""
    who = relationship(_has_written(case), case.wrote_elsewhere)
    return decide(limits, _situation(account_id, device_id, who, case, limits, now), now), who


def _is_answer(account_id: int, case: Row[Any], now: datetime) -> bool:
    """They wrote within a day; or within a week, and nobody has answered yet, or did so within a day."""
    if not _has_written(case) or now - case.last_in_at >= LATE_ANSWER:
        return False
    if now - case.last_in_at < TALKING:
        return True
    answers = select(func.min(Message.sent_at)).where(
        Message.account_id == account_id,
        Message.chat_id == case.id,
        Message.direction == "out",
        Message.at > case.last_in_at,
    )
    answered_at = execute(answers).scalar_one()
    return answered_at is None or now - answered_at < TALKING


def _has_written(case: Row[Any]) -> bool:
    return case.last_in_at is not None


def hold_chat(account_id: int, chat_id: int, hold: Hold) -> None:
    """Everything that waits in the chat shows why, and its order stays; what shows it already is left alone.

    A deed waits for nothing here: its own time (a deletion's) is not to be written over.
    """
    with transaction():
        waiting = (Message.account_id == account_id, Message.chat_id == chat_id, Message.state == "queued")
        news = (Message.hold != hold.reason) | Message.due_at.is_distinct_from(hold.until)
        _hold(account_id, hold, *waiting, news, Message.kind.not_in(DEEDS))


def hold_device(account_id: int, device_id: int, hold: Hold) -> None:
    with transaction():
        chats = select(Chat.id).where(Chat.account_id == account_id, Chat.device_id == device_id)
        waiting = (Message.account_id == account_id, Message.state == "queued", Message.chat_id.in_(chats))
        _hold(account_id, hold, *waiting, Message.hold != hold.reason, Message.kind.not_in(DEEDS))


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


def restrict(account_id: int, device_id: int, chat_id: int, reason: str) -> bool:
    """WhatsApp lets this number begin no chats: strangers wait a day, then one of them is the question whether it does.

    Asking more often lengthens it (baileys says so where it meets a 463); who wrote to us is answered meanwhile.
    False when this one wrote to us: then it says nothing about strangers (whatsmeow's #1074).
    """
    if _has_written(case_of(account_id, device_id, chat_id)):
        return False
    with transaction():
        until = func.now() + func.make_interval(0, 0, 0, 0, RESTRICTED_HOURS)
        execute(
            update(Device)
            .where(Device.account_id == account_id, Device.id == device_id)
            .values(cold_paused_until=until, cold_paused_reason=reason)
        )
        about: dict[str, Any] = {"account_id": account_id, "actor": Actor.rule(), "device_id": device_id}
        announce(SendingStopped(**about, reason=reason))
        announce(DeviceChanged(**about))
    return True


class Signs:
    """Of one process: refusals in a row. WhatsApp refuses now and then; it does not refuse five different messages."""

    MANY = 5

    def __init__(self) -> None:
        self.refusals = 0

    def refused(self) -> bool:
        """True when it is enough, and the number must stop."""
        self.refusals += 1
        if self.refusals < self.MANY:
            return False
        self.refusals = 0
        return True

    def taken(self) -> None:
        self.refusals = 0


def limits_of(case: Any) -> Limits:
    """Of a row with the device's columns and the account's time_zone."""
    daily = {"answered": case.daily_answered, "known": case.daily_known, "cold": case.daily_cold}
    zone = ZoneInfo(case.time_zone)
    return Limits(case.pace_seconds, daily, case.quiet_from, case.quiet_to, zone, case.unanswered_most)


_ACCOUNT, _DEVICE = bindparam("account", type_=BigInteger), bindparam("device", type_=BigInteger)
_SWITCHES = select(
    exists()
    .where(DevicePolicy.account_id == _ACCOUNT, DevicePolicy.sending_stopped_at.is_not(None))
    .label("all"),
    Device.paused_reason,
).where(Device.account_id == _ACCOUNT, Device.id == _DEVICE)


def _case():  # type: ignore[no-untyped-def]
    account, chat = _ACCOUNT, bindparam("chat", type_=BigInteger)
    here = (Message.account_id == account, Message.chat_id == chat)
    newest_in = select(Message.at).where(*here, THEIRS).order_by(Message.at.desc()).limit(1).scalar_subquery()
    other = aliased(Chat)
    elsewhere = (
        exists()
        .where(other.account_id == account, other.contact_id == Chat.contact_id, other.kind == "user")
        .where(Message.account_id == account, Message.chat_id == other.id, THEIRS)
    )
    wrote = exists().where(*here, Message.direction == "out", Message.sent_at.is_not(None))
    reached = exists().where(
        Outreach.account_id == account, Outreach.chat_id == chat, Outreach.at > func.now() - TALKING,
        Outreach.relationship != NOBODY,
    )  # fmt: skip
    return (
        select(
            Chat.id, Chat.key, Chat.kind, Chat.contact_id,
            newest_in.label("last_in_at"),
            wrote.label("wrote"),
            case((newest_in.is_(None), elsewhere), else_=True).label("wrote_elsewhere"),
            reached.label("reached_out"),
            Device.pace_seconds, Device.daily_answered, Device.daily_known, Device.daily_cold,
            Device.quiet_from, Device.quiet_to, Device.signature, Account.time_zone,
            Device.unanswered_most, Device.first_linked_at, Device.cold_paused_until, Device.cold_paused_reason,
        )
        .join(Device, Device.account_id == Chat.account_id)
        .join(Account, Account.id == Chat.account_id)
        .where(Chat.account_id == account, Chat.id == chat, Device.id == _DEVICE)
    )  # fmt: skip


_CASE = _case()


def _situation(
    account_id: int, device_id: int, who: str, case: Row[Any], limits: Limits, now: datetime
) -> Situation:
    today = reached_out_today(account_id, device_id, midnight_before(limits.zone, now))
    mine = (Outreach.account_id == account_id, Outreach.device_id == device_id)
    newest = select(Outreach.id, Outreach.at).where(*mine).order_by(Outreach.id.desc()).limit(1)
    last = execute(newest).one_or_none()
    counts_silence = who in NEVER_WROTE and limits.unanswered is not None
    return Situation(
        who,
        False,
        today.get(who, 0),
        last.at if last else None,
        last.id if last else 0,
        age=now - (case.first_linked_at or now),
        strangers_today=sum(today.get(each, 0) for each in NEVER_WROTE),
        unanswered=unanswered(account_id, device_id) if counts_silence else 0,
    )
