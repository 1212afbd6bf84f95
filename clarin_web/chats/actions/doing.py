"""What people do to messages that exist: react, edit, delete for everyone. Each is queued behind what its chat sends.

A message that has not left yet is simply changed or called off; WhatsApp never hears of it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.writing import MAX_BODY, check_reachable, lock_chat_of, new_wa_id
from clarin_web.db import execute, session, transaction
from clarin_web.devices.deeds import show_deed
from clarin_web.devices.outgoing import DEEDS
from clarin_web.events import Actor, HoldsLifted, MessageChanged, MessageQueued, announce
from clarin_web.lib.errors import Conflict, Invalid
from clarin_web.lib.wa_text import wa_preview
from clarin_web.media.kinds import CAPTIONED
from clarin_web.models import Chat, Message

UNDO_WITHIN = timedelta(seconds=6)  # a deletion waits this long before it leaves
EDIT_WITHIN, DELETE_WITHIN = timedelta(minutes=15), timedelta(days=2)  # WhatsApp's own limits
NEVER = ("note", "deleted", "system", "call", "reaction", "edit", "revoke")
STILL_HERE = ("queued", "failed")


def may_react(message: Any) -> bool:
    return message.kind not in NEVER and (message.direction == "in" or message.state not in STILL_HERE)


def may_edit(message: Any, now: datetime) -> bool:
    """Our own text or the words under our file, for as long as WhatsApp takes it; what has not left, always."""
    worded = message.kind == "text" or (message.kind in CAPTIONED and bool(message.body))
    return (
        message.direction == "out"
        and worded
        and (message.state in STILL_HERE or message.at > now - EDIT_WITHIN)
    )


def may_delete(message: Any, now: datetime) -> bool:
    ours = message.direction == "out" and message.kind not in NEVER
    return ours and (message.state in STILL_HERE or message.at > now - DELETE_WITHIN)


def react(member: Member, message_id: int, emoji: str) -> int:
    """The number has one reaction on a message, whoever of us gave it; an empty emoji takes it back."""
    with transaction():
        chat, message = _locked(member, message_id)
        if not may_react(message):
            raise Conflict("cannot_react")
        check_reachable(chat)
        if emoji != message.reactions.get("me", "") or _deeds(message):
            _queue(member, chat, message, "reaction", emoji)
        return chat.id


def edit_message(member: Member, message_id: int, body: str) -> int:
    """Conflict("too_late_to_edit") when WhatsApp takes no edit any more."""
    if not body or len(body) > MAX_BODY:
        raise Invalid("invalid", {"body": "required" if not body else "too_long"})
    with transaction():
        chat, message = _locked(member, message_id)
        if not may_edit(message, datetime.now(UTC)):
            raise Conflict("too_late_to_edit")
        if message.state in STILL_HERE:
            _write(member, chat, message, body=body)
        elif body != message.body:
            check_reachable(chat)
            _queue(member, chat, message, "edit", body)
        return chat.id


def delete_message(member: Member, message_id: int, *, only_unsent: bool = False) -> int:
    """For everyone, after a moment in which `forget_deed` undoes it; what has not left is called off, unseen."""
    with transaction():
        chat, message = _locked(member, message_id)
        if not may_delete(message, datetime.now(UTC)):
            raise Conflict("too_late_to_delete")
        if only_unsent and message.state not in STILL_HERE:
            raise Conflict("leaving_now")
        if message.state in STILL_HERE:
            _call_off(member, chat, message)
        else:
            check_reachable(chat)
            _queue(member, chat, message, "revoke", "", due_at=datetime.now(UTC) + UNDO_WITHIN)
        return chat.id


def forget_deed(member: Member, deed_id: int) -> int:
    """Stop showing a deed that failed or waits; one that waits is never sent. Returns the message's id."""
    with transaction():
        chat, deed = _locked(member, deed_id)
        if "target" not in deed.extra:
            raise Conflict("not_retriable")
        if deed.state == "sending":
            raise Conflict("leaving_now")  # forgotten here, it would change nothing but what we show
        message = _message(member, int(str(deed.extra["target"])))
        _drop(message, [str(deed_id)])
        _write(member, chat, message)
        return message.id


