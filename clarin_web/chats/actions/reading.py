"""Unread counts: what a person saw is read, for the whole team."""

from __future__ import annotations

from sqlalchemy import func, select

from clarin_web.accounts.permissions import Member, Permission, visible
from clarin_web.chats.queries import lock_chat
from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, ChatRead, announce
from clarin_web.lib.errors import NotFound
from clarin_web.models import Chat, Message


def mark_as_read(member: Member, chat_id: int, seen: int | None = None) -> None:
    """Clear the unread count up to message `seen` (all when None); what arrived after it stays unread."""
    member.must(Permission.WORK)
    if not _has_unread(member, chat_id):
        return  # open threads ask this often; only news is worth a lock
    with transaction():
        chat = lock_chat(member, chat_id)
        left = 0 if seen is None else _arrived_after(chat, seen)
        if left < chat.unread:
            set_unread(chat, left, Actor.user(member.user_id))


def set_unread(chat: Chat, count: int, actor: Actor) -> None:
    """Write the count and tell; inside the caller's transaction, which holds the chat's row."""
    chat.unread, chat.version = count, chat.version + 1
    session().flush()  # autoflush is off and the listeners read the row
    announce(ChatRead(account_id=chat.account_id, actor=actor, chat_id=chat.id, contact_id=chat.contact_id))


def _has_unread(member: Member, chat_id: int) -> bool:
    unread = execute(
        select(Chat.unread).where(visible(Chat, member), Chat.id == chat_id)
    ).scalar_one_or_none()
    if unread is None:
        raise NotFound("chat")
    return unread > 0


def _arrived_after(chat: Chat, message_id: int) -> int:
    return execute(
        select(func.count()).where(
            Message.account_id == chat.account_id,
            Message.chat_id == chat.id,
            Message.direction == "in",
            Message.id > message_id,
        )
    ).scalar_one()
