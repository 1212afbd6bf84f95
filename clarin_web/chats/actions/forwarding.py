"""Pass a message on to another chat: a new message with its content, which says that it was forwarded."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.writing import NewMessage, write_message
from clarin_web.chats.queries import may_see_chat
from clarin_web.db import execute
from clarin_web.devices.outgoing import MEDIA
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.media.actions import copy
from clarin_web.media.kinds import most_sent
from clarin_web.media.queries import media_of
from clarin_web.models import Message

# What of `extra` is content; the rest (edits, votes, deeds) happened in the other chat.
CONTENT = {
    "text": (),
    "location": ("latitude", "longitude", "address"),
    "contact": ("vcard",),
    **dict.fromkeys(MEDIA, ("file_name", "seconds")),
}
MOST_FORWARDS = 127


def may_forward(message: Any) -> bool:
    return message.kind in CONTENT and (message.kind != "contact" or bool(message.extra.get("vcard")))


def forward_message(member: Member, message_id: int, chat_id: int, client_id: str) -> int:
    """Both chats must be the member's to see. Returns the new message's id."""
    member.must(Permission.WORK)
    source = execute(
        select(Message.chat_id, Message.kind, Message.body, Message.extra).where(
            Message.account_id == member.account_id, Message.id == message_id
        )
    ).one_or_none()
    if source is None or not may_see_chat(member, source.chat_id):
        raise NotFound("message")
    if not may_forward(source):
        raise Conflict("cannot_forward")
    media = media_of(member.account_id, message_id) if source.kind in MEDIA else None
    if source.kind in MEDIA and (media is None or media.state != "ready" or media.size > most_sent()):
        raise Conflict("cannot_forward")
    extra = {name: source.extra[name] for name in CONTENT[source.kind] if name in source.extra}
    extra["forwards"] = min(int(source.extra.get("forwards", 0)) + 1, MOST_FORWARDS)
    new = NewMessage(source.body, client_id, source.kind, extra=extra)
    return write_message(
        member, chat_id, new, lambda row: copy(member.account_id, media, row) if media else None
    )
