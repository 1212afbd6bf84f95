"""What waits to leave a number: the statements that look for it, built once, because they run before every message.

Parameters: account, device and what each of them names. Whoever has thousands waiting pays for one.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from clarin_web.devices.outgoing import DEEDS
from clarin_web.models import Chat, Media, Message

STALE_SECONDS = 3
CHATS_AT_ONCE = 500  # the sweep brings the next ones
ACCOUNT, DEVICE, CHAT = (bindparam(name, type_=BigInteger) for name in ("account", "device", "chat"))


def _in_state(state: str) -> Select[int]:
    return (
        select(Message.id)
        .join(Chat, (Chat.account_id == Message.account_id) & (Chat.id == Message.chat_id))
        .where(
            Message.account_id == ACCOUNT,
            Chat.device_id == DEVICE,
            Message.state == state,
            Message.direction == "out",
            Message.kind != "note",
        )
    )


def _is_deed_too_early() -> ColumnElement[bool]:
    """A deed waits until it is known under which id its message left."""
    message = aliased(Message)
    unknown = exists().where(
        message.account_id == Message.account_id,
        message.id == cast(Message.extra["target"].astext, BigInteger),
        message.state.in_(("queued", "sending", "uncertain")),
    )
    return and_(Message.kind.in_(DEEDS), unknown)


def _can_be_undone() -> ColumnElement[bool]:
    """A deletion waits for the moment in which whoever asked for it may think better of it, whatever else is due."""
    return and_(Message.kind == "revoke", func.coalesce(Message.due_at > func.now(), False))


SENDING = _in_state("sending")  # claimed; by nobody, when its process is not the one that asks
_READY = _in_state("queued").where(not_(_is_deed_too_early()), not_(_can_be_undone()))
# Not held, or its time has come; a customer who waits is looked at again each time.
_DUE = _READY.where(
    or_(Message.due_at.is_(None), Message.due_at <= func.now(), Chat.waiting_since.is_not(None))
)
IS_LATE = select(
    exists(_DUE.where(Message.created_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 0, STALE_SECONDS)))
)
WAITING_CHATS = (
    _DUE.with_only_columns(Message.chat_id)
    .group_by(Message.chat_id)
    .order_by(func.min(Message.id))
    .limit(CHATS_AT_ONCE)
)
_OF_CHAT = (
    select(Message.id)
    .where(
        Message.account_id == ACCOUNT,
        Message.chat_id == CHAT,
        Message.state == "queued",
        Message.direction == "out",
        Message.kind != "note",
        not_(_is_deed_too_early()),
        not_(_can_be_undone()),
    )
    .order_by(Message.id)
    .limit(1)
)
NEXT = _OF_CHAT.add_columns(Message.kind, Media.size).outerjoin(
    Media, (Media.account_id == Message.account_id) & (Media.message_id == Message.id)
)
_on_the_wire = aliased(Message)
# Another thread's, when its chat was joined with this one meanwhile: what is behind it waits.
_IS_ON_THE_WIRE = exists().where(
    _on_the_wire.account_id == ACCOUNT, _on_the_wire.chat_id == CHAT, _on_the_wire.state == "sending"
)
CLAIM = (
    update(Message)
    .where(
        Message.account_id == ACCOUNT,
        Message.id == _OF_CHAT.with_for_update(skip_locked=True).scalar_subquery(),
        Message.state == "queued",
        not_(_IS_ON_THE_WIRE),
        exists().where(Chat.account_id == ACCOUNT, Chat.id == CHAT, Chat.device_id == DEVICE),
    )
    .values(state="sending", attempts=Message.attempts + 1, failure="", version=Message.version + 1)
    .returning(Message.id, Message.account_id, Message.chat_id, Message.wa_id, Message.kind, Message.body,
               Message.extra, Message.quoted_wa_id, Message.quoted_preview, Message.author_id, Message.hold,
               Message.due_at, Message.attempts)
    .execution_options(synchronize_session=False)
)  # fmt: skip
PUT_BACK = (
    update(Message)
    .where(Message.account_id == ACCOUNT, Message.id == bindparam("message"))
    .values(state="queued", attempts=Message.attempts - 1)
    .execution_options(synchronize_session=False)
)
