"""What one number has still to send, and what it lately could not: over all its chats that the member may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.devices.outgoing import DEEDS
from clarin_web.models import Chat, Message, User

SHOWN = 100
LATELY = timedelta(days=3)
NOT_SENT = ("failed", "uncertain")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`rows`: the first SHOWN of `amount`; `not_sent`: of the last days, the latest first."""

    rows: list[Row[Any]]
    amount: int
    not_sent: list[Row[Any]]


def waiting_of(member: Member, device_id: int) -> Waiting:
    queued = Message.state.in_(("queued", "sending"))
    rows = list(execute(_lines(member, device_id, queued).order_by(Message.id).limit(SHOWN)))
    lately = and_(Message.state.in_(NOT_SENT), Message.created_at > func.now() - LATELY)
    not_sent = _lines(member, device_id, lately).where(Message.kind.not_in(DEEDS))
    latest = not_sent.order_by(Message.id.desc()).limit(SHOWN)
    amount = len(rows) if len(rows) < SHOWN else len(queued_ids(member, device_id))
    return Waiting(rows, amount, list(execute(latest)))


def queued_ids(member: Member, device_id: int) -> list[int]:
    """All that has not begun to leave, oldest first."""
    queued = _of_device(select(Message.id), member, device_id).where(Message.state == "queued")
    return list(execute(queued.order_by(Message.id)).scalars())


def _lines(member: Member, device_id: int, which: ColumnElement[bool]) -> Select[Any]:
    columns = (
        Message.id, Message.kind, func.left(Message.body, 200).label("body"), Message.state, Message.failure,
        Message.hold, Message.due_at, Message.created_at, Chat.id.label("chat_id"), Chat.name.label("chat_name"),
        Chat.contact_id, User.name.label("author_name"),
    )  # fmt: skip
    lines = _of_device(select(*columns), member, device_id)
    return lines.outerjoin(User, User.id == Message.author_id).where(which)


def _of_device(statement: Select[Any], member: Member, device_id: int) -> Select[Any]:
    here = and_(Chat.account_id == Message.account_id, Chat.id == Message.chat_id)
    mine = Message.account_id == member.account_id, Chat.device_id == device_id, visible(Chat, member)
    return statement.join(Chat, here).where(*mine, Message.direction == "out")
