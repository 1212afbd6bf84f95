"""What a group is called. WhatsApp says so when somebody renames it, when we join it, and in history."""

from __future__ import annotations

from sqlalchemy import select

from clarin_web.chats.actions.opening import find_chat_by_key
from clarin_web.contacts.actions import set_name
from clarin_web.db import session
from clarin_web.devices.gateway import GroupNamed
from clarin_web.models import Chat, Contact, Device


def name_group(device: Device, event: GroupNamed) -> None:
    """A group nobody of ours has heard of is not opened for its name alone."""
    chat = find_chat_by_key(device, event.chat)
    if chat is not None:
        _name(chat, event.name)


def name_nameless_group(chat: Chat, name: str) -> None:
    """Old names never replace one that was heard since."""
    if name and chat.kind == "group" and chat.name.startswith("…"):
        _name(chat, name)


def _name(chat: Chat, name: str) -> None:
    contact = session().scalar(
        select(Contact).where(Contact.account_id == chat.account_id, Contact.id == chat.contact_id)
    )
    if contact is not None and name.strip():
        session().flush()  # who follows the contact's name reads the chat's row
        set_name(chat.account_id, contact, "push", name)
