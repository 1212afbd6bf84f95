"""A message changed: its row, the chat's last line when it shows this message, and everybody who looks at either."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, select, tuple_, update

from clarin_web.chats.actions.opening import IDENTITY, find_chat_by_key
from clarin_web.db import execute, session
from clarin_web.devices.gateway import Address
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.models import Chat, ContactIdentity, Device, Message


class NotYet(Exception):
    """The message this event is about has not arrived (or not been given its WhatsApp id) yet."""


def message_of(device: Device, address: Address, wa_id: str) -> Message:
    """Locked, after its chat. Or NotYet."""
    chat = known_chat(device, address)
    if chat is None:
        raise NotYet(wa_id)
    mine = Message.account_id == device.account_id, Message.chat_id == chat.id, Message.wa_id == wa_id
    query = select(Message).where(*mine).with_for_update().execution_options(populate_existing=True)
    message = session().scalars(query).one_or_none()
    if message is None:
        raise NotYet(wa_id)
    return message


def known_chat(device: Device, *addresses: Address | None) -> Chat | None:
    """The device's chat under one of these names, locked. A person's chat goes by their phone while what happens in
    it may be told under their private id alone, or the other way round."""
    if chat := find_chat_by_key(device, *addresses):
        return chat
    names = [(IDENTITY[a.kind], a.value) for a in addresses if a is not None and a.kind in IDENTITY]
    people = select(ContactIdentity.contact_id).where(
        ContactIdentity.account_id == device.account_id,
        tuple_(ContactIdentity.kind, ContactIdentity.value).in_(names),
    )
    theirs = Chat.account_id == device.account_id, Chat.device_id == device.id, Chat.contact_id.in_(people)
    query = select(Chat).where(*theirs, Chat.kind == "user").order_by(Chat.id).limit(1).with_for_update()
    return session().scalars(query.execution_options(populate_existing=True)).one_or_none() if names else None


def rewrite(message: Message, **values: Any) -> None:
    """Columns of the message, and (last_…) of the chat while it shows this message."""
    lines = {name: values.pop(name) for name in list(values) if name.startswith("last_")}
    for name, value in values.items():
        setattr(message, name, value)
    message.version = message.version + 1
    session().flush()  # autoflush is off and the listeners read the row
    tell(message.account_id, message.chat_id, message.id, **lines)


def tell(account_id: int, chat_id: int, message_id: int, **lines: str) -> None:
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
