"""Find or open the chat an event belongs to: one per device and contact or group (domain rule 7)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, literal, select, update

from clarin_web.chats.actions.following import follow_contact, search_of
from clarin_web.contacts.actions import create_group_contact, find_or_create_by_whatsapp
from clarin_web.db import execute, session, take_turns
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import Chat, Contact, Device, Draft, Message

IDENTITY = {Kind.USER: "wa_pn", Kind.LID: "wa_lid"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The chat, locked. `is_new`: this event made it."""

    chat: Chat
    is_new: bool


def find_chat_by_key(device: Device, *addresses: Address | None) -> Chat | None:
    """The device's chat under any of these addresses, locked. The phone's chat wins over the LID's."""
    keys = [address.key for address in addresses if address is not None]
    found = (
        session()
        .scalars(
            select(Chat)
            .where(Chat.account_id == device.account_id, Chat.device_id == device.id, Chat.key.in_(keys))
            .order_by(Chat.key.endswith("@lid"), Chat.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .all()
    )
    return found[0] if found else None


def open_chat(
    device: Device, address: Address, alt: Address | None, push_name: str, group_name: str
) -> Opened | None:
    """None when the other side is one of the business's own numbers, which is nobody's customer."""
    if address.kind is Kind.GROUP:
        return _open_group(device, address, group_name)
    other = (
        (IDENTITY[alt.kind], alt.value)
        if alt and alt.kind in IDENTITY and alt.kind is not address.kind
        else None
    )
    person = find_or_create_by_whatsapp(
        device.account_id, IDENTITY[address.kind], address.value, other=other, push_name=push_name
    )
    if person is None:
        return None
    if other:
        _join(device, *_by_kind(address, alt))
    chat = find_chat_by_key(device, address, alt)
    if chat is None:
        return Opened(_insert(device, address, person.contact_id, person.name), True)
    if chat.contact_id != person.contact_id or chat.name != person.name:
        chat.contact_id = person.contact_id
        session().flush()  # for follow_contact, which reads the chats of the contact
        follow_contact(device.account_id, person.contact_id)
        session().refresh(chat)
    return Opened(chat, False)


def _open_group(device: Device, address: Address, name: str) -> Opened:
    """The same group on two devices is two chats of one contact."""
    if chat := find_chat_by_key(device, address):
        return Opened(chat, False)
    take_turns(f"group:{device.account_id}:{address.value}")
    elsewhere = execute(
        select(Chat.contact_id, Contact.name)
        .join(Contact, (Contact.account_id == Chat.account_id) & (Contact.id == Chat.contact_id))
        .where(Chat.account_id == device.account_id, Chat.key == address.key, Chat.kind == "group")
    ).first()
    if elsewhere:
        return Opened(_insert(device, address, elsewhere.contact_id, elsewhere.name), True)
    shown = name or f"…{address.value[-6:]}"
    return Opened(_insert(device, address, create_group_contact(device.account_id, shown), shown), True)


def _insert(device: Device, address: Address, contact_id: int, name: str) -> Chat:
    chat = Chat(
        account_id=device.account_id,
        device_id=device.id,
        contact_id=contact_id,
        key=address.key,
        name=name,
        kind="group" if address.kind is Kind.GROUP else "user",
        unread=0,
        version=1,
        search=search_of(device.account_id, contact_id, name, address.key),
    )
    session().add(chat)
    session().flush()  # for chat.id, which its messages point at
    session().refresh(chat)
    return chat


def _by_kind(address: Address, alt: Address | None) -> tuple[str, str]:
    """(LID key, phone key) of a learned pair."""
    both = {a.kind: a.key for a in (address, alt) if a is not None}
    return both[Kind.LID], both[Kind.USER]


def _join(device: Device, lid_key: str, phone_key: str) -> None:
    """The LID's thread and the phone's thread of one person on one device become the phone's."""
    rows = {
        chat.key: chat
        for chat in session().scalars(
            select(Chat)
            .where(
                Chat.account_id == device.account_id,
                Chat.device_id == device.id,
                Chat.key.in_((lid_key, phone_key)),
            )
            .order_by(Chat.id)
            .with_for_update()
        )
    }
    if lid_key not in rows:
        return
    if phone_key not in rows:
        rows[lid_key].key = phone_key
        session().flush()  # find_chat_by_key looks for the new key
        return
    _move_messages(rows[lid_key], rows[phone_key])


def _move_messages(source: Chat, target: Chat) -> None:
    """What both have (the same WhatsApp id) stays once; the emptied chat goes, nothing that was said does."""
    known = select(Message.wa_id).where(Message.account_id == target.account_id, Message.chat_id == target.id)
    theirs = Message.account_id == source.account_id, Message.chat_id == source.id
    execute(
        update(Message)
        .where(*theirs, Message.wa_id.not_in(known))
        .values(chat_id=target.id)
        .execution_options(synchronize_session=False)
    )
    _move_drafts(source, target)
    later = source.last_message_id is not None and source.last_at >= target.last_at
    for name in (
        "last_at",
        "last_message_id",
        "last_preview",
        "last_direction",
        "last_kind",
        "last_state",
    ) * later:
        setattr(target, name, getattr(source, name))
    target.unread, target.version = target.unread + source.unread, target.version + 1
    target.waiting_since = target.waiting_since or source.waiting_since
    target.lead_due_at = target.lead_due_at or source.lead_due_at
    session().delete(source)
    session().flush()  # the caller looks the chat up again


def _move_drafts(source: Chat, target: Chat) -> None:
    rows = select(
        literal(target.account_id, Draft.account_id.type),
        literal(target.id, Draft.chat_id.type),
        Draft.user_id,
        Draft.body,
        func.now(),
    ).where(
        Draft.account_id == source.account_id,
        Draft.chat_id == source.id,
        Draft.user_id.not_in(
            select(Draft.user_id).where(Draft.account_id == target.account_id, Draft.chat_id == target.id)
        ),
    )
    execute(insert(Draft).from_select(["account_id", "chat_id", "user_id", "body", "updated_at"], rows))
    execute(delete(Draft).where(Draft.account_id == source.account_id, Draft.chat_id == source.id))
