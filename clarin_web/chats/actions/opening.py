"""Find or open the chat an event belongs to: one per device and contact or group (domain rule 7)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from clarin_web.chats.actions.following import follow_contact, search_of
from clarin_web.chats.actions.joining import join_chats, separated_from
from clarin_web.chats.actions.mentions import name_waiting, name_waiting_for
from clarin_web.contacts.actions import create_group_contact, find_or_create_by_whatsapp, recognised_by
from clarin_web.db import execute, session, take_turns
from clarin_web.devices.gateway import Address, Kind, NumberFound
from clarin_web.lib.phone_forms import forms_of
from clarin_web.models import Chat, Contact, Device

IDENTITY = {Kind.USER: "wa_pn", Kind.LID: "wa_lid"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The chat, locked. `is_new`: this event made it."""

    chat: Chat
    is_new: bool


def is_named(*addresses: Address | None) -> ColumnElement[bool]:
    """The chats that go by any of these: by the key, whatever its form, or by the private id beside it."""
    known = [address for address in addresses if address is not None]
    numbers = [digits for a in known if a.kind is Kind.USER for digits in forms_of(a.value)]
    others = [address.key for address in known if address.kind is not Kind.USER]
    by_key = Chat.key.in_([*numbers, *others])
    lids = [address.value for address in known if address.kind is Kind.LID]
    return or_(by_key, Chat.lid.in_(lids)) if lids else by_key


def find_chat_by_key(device: Device, *addresses: Address | None) -> Chat | None:
    """The device's chat under any of these addresses, locked. The phone's chat wins over the LID's."""
    found = _chats(device, addresses)
    return found[0] if found else None


def _chats(device: Device, addresses: tuple[Address | None, ...]) -> list[Chat]:
    rows = session().scalars(
        select(Chat)
        .where(Chat.account_id == device.account_id, Chat.device_id == device.id, is_named(*addresses))
        .order_by(Chat.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    told = {address.key for address in addresses if address is not None}
    return sorted(rows, key=lambda chat: (chat.key.endswith("@lid"), chat.key not in told, chat.id))


def open_chat(
    device: Device, address: Address, alt: Address | None, push_name: str, group_name: str
) -> Opened | None:
    """None when the other side is nobody's customer (domain rule 3)."""
    if address.kind is Kind.GROUP:
        return _open_group(device, address, group_name)
    other = alt if alt and alt.kind in IDENTITY and alt.kind is not address.kind else None
    person = find_or_create_by_whatsapp(
        device.account_id,
        IDENTITY[address.kind],
        address.value,
        other=(IDENTITY[other.kind], other.value) if other else None,
        push_name=push_name,
    )
    if person is None:
        return None
    if person.merged:
        _join_elsewhere(device, person.contact_id, address, other)
    chat = one_chat(device, address, other)
    if person.is_new or person.merged:
        name_waiting_for(device.account_id, person.contact_id)
    if chat is None:
        return Opened(_insert(device, person.contact_id, person.name, address, other), True)
    if chat.contact_id != person.contact_id or chat.name != person.name:
        _belong_to(chat, person.contact_id)
    return Opened(chat, False)


def open_chat_with(device: Device, contact: Contact, place: Address) -> Opened:
    """The contact's chat on this device; where they have none, it begins at `place`."""
    take_turns(*recognised_by(device.account_id, [contact.phone or "", place.value]))
    phone = Address(Kind.USER, (contact.phone or "").lstrip("+"))
    if chat := find_chat_by_key(device, phone, place):
        return Opened(chat, False)
    return Opened(_insert(device, contact.id, contact.name, place, None), True)


def place_number(device: Device, event: NumberFound) -> None:
    """WhatsApp was asked about a number and named another address: who is written to there is the same person."""
    if find_chat_by_key(device, event.chat) is None:
        return
    opened = open_chat(device, event.found, event.chat if event.found.kind is Kind.LID else None, "", "")
    chat = one_chat(device, event.found, also=event.chat)
    if opened and chat and chat.key != event.found.key:
        _rename(chat, event.found.key)


def one_chat(device: Device, *told: Address | None, also: Address | None = None) -> Chat | None:
    """The one chat of a person, who goes by all that was `told`: several become one, under the newest names. Those a
    person has separated stay apart."""
    found = _chats(device, (*told, also))
    if not found:
        return None
    chat, others = found[0], found[1:]
    apart = separated_from(chat) if others else set()
    for other in others:
        if other.id not in apart:
            join_chats(chat, other)
    if not apart:
        _bear(chat, told)
    return chat


def _bear(chat: Chat, told: tuple[Address | None, ...]) -> None:
    """What WhatsApp calls them now: the number is written to, the private id stands beside it."""
    for address in told:
        if address is not None and address.kind is Kind.LID and chat.lid != address.value:
            chat.lid = address.value
            name_waiting(chat.account_id, [address.key])
        elif address is not None and address.kind is Kind.USER and chat.key != address.key:
            _rename(chat, address.key)
    session().flush()  # statements of others read the row


def _rename(chat: Chat, key: str) -> None:
    chat.key, chat.version = key, chat.version + 1
    chat.search = search_of(chat.account_id, chat.contact_id, chat.name, key)
    session().flush()  # as above


def _belong_to(chat: Chat, contact_id: int) -> None:
    chat.contact_id = contact_id
    session().flush()  # for follow_contact, which reads the chats of the contact
    follow_contact(chat.account_id, contact_id)
    session().refresh(chat)


def _join_elsewhere(device: Device, contact_id: int, *told: Address | None) -> None:
    """Two contacts became one: so do their chats on the account's other numbers, which may not hear of it for long."""
    mine = Device.account_id == device.account_id, Device.id != device.id
    theirs = select(Chat.device_id).where(
        Chat.account_id == device.account_id, Chat.contact_id == contact_id, Chat.kind == "user"
    )
    for other in session().scalars(select(Device).where(*mine, Device.id.in_(theirs)).order_by(Device.id)):
        one_chat(other, *told)


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
        return Opened(_insert(device, elsewhere.contact_id, elsewhere.name, address, None), True)
    shown = name or f"…{address.value[-6:]}"
    contact_id = create_group_contact(device.account_id, shown)
    return Opened(_insert(device, contact_id, shown, address, None), True)


def _insert(device: Device, contact_id: int, name: str, address: Address, alt: Address | None) -> Chat:
    """By the number, which people read, where both are known."""
    both = {a.kind: a for a in (alt, address) if a is not None}
    key = (both.get(Kind.USER) or address).key
    chat = Chat(
        account_id=device.account_id,
        device_id=device.id,
        contact_id=contact_id,
        key=key,
        lid=both[Kind.LID].value if Kind.LID in both else None,
        name=name,
        kind="group" if address.kind is Kind.GROUP else "user",
        unread=0,
        version=1,
        search=search_of(device.account_id, contact_id, name, key),
    )
    session().add(chat)
    session().flush()  # for chat.id, which its messages point at
    session().refresh(chat)
    return chat