def is_deed(account_id: int, message_id: int) -> bool:
    kind = select(Message.kind).where(Message.account_id == account_id, Message.id == message_id)
    return execute(kind).scalar_one_or_none() in DEEDS


def _locked(member: Member, message_id: int) -> tuple[Chat, Message]:
    member.must(Permission.WORK)
    chat = lock_chat_of(member, message_id)
    return chat, _message(member, message_id)


def _message(member: Member, message_id: int) -> Message:
    mine = Message.account_id == member.account_id, Message.id == message_id
    query = select(Message).where(*mine).with_for_update().execution_options(populate_existing=True)
    return session().scalars(query).one()


def _deeds(message: Message) -> dict[str, Any]:
    found = message.extra.get("deeds")
    return dict(found) if isinstance(found, dict) else {}


def _queue(
    member: Member, chat: Chat, message: Message, kind: str, body: str, due_at: datetime | None = None
) -> None:
    """A newer deed of the same kind takes the place of one that has not left; the same again changes nothing."""
    waiting = {key: deed for key, deed in _deeds(message).items() if deed["kind"] == kind}
    if any((deed["body"], deed["state"]) == (body, "queued") for deed in waiting.values()):
        return
    _drop(message, list(waiting) if kind != "revoke" else list(_deeds(message)))
    deed = Message(
        account_id=member.account_id,
        chat_id=chat.id,
        wa_id=new_wa_id(),
        direction="out",
        kind=kind,
        body=body,
        state="queued",
        due_at=due_at,
        author_id=member.user_id,
        extra={"target": message.id},
    )
    session().add(deed)
    session().flush()  # brings deed.id
    show_deed(member.account_id, deed, "queued")
    about = _about(member, chat)
    announce(MessageQueued(**about, message_id=deed.id, device_id=chat.device_id))


def _drop(message: Message, keys: list[str]) -> None:
    left = {key: deed for key, deed in _deeds(message).items() if key not in keys}
    extra = {name: value for name, value in message.extra.items() if name != "deeds"}
    message.extra = {**extra, "deeds": left} if left else extra
    unsent = Message.account_id == message.account_id, Message.chat_id == message.chat_id
    ids = [int(key) for key in keys]
    gone = delete(Message).where(*unsent, Message.id.in_(ids), Message.state == "queued")
    execute(gone.execution_options(synchronize_session=False))
    session().flush()


def _call_off(member: Member, chat: Chat, message: Message) -> None:
    """`was` and who did it stay for the audit trail; the state is nobody's any more, so no process takes it."""
    _drop(message, list(_deeds(message)))
    kept = {"was": message.kind, "called_off_by": member.user_id}
    extra = {"original": message.body, **message.extra, **kept}
    _write(member, chat, message, kind="deleted", body="", state="", failure="", extra=extra)
    if message.hold == "retry":
        _let_follow(member, chat)


def _let_follow(member: Member, chat: Chat) -> None:
    """What waited behind one that was to be tried again has nothing to wait for any more."""
    freed = (
        update(Message)
        .where(Message.account_id == chat.account_id, Message.chat_id == chat.id)
        .where(Message.state == "queued", Message.hold == "retry", Message.attempts == 0)
        .values(hold="", due_at=None, version=Message.version + 1)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    if execute(freed).first():
        who = Actor.user(member.user_id)
        announce(HoldsLifted(account_id=chat.account_id, actor=who, chat_ids=[chat.id]))


def _write(member: Member, chat: Chat, message: Message, **values: Any) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    message.version = message.version + 1
    session().flush()  # the listeners read the row in statements of their own
    is_last = Chat.last_message_id == message.id
    lines = {"last_preview": wa_preview(message.body), "last_kind": message.kind, "last_state": message.state}
    execute(
        update(Chat)
        .where(Chat.account_id == chat.account_id, Chat.id == chat.id)
        .values(
            version=Chat.version + 1,
            **{name: case((is_last, value), else_=getattr(Chat, name)) for name, value in lines.items()},
        )
        .execution_options(synchronize_session=False)
    )
    announce(MessageChanged(**_about(member, chat), message_id=message.id))


def _about(member: Member, chat: Chat) -> dict[str, Any]:
    who = {"account_id": member.account_id, "actor": Actor.user(member.user_id)}
    return {**who, "chat_id": chat.id, "contact_id": chat.contact_id}
