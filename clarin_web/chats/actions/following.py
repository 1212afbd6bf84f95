"""A chat bears its contact's name and picture and is found by the name; when the contact changes, its chats follow."""

from __future__ import annotations

from sqlalchemy import or_, select, update

from clarin_web.contacts.queries import words_by_contact
from clarin_web.db import execute, transaction
from clarin_web.lib.text import search_key
from clarin_web.models import Chat, Contact


def search_of(account_id: int, contact_id: int, name: str, key: str) -> str:
    """By name, every phone and the WhatsApp number."""
    words = words_by_contact(account_id, [contact_id]).get(contact_id, [])
    return search_key(name, *words, key.split("@")[0])


def follow_contact(account_id: int, contact_id: int) -> None:
    """Bring names and pictures of a contact's chats up to date. Writes only what differs."""
    with transaction():
        it = Contact.account_id == account_id, Contact.id == contact_id
        contact = execute(select(Contact.name, Contact.portrait).where(*it)).one_or_none()
        if contact is None:
            return
        name, portrait = contact
        mine = Chat.account_id == account_id, Chat.contact_id == contact_id
        for chat in execute(select(Chat.id, Chat.key).where(*mine)).all():
            search = search_of(account_id, contact_id, name, chat.key)
            execute(
                update(Chat)
                .where(
                    *mine,
                    Chat.id == chat.id,
                    or_(Chat.name != name, Chat.search != search, Chat.portrait != portrait),
                )
                .values(name=name, search=search, portrait=portrait, version=Chat.version + 1)
                .execution_options(synchronize_session=False)
            )
