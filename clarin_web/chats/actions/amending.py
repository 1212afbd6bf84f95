"""What happens to messages that exist: ticks, reactions, edits, deletions. Each only ever moves forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update

from clarin_web.chats.actions.adopting import adopt_by_receipt
from clarin_web.chats.actions.opening import find_chat_by_key
from clarin_web.chats.actions.reading import set_unread
from clarin_web.db import execute, session
from clarin_web.devices.deeds import carry_out
from clarin_web.devices.gateway import Address, MessageEdited, MessageRevoked, Reaction, Receipt
from clarin_web.devices.outgoing import DEEDS
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.lib.text import clean_text
from clarin_web.lib.wa_text import MAX_LENGTH, wa_preview
from clarin_web.models import Chat, Device, Message

RANK = {
    "queued": 0,
    "failed": 0,
    "sending": 1,
    "uncertain": 1,
    "sent": 2,
    "delivered": 3,
    "read": 4,
    "played": 5,
}
MAX_REACTIONS, MAX_EMOJI = 200, 16


class NotYet(Exception):
    """The message this event is about has not arrived (or not been given its WhatsApp id) yet."""


def apply_receipt(device: Device, event: Receipt) -> None:
    """Customer's ticks upgrade our messages; "read_here" means our own phone read theirs."""
    if event.status == "read_here":
        _read_on_phone(device, event)
        return
    chats, wa_ids = _chats_of(device, event), list(event.wa_ids)
    told = (device.account_id, chats, wa_ids, event.status, event.at)
    if not upgrade(*told) and not (adopt_by_receipt(device, event) and upgrade(*told)):
        raise NotYet(wa_ids[0] if wa_ids else "")


def upgrade(account_id: int, chat_ids: Any, wa_ids: list[str], state: str, at: datetime) -> bool:
    """Move our messages up to `state`, never down. False when none of them exists."""
    ours = (
        Message.account_id == account_id,
        Message.chat_id.in_(chat_ids),
        Message.wa_id.in_(wa_ids),
        Message.direction == "out",
    )
    below = [name for name, rank in RANK.items() if rank < RANK[state]]
    # The chat before its message, as everywhere: the other way round deadlocks with a send that just ended.
    theirs = select(Message.chat_id).where(*ours)
    chats = select(Chat.id).where(Chat.account_id == account_id, Chat.id.in_(theirs))
    execute(chats.order_by(Chat.id).with_for_update())
    changed = execute(
        update(Message)
        .where(*ours, Message.state.in_(below))
        .values(state=state, failure="", version=Message.version + 1, **_stamp(state, at))
        .returning(Message.id, Message.chat_id, Message.kind, Message.body, Message.extra)
        .execution_options(synchronize_session=False)
    ).all()
    for row in changed:
        if row.kind in DEEDS:
            _tell(account_id, row.chat_id, carry_out(account_id, row, at))
        else:
            _tell(account_id, row.chat_id, row.id, last_state=state)
    return bool(changed) or execute(select(Message.id).where(*ours).limit(1)).first() is not None


def apply_reaction(device: Device, event: Reaction) -> None:
    """One per person; an empty emoji takes it back."""
    message = _message(device, event.chat, event.wa_id)
    who = "me" if event.from_me else event.sender.key
    kept = {key: emoji for key, emoji in message.reactions.items() if key != who}
    if (emoji := clean_text(event.emoji, MAX_EMOJI, one_line=True)) and len(kept) < MAX_REACTIONS:
        kept[who] = emoji
    if kept != message.reactions:
        _write(message, reactions=kept)


def apply_edit(device: Device, event: MessageEdited) -> None:
    """The newest edit wins; what was said first is kept in `extra`. A deleted message stays deleted."""
    message = _message(device, event.chat, event.wa_id)
    edited_at = str(message.extra.get("edited_at", ""))
    if message.kind == "deleted" or event.at.isoformat() <= edited_at:
        return
    extra = {"original": message.body, **message.extra, "edited_at": event.at.isoformat()}
    body = clean_text(event.text, MAX_LENGTH)
    _write(message, body=body, extra=extra, last_preview=wa_preview(body))


def apply_revocation(device: Device, event: MessageRevoked) -> None:
    """Shown as deleted; the words stay in `extra` for the audit trail, never on screen."""
    message = _message(device, event.chat, event.wa_id)
    if message.kind != "deleted":
        extra = {"original": message.body, **message.extra, "was": message.kind}
        _write(message, kind="deleted", body="", extra=extra, last_preview="", last_kind="deleted")


def _message(device: Device, address: Address, wa_id: str) -> Message:
    chat = find_chat_by_key(device, address)
    message = (
        chat
        and session()
        .scalars(
            select(Message)
            .where(
                Message.account_id == device.account_id, Message.chat_id == chat.id, Message.wa_id == wa_id
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if not message:
        raise NotYet(wa_id)
    return message


def _write(message: Message, **values: Any) -> None:
    lines = {name: values.pop(name) for name in list(values) if name.startswith("last_")}
    for name, value in values.items():
        setattr(message, name, value)
    message.version = message.version + 1
    session().flush()  # autoflush is off and the listeners read the row
    _tell(message.account_id, message.chat_id, message.id, **lines)


def _tell(account_id: int, chat_id: int, message_id: int, **lines: str) -> None:
    """The chat's last line follows when it shows this message; every open thread and list hears of it."""
    is_last = Chat.last_message_id == message_id
    contact_id = execute(
        update(Chat)
        .where(Chat.account_id == account_id, Chat.id == chat_id)
        .values(
            version=Chat.version + 1,
            **{n: case((is_last, v), else_=getattr(Chat, n)) for n, v in lines.items()},
        )
        .returning(Chat.contact_id)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    announce(
        MessageChanged(
            account_id=account_id,
            actor=Actor.whatsapp(),
            chat_id=chat_id,
            contact_id=contact_id,
            message_id=message_id,
        )
    )


def _stamp(state: str, at: datetime) -> dict[str, ColumnElement[Any]]:
    """The time a state was reached is the first one we heard of."""
    column = {"sent": "sent_at", "delivered": "delivered_at"}.get(state, "read_at")
    return {column: func.coalesce(getattr(Message, column), at)}


def _chats_of(device: Device, event: Receipt) -> Any:
    """The chat a receipt names (by phone or LID), or every chat of the device when it names none we know."""
    keys = [address.key for address in (event.chat, event.chat_alt) if address is not None]
    mine = select(Chat.id).where(Chat.account_id == device.account_id, Chat.device_id == device.id)
    named: Sequence[int] = execute(mine.where(Chat.key.in_(keys))).scalars().all() if keys else ()
    return named or mine


def _read_on_phone(device: Device, event: Receipt) -> None:
    """The owner read on the phone up to the newest of these messages; later ones stay unread."""
    chat = find_chat_by_key(device, event.chat, event.chat_alt)
    if chat is None or not chat.unread:
        return
    theirs = Message.account_id == chat.account_id, Message.chat_id == chat.id, Message.direction == "in"
    newest = select(func.max(Message.id)).where(*theirs, Message.wa_id.in_(event.wa_ids)).scalar_subquery()
    left = execute(select(func.count()).where(*theirs, Message.id > newest)).scalar_one()
    if left < chat.unread:
        set_unread(chat, left, Actor.whatsapp())
