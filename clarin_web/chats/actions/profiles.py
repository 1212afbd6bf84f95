"""What a chat is called and looks like, as WhatsApp tells it; and when it is worth asking.

Asked is about a chat that begins, is opened, or goes on without a name; never about those that history brings.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from clarin_web.chats.actions.following import follow_contact
from clarin_web.chats.actions.mentions import remember_member
from clarin_web.chats.actions.opening import find_chat_by_key
from clarin_web.contacts.actions import set_name
from clarin_web.db import session
from clarin_web.devices.gateway import GroupNamed, PersonNamed, PortraitNews, PortraitTold
from clarin_web.devices.inquiries import DAY, REFUSED, again_in, inquire
from clarin_web.media.actions import expect_portrait, take_down
from clarin_web.models import Chat, Contact, Device

ACTIVE = timedelta(days=30)
# Until it is asked again, by what was answered.
PAUSES = {
    PortraitNews.THERE: DAY,
    PortraitNews.SAME: DAY,
    PortraitNews.NONE: 3 * DAY,
    PortraitNews.HIDDEN: REFUSED,
    PortraitNews.CHANGED: timedelta(),
}


def is_nameless(chat: Chat) -> bool:
    return chat.kind == "group" and chat.name.startswith("…")


def ask_about(chat: Chat, *, is_new: bool = False) -> None:
    """Inside the transaction of a message that was heard now. A group that goes on is only asked for its name."""
    if is_new or is_nameless(chat):
        inquire(chat.account_id, chat.device_id, chat.id, "name")
    if is_new:
        inquire(chat.account_id, chat.device_id, chat.id, "portrait")


def ask_when_opened(account_id: int, device_id: int, chat_id: int, name: str | None) -> None:
    """Somebody looks at the chat. `name`: a group's; None for a person's chat."""
    if name is None or name.startswith("…"):
        inquire(account_id, device_id, chat_id, "name")
    inquire(account_id, device_id, chat_id, "portrait")


def name_group(device: Device, event: GroupNamed) -> None:
    """A group nobody of ours has heard of is not opened for its name alone. No name: WhatsApp would not say."""
    chat = find_chat_by_key(device, event.chat)
    if chat is not None:
        _name(chat, event.name)
        again_in(chat.account_id, chat.id, "name", REFUSED)


def name_nameless_group(chat: Chat, name: str) -> None:
    """Old names never replace one that was heard since."""
    if name and is_nameless(chat):
        _name(chat, name)


def name_person(device: Device, event: PersonNamed) -> None:
    """Whom one phone does not know another may: nothing is taken away. Messages know the push name better."""
    chat = find_chat_by_key(device, event.chat)
    contact = _contact(chat) if chat else None
    if chat is None:
        remember_member(device.account_id, [event.chat], event.phone_book or event.push_name, is_old=True)
    if chat is None or contact is None or chat.kind != "user":
        return
    again_in(chat.account_id, chat.id, "name", DAY)
    if event.phone_book.strip():
        set_name(chat.account_id, contact, "phone_book", event.phone_book)
    if event.push_name.strip() and not contact.names.get("push"):
        set_name(chat.account_id, contact, "push", event.push_name)


def apply_portrait(device: Device, event: PortraitTold) -> None:
    """An answer, or the news that there is another one."""
    chat = find_chat_by_key(device, event.chat)
    if chat is None:
        return
    news = PortraitNews(event.news)
    again_in(chat.account_id, chat.id, "portrait", PAUSES[news])
    if news is PortraitNews.THERE and event.file is not None:
        expect_portrait(chat.account_id, chat.contact_id, device.id, event.portrait_id, event.file)
    elif news is PortraitNews.NONE:
        take_down(chat.account_id, chat.contact_id, device.id)
    elif news is PortraitNews.CHANGED and chat.last_at > datetime.now(UTC) - ACTIVE:
        inquire(chat.account_id, device.id, chat.id, "portrait")
    session().flush()
    follow_contact(chat.account_id, chat.contact_id)


def _contact(chat: Chat) -> Contact | None:
    mine = Contact.account_id == chat.account_id, Contact.id == chat.contact_id
    return session().scalar(select(Contact).where(*mine).execution_options(populate_existing=True))


def _name(chat: Chat, name: str) -> None:
    contact = _contact(chat)
    if contact is not None and name.strip():
        session().flush()  # who follows the contact's name reads the chat's row
        set_name(chat.account_id, contact, "push", name)
