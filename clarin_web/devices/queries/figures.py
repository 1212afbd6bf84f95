"""How much waits, left today and was not understood, by number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, func, select

from clarin_web.db import execute
from clarin_web.devices.governor import NEVER_WROTE, UNANSWERED_DAYS
from clarin_web.models import Chat, Message, Outreach, WhatsappEvent


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


def asked_again(account_id: int, device_id: int) -> int:
    """Messages that came and could not be opened yet: their senders' phones were asked to send them once more."""
    query = (
        select(func.count())
        .select_from(Message)
        .join(Chat, (Chat.account_id == Message.account_id) & (Chat.id == Message.chat_id))
        .where(
            Message.account_id == account_id,
            Message.extra["type"].astext == "waiting",
            Chat.device_id == device_id,
        )
    )
    return execute(query).scalar_one()


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


# What somebody wrote to us, or called: not what WhatsApp itself says in a chat.
THEIRS = and_(Message.direction == "in", Message.kind != "system")


def unanswered(account_id: int, device_id: int) -> int:
    """People the number wrote to first in the last UNANSWERED_DAYS who have not written to it."""
    since = func.now() - func.make_interval(0, 0, 0, UNANSWERED_DAYS)
    answer = exists().where(Message.account_id == account_id, Message.chat_id == Outreach.chat_id, THEIRS)
    mine = (Outreach.account_id == account_id, Outreach.device_id == device_id, Outreach.at > since)
    strangers = Outreach.relationship.in_(NEVER_WROTE)
    return int(
        execute(select(func.count(Outreach.chat_id.distinct())).where(*mine, strangers, ~answer)).scalar_one()
    )


def reached_out_today(account_id: int, device_id: int, since: datetime) -> dict[str, int]:
    """Outreaches of the day by relationship: what the daily numbers are compared with."""
    mine = (Outreach.account_id == account_id, Outreach.device_id == device_id, Outreach.at >= since)
    rows = execute(select(Outreach.relationship, func.count()).where(*mine).group_by(Outreach.relationship))
    return {row[0]: row[1] for row in rows}
