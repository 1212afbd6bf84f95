"""What a number takes part in: receiving, groups, read ticks, and whether an agent's name is on what they write."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, func, select

from clarin_web.db import execute
from clarin_web.models import Device, Message, User, WhatsappEvent

SIGNATURES = ("off", "first", "always")
A_DAY = timedelta(hours=24)


def applied_now() -> ColumnElement[bool]:
    """Of a number that does not receive only ticks are; all else stays raw and is applied when it receives again."""
    off = exists().where(
        Device.account_id == WhatsappEvent.account_id,
        Device.id == WhatsappEvent.device_id,
        Device.receives.is_(False),
    )
    return WhatsappEvent.kind.endswith(".receipt") | ~off


def sends_receipts(account_id: int, device_id: int) -> bool:
    query = select(Device.sends_receipts).where(Device.account_id == account_id, Device.id == device_id)
    return bool(execute(query).scalar_one_or_none())


def signature(account_id: int, device_id: int, chat_id: int, author_id: int | None) -> str:
    """The name that goes above this author's next text here, or "". `first`: of the last 24 hours in this chat."""
    if author_id is None:
        return ""
    signed = exists().where(
        Message.account_id == account_id,
        Message.chat_id == chat_id,
        Message.author_id == author_id,
        Message.direction == "out",
        Message.sent_at > func.now() - A_DAY,
    )
    wanted = (Device.signature == "always") | and_(Device.signature == "first", ~signed)
    query = (
        select(User.name)
        .join(Device, wanted)
        .where(Device.account_id == account_id, Device.id == device_id, User.id == author_id)
    )
    return plain_name(execute(query).scalar_one_or_none() or "")


def signed(name: str, text: str) -> str:
    """As the customer sees it: the name in bold on a line of its own."""
    return f"*{name}:*\n{text}" if name else text


def plain_name(name: str) -> str:
    """Without what WhatsApp would take for formatting."""
    return " ".join("".join(char for char in name if char not in "*_~`").split())
