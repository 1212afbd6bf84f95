"""A message that could not be read when it came: its place is kept, and filled when WhatsApp sends it again, or when
Clarin understands what it could not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from clarin_web.chats.actions.previews import kind_of, words_of
from clarin_web.chats.actions.showing import rewrite
from clarin_web.db import execute, session, transaction
from clarin_web.devices.gateway import REPLACED
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat, Message

WAITING, UNREADABLE, UNAVAILABLE, NOT_UNDERSTOOD = "waiting", "unreadable", "unavailable", "not_understood"
SEALED = "sealed"  # a comment this device has no key for (yet)
PLACES = (WAITING, UNREADABLE, UNAVAILABLE, NOT_UNDERSTOOD, SEALED)
# whatsmeow asks the sender five times, within seconds of each other, and only while the sender's phone is there.
PATIENCE = timedelta(hours=1)
AT_ONCE = 100


def fill_in(chat: Chat, row: dict[str, Any]) -> int | None:
    """The message's id, when there was only its place. What happened to it meanwhile stays."""
    if row["extra"].get("type") in PLACES:
        return None
    mine = Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.wa_id == row["wa_id"]
    place = Message.extra["type"].astext.in_(PLACES)
    query = select(Message).where(*mine, place).with_for_update().execution_options(populate_existing=True)
    message = session().scalars(query).one_or_none()
    if message is None:
        return None
    extra = {name: value for name, value in message.extra.items() if name != "type"} | row["extra"]
    shared = {name: row[name] for name in ("quoted_wa_id", "quoted_preview", "sender_name")}
    if message.kind == "deleted":
        rewrite(message, extra={**extra, "original": row["body"], "was": row["kind"]}, **shared)
    elif "edited_at" in extra:
        edited = {**_as_edited(extra, message.extra), "original": row["body"]}
        kind = kind_of({**row, "extra": edited})
        rewrite(message, kind=row["kind"], extra=edited, **shared, last_kind=kind)
    else:
        lines = {"last_kind": kind_of(row), "last_preview": wa_preview(words_of(row))}
        rewrite(message, kind=row["kind"], body=row["body"], extra=extra, **shared, **lines)
    return message.id


def _as_edited(extra: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What an edit that came first said stands: the first words are older than it."""
    said = {name: before[name] for name in REPLACED if name in before}
    gone = ("parts", *(REPLACED if said else ()))
    kept = {"parts": before["parts"]} if "parts" in before else {}
    return {**{name: held for name, held in extra.items() if name not in gone}, **said, **kept}


def end_waiting(account_id: int) -> int:
    """What did not come again within PATIENCE is not promised any longer; it is still filled in should it come."""
    old = Message.extra["type"].astext == WAITING, Message.created_at < func.now() - PATIENCE
    late = select(Message.id, Message.chat_id).where(Message.account_id == account_id, *old)
    rows = execute(late.order_by(Message.id).limit(AT_ONCE)).all()
    for row in rows:
        with transaction():
            _end(account_id, row.chat_id, row.id)
    return len(rows)


def _end(account_id: int, chat_id: int, message_id: int) -> None:
    """The chat is locked before its message, as everywhere."""
    execute(select(Chat.id).where(Chat.account_id == account_id, Chat.id == chat_id).with_for_update())
    mine = Message.account_id == account_id, Message.id == message_id
    query = select(Message).where(*mine).with_for_update().execution_options(populate_existing=True)
    message = session().scalars(query).one()
    if message.extra.get("type") == WAITING:
        rewrite(message, extra={**message.extra, "type": UNREADABLE}, last_kind=UNREADABLE)
