"""Write to somebody who has no chat on a number yet: the chat begins with its first message, never empty."""

from __future__ import annotations

from sqlalchemy import select

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.opening import open_chat_with
from clarin_web.chats.actions.writing import NewMessage, write_message
from clarin_web.chats.queries import may_see_chat
from clarin_web.contacts.queries import find_contact, nobodys_numbers
from clarin_web.db import session, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.devices.numbers import known_place
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.lib.phone_forms import forms_of
from clarin_web.models import Device


def start_chat(member: Member, contact_id: int, device_id: int, new: NewMessage) -> int:
    """The chat's id; where the two have one on this number already, that one goes on.

    Raises Invalid (no phone, one of our own numbers, do_not_contact), Conflict when it is somebody else's chat.
    """
    member.must(Permission.WORK)
    with transaction():
        contact = find_contact(member.account_id, contact_id)
        if not contact.phone or contact.is_group:
            raise Invalid("no_phone", {"body": "no_phone"})
        number = Address(Kind.USER, contact.phone.lstrip("+"))
        device = _device(member.account_id, device_id)
        if nobodys_numbers(member.account_id, forms_of(number.value)):
            raise Invalid("to_ourselves", {"body": "to_ourselves"})
        opened = open_chat_with(device, contact, known_place(member.account_id, number) or number)
        if opened.is_new and not member.sees_all:
            opened.chat.owner_id = member.user_id  # or who began it could not go on
            session().flush()
        if not may_see_chat(member, opened.chat.id):
            raise Conflict("chat_of_another")
        write_message(member, opened.chat.id, new)
        return opened.chat.id


def _device(account_id: int, device_id: int) -> Device:
    """One that is or was linked: any other has no number to write from."""
    mine = Device.account_id == account_id, Device.id == device_id, Device.removed_at.is_(None)
    device = session().scalars(select(Device).where(*mine, Device.phone.is_not(None))).one_or_none()
    if device is None:
        raise NotFound("device")
    return device
