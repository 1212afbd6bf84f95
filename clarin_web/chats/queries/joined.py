"""What became of a chat that was joined with another, and which chats one is made of."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.models import Chat, ChatMerge


def survivor_of(member: Member, chat_id: int) -> int | None:
    """The chat in which it goes on, if the member sees that one."""
    gone = (
        ChatMerge.account_id == member.account_id,
        ChatMerge.loser_id == chat_id,
        ChatMerge.undone_at.is_(None),
    )
    query = (
        select(Chat.id)
        .join(ChatMerge, (ChatMerge.account_id == Chat.account_id) & (ChatMerge.winner_id == Chat.id))
        .where(visible(Chat, member), *gone)
    )
    return execute(query.order_by(ChatMerge.id.desc()).limit(1)).scalar()


def joined_with(account_id: int, chat_id: int) -> list[Row[Any]]:
    """The chats that became this one and may be taken out again: (id of the joining, key, merged_at)."""
    mine = ChatMerge.account_id == account_id, ChatMerge.winner_id == chat_id, ChatMerge.undone_at.is_(None)
    key = ChatMerge.kept["chat"]["key"].astext.label("key")
    return list(
        execute(select(ChatMerge.id, key, ChatMerge.merged_at).where(*mine).order_by(ChatMerge.id)).all()
    )
