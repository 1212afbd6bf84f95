"""Unread and waiting, whatever the order in which messages and readings are heard.

Unread: the customer's messages after what our phone read or answered. Waiting: since the first of theirs that nothing
of ours followed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from clarin_web.chats.actions.previews import MessageLine, show_as_last, words_of
from clarin_web.chats.actions.reading import set_unread
from clarin_web.db import execute, session
from clarin_web.devices.outgoing import DEEDS
from clarin_web.events import Actor
from clarin_web.models import Chat, Message

UNSENT = (*DEEDS, "note", "system")


def customer_wrote(chat: Chat, at: datetime) -> None:
    """A message of theirs was added; the chat's last line is up to date."""
    if chat.read_until is None or at > chat.read_until:
        chat.unread = chat.unread + 1
    if chat.kind == "user" and not (at < chat.last_at and _was_answered(chat, at)):
        chat.waiting_since = min(chat.waiting_since or at, at)


def phone_wrote(chat: Chat, at: datetime) -> None:
    """Who answers on the phone has read what came before; what came after still waits."""
    session().flush()  # autoflush is off, and the counts below read rows
    _read_until(chat, at)
    if chat.waiting_since and at >= chat.waiting_since:
        chat.waiting_since = _first_after(chat, at) if at < chat.last_at else None


def read_on_phone(chat: Chat, wa_ids: set[str]) -> None:
    """The owner read up to the newest of these."""
    newest = select(func.max(Message.at)).where(*_theirs(chat), Message.wa_id.in_(wa_ids))
    had = chat.unread
    _read_until(chat, execute(newest).scalar_one())
    if chat.unread != had:
        set_unread(chat, chat.unread, Actor.whatsapp())


def recount(chat: Chat) -> None:
    """Messages came from another chat, or went to one: its last line, and what of it is unread and waits."""
    session().flush()
    newest = select(Message).where(
        Message.account_id == chat.account_id,
        Message.chat_id == chat.id,
        Message.kind.not_in((*DEEDS, "note")),
    )
    last = session().scalars(newest.order_by(Message.at.desc(), Message.id.desc()).limit(1)).one_or_none()
    chat.last_message_id = None
    if last is not None:
        words = words_of({"body": last.body, "kind": last.kind, "extra": last.extra})
        show_as_last(chat, MessageLine(last.id, last.at, last.direction, last.kind, words, last.state))
    if chat.read_until:
        _read_until(chat, chat.read_until)
    if chat.waiting_since:
        chat.waiting_since = _first_after(chat, chat.waiting_since - timedelta(microseconds=1))


def _read_until(chat: Chat, at: datetime) -> None:
    chat.read_until = max(chat.read_until or at, at)
    if chat.unread:
        later = select(func.count()).where(*_theirs(chat), Message.at > chat.read_until)
        chat.unread = min(chat.unread, execute(later).scalar_one())


def _theirs(chat: Chat) -> tuple[Any, ...]:
    return Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.direction == "in"


def _was_answered(chat: Chat, at: datetime) -> bool:
    ours = (
        Message.account_id == chat.account_id,
        Message.chat_id == chat.id,
        Message.direction == "out",
        Message.kind.not_in(UNSENT),
        Message.at >= at,
    )
    return execute(select(Message.id).where(*ours).limit(1)).first() is not None


def _first_after(chat: Chat, at: datetime) -> datetime | None:
    """The first of theirs that still waits: our newest message may be later than this one."""
    ours = select(func.max(Message.at)).where(
        Message.account_id == chat.account_id,
        Message.chat_id == chat.id,
        Message.direction == "out",
        Message.kind.not_in(UNSENT),
    )
    answered = max(execute(ours).scalar_one() or at, at)
    return execute(select(func.min(Message.at)).where(*_theirs(chat), Message.at > answered)).scalar_one()
