"""Ticks: how far our messages came, and what our own phone has read. Only ever forward, in whatever order they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from clarin_web.chats.actions.adopting import adopt_by_receipt
from clarin_web.chats.actions.counting import read_on_phone
from clarin_web.chats.actions.opening import is_named
from clarin_web.chats.actions.ranks import RANK
from clarin_web.chats.actions.showing import NotYet, known_chat, tell
from clarin_web.db import execute
from clarin_web.devices.deeds import carry_out
from clarin_web.devices.gateway import Receipt
from clarin_web.devices.outgoing import DEEDS
from clarin_web.models import Chat, Device, Message


def apply_receipt(device: Device, event: Receipt) -> None:
    """Customer's ticks upgrade our messages; "read_here" means our own phone read theirs.

    NotYet when one of the messages it names is missing, after the others were ticked.
    """
    if event.status == "read_here":
        known = _read_here(device, event)
    elif event.status == "not_opened":
        known = _not_opened(device, _chats_of(device, event), event)
    else:
        chats = _chats_of(device, event)
        known = _tick(device, chats, event)
        if not known and adopt_by_receipt(device, event):
            known = _tick(device, chats, event)
    if missing := [wa_id for wa_id in event.wa_ids if wa_id not in known]:
        raise NotYet(missing[0])


def _tick(device: Device, chats: Any, event: Receipt) -> set[str]:
    """Those of its messages that exist."""
    upgrade(device.account_id, chats, list(event.wa_ids), event.status, event.at)
    return _known(device.account_id, chats, event.wa_ids, "out")


def _not_opened(device: Device, chats: Any, event: Receipt) -> set[str]:
    """It left, and nobody can read it: that is no "sent". A tick that comes all the same is believed."""
    gone = execute(
        update(Message)
        .where(
            Message.account_id == device.account_id,
            Message.chat_id.in_(chats),
            Message.wa_id.in_(event.wa_ids),
            Message.direction == "out",
            Message.state == "sent",
            Message.kind.not_in(DEEDS),
        )
        .values(state="failed", failure="not_opened", version=Message.version + 1)
        .returning(Message.id, Message.chat_id)
        .execution_options(synchronize_session=False)
    ).all()
    for row in gone:
        tell(device.account_id, row.chat_id, row.id, last_state="failed")
    return _known(device.account_id, chats, event.wa_ids, "out")


def upgrade(account_id: int, chat_ids: Any, wa_ids: list[str], state: str, at: datetime) -> None:
    """Move those of our messages that exist up to `state`, never down."""
    ours = (
        Message.account_id == account_id,
        Message.chat_id.in_(chat_ids),
        Message.wa_id.in_(wa_ids),
        Message.direction == "out",
    )
    below = Message.state.in_([name for name, rank in RANK.items() if rank < RANK[state]])
    # The chat before its message, as everywhere: the other way round deadlocks with a send that just ended.
    theirs = select(Message.chat_id).where(*ours)
    chats = select(Chat.id).where(Chat.account_id == account_id, Chat.id.in_(theirs))
    execute(chats.order_by(Chat.id).with_for_update())
    changed = execute(
        update(Message)
        .where(*ours, below)
        .values(state=state, failure="", version=Message.version + 1, **_stamp(state, at))
        .returning(Message.id, Message.chat_id, Message.kind, Message.body, Message.extra)
        .execution_options(synchronize_session=False)
    ).all()
    if len(changed) < len(wa_ids):
        _stamp_late(ours, state, at)
    for row in changed:
        if row.kind in DEEDS:
            tell(account_id, row.chat_id, carry_out(account_id, row, at))
        else:
            tell(account_id, row.chat_id, row.id, last_state=state)


def _stamp_late(ours: tuple[Any, ...], state: str, at: datetime) -> None:
    """A tick that comes after a higher one still says when it was earned."""
    ((column, earliest),) = _stamp(state, at).items()
    known = getattr(Message, column)
    late = update(Message).where(*ours, known.is_(None) | (known > at)).values({column: earliest})
    execute(late.execution_options(synchronize_session=False))


def _stamp(state: str, at: datetime) -> dict[str, ColumnElement[Any]]:
    """The time a state was reached is the earliest one we heard of."""
    column = {"sent": "sent_at", "delivered": "delivered_at"}.get(state, "read_at")
    return {column: func.least(func.coalesce(getattr(Message, column), at), at)}


def _chats_of(device: Device, event: Receipt) -> Any:
    """The chat a receipt names (by phone or LID), or every chat of the device when it names none we know."""
    addresses = [address for address in (event.chat, event.chat_alt) if address is not None]
    mine = select(Chat.id).where(Chat.account_id == device.account_id, Chat.device_id == device.id)
    named: Sequence[int] = execute(mine.where(is_named(*addresses))).scalars().all() if addresses else ()
    return named or mine


def _known(account_id: int, chats: Any, wa_ids: Sequence[str], direction: str) -> set[str]:
    there = select(Message.wa_id).where(
        Message.account_id == account_id,
        Message.chat_id.in_(chats),
        Message.wa_id.in_(wa_ids),
        Message.direction == direction,
    )
    return set(execute(there).scalars())


def _read_here(device: Device, event: Receipt) -> set[str]:
    """The owner read on the phone up to the newest of these messages; later ones stay unread."""
    chat = known_chat(device, event.chat, event.chat_alt)
    if chat is None:
        return set()
    known = _known(chat.account_id, [chat.id], event.wa_ids, "in")
    if known:
        read_on_phone(chat, known)
    return known
