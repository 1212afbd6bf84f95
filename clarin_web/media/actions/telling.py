"""A file changed: the bubble that shows it has a new version, and open pages hear of it."""

from __future__ import annotations

from sqlalchemy import and_, select, update

from clarin_web.db import execute
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.models import Chat, Message


def tell(account_id: int, message_id: int | None) -> None:
    """Inside the caller's transaction. Of a file nobody has sent yet there is nobody to tell."""
    if message_id is None:
        return
    chat_id = execute(
        update(Message)
        .where(Message.account_id == account_id, Message.id == message_id)
        .values(version=Message.version + 1)
        .returning(Message.chat_id)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    contact = select(Chat.contact_id).where(and_(Chat.account_id == account_id, Chat.id == chat_id))
    announce(
        MessageChanged(
            account_id=account_id,
            actor=Actor.system(),
            chat_id=chat_id,
            contact_id=execute(contact).scalar_one(),
            message_id=message_id,
        )
    )
