"""A live location is one message that moves: what a phone tells every minute changes the place of its first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from clarin_web.chats.actions.showing import rewrite
from clarin_web.db import session
from clarin_web.models import Chat, Message

LONGEST = timedelta(hours=8)  # WhatsApp shares a place no longer than that
# Some phones count their updates from 1, others by the clock: then only the seconds since the first tell them apart.
COUNTED_MOST = 10**6


def is_of_a_live_location(row: dict[str, Any]) -> bool:
    """Whether it may move one that is here: the first of a sharing never does."""
    sequence = int(row["extra"].get("sequence", 0))
    is_later = sequence > 1 if sequence <= COUNTED_MOST else int(row["extra"].get("since", 0)) > 0
    return row["kind"] == "location" and bool(row["extra"].get("live")) and is_later


def move_live_location(chat: Chat, row: dict[str, Any]) -> bool:
    """Whether the row was no message of its own: the place moved, or was told later than the next one."""
    extra, shared = row["extra"], _shared_by(chat, row)
    if shared is None:
        return False
    if shared.wa_id != row["wa_id"] and extra["sequence"] > int(str(shared.extra.get("sequence", 0))):
        moved = {name: extra[name] for name in ("latitude", "longitude", "sequence") if name in extra}
        rewrite(shared, extra={**shared.extra, **moved, "moved_at": row["at"].isoformat()})
    return True


def _shared_by(chat: Chat, row: dict[str, Any]) -> Message | None:
    """The live location of this sender that still moves then, locked."""
    shared = (
        select(Message)
        .where(Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.kind == "location")
        .where(Message.direction == row["direction"], Message.sender_key == row["sender_key"])
        .where(
            Message.at > row["at"] - LONGEST, Message.at <= row["at"], Message.extra["live"].astext == "true"
        )
        .order_by(Message.at.desc(), Message.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session().scalars(shared).one_or_none()
