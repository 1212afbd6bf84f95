"""The messages of a chat in the order of (at, id): the newest, older ones by keyset, and what came since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from clarin_web.db import execute
from clarin_web.devices.outgoing import DEEDS
from clarin_web.lib.errors import NotFound
from clarin_web.models import Account, Chat, Media, Message, User
from clarin_web.web.paging import MOST, PAGE, decode_cursor, encode_cursor

LONGEST = 5000  # characters a page carries of one message; what can be written here is shorter
_quoted = aliased(Message)
COLUMNS = (
    Message.id,
    Message.chat_id,
    Message.wa_id,
    Message.direction,
    Message.kind,
    func.left(Message.body, LONGEST).label("body"),
    Message.state,
    Message.failure,
    Message.hold,
    Message.due_at,
    Message.sender_name,
    Message.quoted_wa_id,
    Message.quoted_preview,
    Message.reactions,
    Message.extra,
    Message.at,
    Message.version,
    User.name.label("author_name"),
    Media.id.label("media_id"),
    Media.state.label("media_state"),
    Media.reason.label("media_reason"),
    Media.mime.label("media_mime"),
    Media.name.label("media_name"),
    Media.size.label("media_size"),
    Media.seconds.label("media_seconds"),
    Media.width.label("media_width"),
    Media.height.label("media_height"),
    (Media.thumb_hash != "").label("media_thumb"),
    _quoted.id.label("quoted_id"),
    func.coalesce(
        case((_quoted.kind == "unknown", _quoted.extra["named"].astext)),
        case((_quoted.kind == "unknown", _quoted.extra["type"].astext)),
        _quoted.kind,
    ).label("quoted_kind"),
    func.left(_quoted.body, 600).label("quoted_body"),
    _quoted.sender_name.label("quoted_name"),
    _quoted.direction.label("quoted_direction"),
)


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Messages oldest first. `older` leads to the page before; `start` names the first of these."""

    messages: list[Row[Any]]
    older: str | None
    start: str


def latest(account_id: int, chat_id: int) -> ThreadPage:
    """The newest page."""
    return _page(_OF_CHAT, account_id, chat_id, PAGE)


def older(account_id: int, chat_id: int, before: str) -> ThreadPage:
    """The page before the cursor. Raises Invalid on a broken cursor."""
    return _page(_OF_CHAT.where(_place() < _cursor(before)), account_id, chat_id, PAGE)


def since(account_id: int, chat_id: int, start: str) -> ThreadPage:
    """From the cursor's message to the newest, MOST at most: what an open thread asks to catch up."""
    return _page(_OF_CHAT.where(_place() >= _cursor(start)), account_id, chat_id, MOST)


def around(account_id: int, chat_id: int, message_id: int) -> ThreadPage:
    """Some messages before one of the chat, and those after it: where a quote jumps to. NotFound for another chat's."""
    there = select(Message.at, Message.id).where(
        Message.account_id == account_id, Message.chat_id == chat_id, Message.id == message_id
    )
    row = execute(there).one_or_none()
    if row is None:
        raise NotFound("message")
    before = older(account_id, chat_id, encode_cursor(row.at, row.id))
    place = tuple_(literal(row.at, Message.at.type), literal(row.id, Message.id.type))
    later = _OF_CHAT.where(_place() >= place).order_by(None).order_by(Message.at, Message.id).limit(PAGE)
    after = list(execute(later, {"account": account_id, "chat": chat_id}).all())
    return ThreadPage([*before.messages, *after], before.older, before.start)


def whole_body(account_id: int, chat_id: int, message_id: int) -> str:
    """All of a long text. NotFound for another chat's."""
    text = select(Message.body).where(
        Message.account_id == account_id, Message.chat_id == chat_id, Message.id == message_id
    )
    body = execute(text).scalar_one_or_none()
    if body is None:
        raise NotFound("message")
    return body


def find_message(account_id: int, message_id: int) -> Row[Any] | None:
    """One message as the thread shows it, with its account's `time_zone`, the time of the message before it
    (`previous_at`), and whether it is the newest of its chat (`is_last`).
    """
    return execute(_ONE, {"account": account_id, "message": message_id}).one_or_none()


_IS_ITS_FILE = and_(Media.account_id == Message.account_id, Media.message_id == Message.id)
_IS_QUOTED = and_(
    _quoted.account_id == Message.account_id,
    _quoted.chat_id == Message.chat_id,
    _quoted.wa_id == Message.quoted_wa_id,
)


def _one() -> Select[Any]:
    """Built once: it runs for every bubble that is pushed."""
    other = aliased(Message)
    before = tuple_(other.at, other.id) < tuple_(Message.at, Message.id)
    same_chat = other.account_id == Message.account_id, other.chat_id == Message.chat_id
    previous_at = (
        select(other.at)
        .where(*same_chat, before, other.kind.not_in(DEEDS))
        .order_by(other.at.desc(), other.id.desc())
        .limit(1)
        .correlate(Message)
        .scalar_subquery()
    )
    is_last = (Chat.last_message_id == Message.id).label("is_last")
    return (
        select(*COLUMNS, is_last, previous_at.label("previous_at"), Account.time_zone)
        .join(Chat, and_(Chat.account_id == Message.account_id, Chat.id == Message.chat_id))
        .join(Account, Account.id == Message.account_id)
        .outerjoin(User, User.id == Message.author_id)
        .outerjoin(Media, _IS_ITS_FILE)
        .outerjoin(_quoted, _IS_QUOTED)
        .where(Message.account_id == bindparam("account", type_=BigInteger))
        .where(Message.id == bindparam("message", type_=BigInteger))
    )


_ONE = _one()
_OF_CHAT = (
    select(*COLUMNS)
    .outerjoin(User, User.id == Message.author_id)
    .outerjoin(Media, _IS_ITS_FILE)
    .outerjoin(_quoted, _IS_QUOTED)
    .where(Message.account_id == bindparam("account", type_=BigInteger))
    .where(Message.chat_id == bindparam("chat", type_=BigInteger), Message.kind.not_in(DEEDS))
    .order_by(Message.at.desc(), Message.id.desc())
)


def _place() -> ColumnElement[Any]:
    return tuple_(Message.at, Message.id)  # type: ignore[return-value]


def _cursor(text: str) -> ColumnElement[Any]:
    at, message_id = decode_cursor(text, ("time", "int"))
    return tuple_(literal(at, Message.at.type), literal(message_id, Message.id.type))  # type: ignore[return-value]


def _page(statement: Select[Any], account_id: int, chat_id: int, limit: int) -> ThreadPage:
    rows = list(execute(statement.limit(limit + 1), {"account": account_id, "chat": chat_id}).all())
    shown = rows[:limit][::-1]
    start = encode_cursor(shown[0].at, shown[0].id) if shown else ""
    return ThreadPage(shown, start if len(rows) > limit else None, start)
