"""A call is one message, whatever number of its moments are heard: offered, answered, declined, or missed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from clarin_web.chats.actions.counting import phone_wrote
from clarin_web.chats.actions.showing import rewrite
from clarin_web.db import session
from clarin_web.devices.gateway import CallHeard, IncomingMessage, MessageKind
from clarin_web.models import Chat, Message

STAGES = ("offered", "ended", "declined", "answered")  # the furthest that was heard is what became of it


def call_message(event: CallHeard) -> IncomingMessage:
    """WhatsApp's ids of calls and of messages are two different things."""
    return IncomingMessage(
        wa_id=f"call:{event.call_id}",
        chat=event.chat,
        sender=event.chat,
        sent_at=event.at,
        kind=MessageKind.CALL,
        chat_alt=event.chat_alt,
        details={"call": event.stage, "video": event.video},
    )


def join_call(chat: Chat, row: dict[str, Any]) -> None:
    """Another moment of a call that is there: the call is as old as its first."""
    mine = Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.wa_id == row["wa_id"]
    query = select(Message).where(*mine, Message.kind == "call").with_for_update()
    call = session().scalars(query.execution_options(populate_existing=True)).one_or_none()
    if call is None:
        return
    stage = max(str(call.extra.get("call", "")), row["extra"]["call"], key=_rank)
    video = bool(call.extra.get("video")) or bool(row["extra"].get("video"))
    at = min(call.at, row["at"])
    if (stage, video, at) != (call.extra.get("call"), bool(call.extra.get("video")), call.at):
        if chat.last_message_id == call.id:
            chat.last_at = at
        rewrite(call, at=at, extra={**call.extra, "call": stage, "video": video})
    if stage in ("declined", "answered"):
        phone_wrote(chat, call.at)


def _rank(stage: str) -> int:
    return STAGES.index(stage) if stage in STAGES else -1
