"""Reactions, edits and deletions of ours on their way: what their message shows of them, and what they do to it.

While a deed is not certain it stands in `extra["deeds"]` of its message, by its own id. When it has left it changes
the message and is taken out, once: a second receipt finds nothing to do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select, update

from clarin_web.db import execute, session
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Chat, Message

MINE = "me"  # in message.reactions: whoever of ours reacted, WhatsApp sees one number


def show_deed(account_id: int, deed: Row[Any] | Message, state: str, failure: str = "") -> int:
    """Its message shows that it waits, failed or is in doubt. Returns the message's id."""
    message = _message(account_id, deed)
    shown = {"kind": deed.kind, "body": deed.body, "state": state, "failure": failure}
    _write(message, {**message.extra, "deeds": {**_deeds(message), str(deed.id): shown}})
    return message.id


def carry_out(account_id: int, deed: Row[Any] | Message, at: datetime) -> int:
    """It left: its message changes, unless it has already. Returns the message's id."""
    message = _message(account_id, deed)
    deeds = _deeds(message)
    if deeds.pop(str(deed.id), None) is None:
        return message.id
    extra: dict[str, Any] = {name: value for name, value in message.extra.items() if name != "deeds"}
    if deeds:
        extra["deeds"] = deeds
    if message.kind != "deleted":
        extra |= _EFFECTS[deed.kind](message, deed.body, at)
    _write(message, extra)
    if deed.kind != "reaction":
        _follow(message)
    return message.id


def _message(account_id: int, deed: Row[Any] | Message) -> Message:
    """Locked; the chat is already, as everywhere."""
    wanted = Message.account_id == account_id, Message.id == int(str(deed.extra["target"]))
    query = select(Message).where(*wanted)
    return session().scalars(query.with_for_update().execution_options(populate_existing=True)).one()


def _deeds(message: Message) -> dict[str, Any]:
    found = message.extra.get("deeds", {})
    return dict(found) if isinstance(found, dict) else {}


def _react(message: Message, emoji: str, _at: datetime) -> dict[str, Any]:
    others = {who: sign for who, sign in message.reactions.items() if who != MINE}
    message.reactions = {**others, MINE: emoji} if emoji else others
    return {}


def _edit(message: Message, text: str, at: datetime) -> dict[str, Any]:
    said_first = message.extra.get("original", message.body)
    message.body = text
    return {"original": said_first, "edited_at": at.isoformat()}


def _revoke(message: Message, _text: str, _at: datetime) -> dict[str, Any]:
    gone = {"original": message.extra.get("original", message.body), "was": message.kind}
    message.kind, message.body = "deleted", ""
    return gone


_EFFECTS = {"reaction": _react, "edit": _edit, "revoke": _revoke}


def _write(message: Message, extra: dict[str, Any]) -> None:
    message.extra, message.version = extra, message.version + 1
    session().flush()  # autoflush is off and the listeners read the row


def _follow(message: Message) -> None:
    """The chat's last line, when it shows this message."""
    is_last = Chat.last_message_id == message.id
    lines = {"last_preview": wa_preview(message.body), "last_kind": message.kind}
    execute(
        update(Chat)
        .where(Chat.account_id == message.account_id, Chat.id == message.chat_id)
        .values({name: case((is_last, value), else_=getattr(Chat, name)) for name, value in lines.items()})
        .execution_options(synchronize_session=False)
    )
