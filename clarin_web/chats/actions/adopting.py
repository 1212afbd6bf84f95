"""A message in doubt finds its id on the wire: who was never told under which id it left learns it from what follows.

neonize chooses the id and keeps it to itself when the answer is lost. A linked device's ids have a form of their own,
so a tick for one that no row has can only be about the one message in doubt, once others had time to arrive.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update

from clarin_web.chats.actions.opening import find_chat_by_key
from clarin_web.db import execute
from clarin_web.devices.gateway import IncomingMessage, Receipt
from clarin_web.models import Chat, Device, Message

OURS = re.compile(r"3EB0[0-9A-F]{18}")
SETTLED = timedelta(seconds=10)  # what was written on another device of ours has come by then
CLOCKS = timedelta(minutes=2)  # how far WhatsApp's clock and ours may be apart


def adopt_by_receipt(device: Device, event: Receipt) -> bool:
    """Give a tick's id, which no row has, to the only message in doubt. Two in doubt, or one on its way, stay so."""
    if (
        len(event.wa_ids) != 1
        or event.at > datetime.now(UTC) - SETTLED
        or not OURS.fullmatch(event.wa_ids[0])
    ):
        return False
    chat = find_chat_by_key(device, event.chat, event.chat_alt)
    if chat is None:
        return False
    doubtful = execute(
        select(Message.id, Message.state, Message.at)
        .where(*_of(chat), Message.state.in_(("uncertain", "sending")))
        .order_by(Message.id)
        .limit(2)
    ).all()
    if len(doubtful) != 1 or doubtful[0].state != "uncertain" or doubtful[0].at > event.at + CLOCKS:
        return False
    _adopt(chat, doubtful[0].id, event.wa_ids[0])
    return True


def adopt_by_echo(chat: Chat, event: IncomingMessage) -> None:
    """WhatsApp shows us a message of ours with the words of one in doubt: it is that one, and it did leave."""
    if not event.from_me or not OURS.fullmatch(event.wa_id) or _is_known(chat, event.wa_id):
        return
    signed_body = func.concat("*", Message.extra["signed"].astext, ":*\n", Message.body)
    doubtful = select(Message.id).where(
        *_of(chat),
        Message.state == "uncertain",
        Message.kind == event.kind.value,
        or_(Message.body == event.text, signed_body == event.text),
        Message.at <= event.sent_at + CLOCKS,
    )
    if (message_id := execute(doubtful.order_by(Message.id).limit(1)).scalar()) is not None:
        _adopt(chat, message_id, event.wa_id)


def _of(chat: Chat) -> tuple[Any, ...]:
    return Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.direction == "out"


def _is_known(chat: Chat, wa_id: str) -> bool:
    known = select(Message.id).where(*_of(chat), Message.wa_id == wa_id)
    return execute(known.limit(1)).first() is not None


def _adopt(chat: Chat, message_id: int, wa_id: str) -> None:
    execute(
        update(Message)
        .where(Message.account_id == chat.account_id, Message.id == message_id)
        .values(wa_id=wa_id)
        .execution_options(synchronize_session=False)
    )
