"""A message that could not be read when it came: its place is kept, and filled when WhatsApp sends it again, or when
Clarin understands what it could not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from clarin_web.chats.actions.previews import kind_of, words_of
from clarin_web.chats.actions.showing import rewrite
from clarin_web.db import session
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat, Message

WAITING, NOT_UNDERSTOOD = "waiting", "not_understood"
SEALED = "sealed"  # a comment this device has no key for (yet)
PLACES = (WAITING, NOT_UNDERSTOOD, SEALED)


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
        edited = {name: held for name, held in extra.items() if name != "parts"}
        kept = {"parts": message.extra["parts"]} if "parts" in message.extra else {}
        edited = {**edited, **kept, "original": row["body"]}
        rewrite(message, kind=row["kind"], extra=edited, **shared, last_kind=kind_of(row))
    else:
        lines = {"last_kind": kind_of(row), "last_preview": wa_preview(words_of(row))}
        rewrite(message, kind=row["kind"], body=row["body"], extra=extra, **shared, **lines)
    return message.id
