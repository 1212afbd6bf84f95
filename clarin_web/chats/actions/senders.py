"""Who wrote in a group, as the bubble says it: fixed when the message comes, by the one precedence of names."""

from __future__ import annotations

from sqlalchemy import Row, select, tuple_

from clarin_web.chats.actions.opening import IDENTITY
from clarin_web.db import execute
from clarin_web.devices.gateway import Address, IncomingMessage, Kind
from clarin_web.lib.names import display_name, with_name
from clarin_web.lib.text import clean_text
from clarin_web.models import Chat, Contact, ContactIdentity

MOST = 80


def sender_name(chat: Chat, event: IncomingMessage) -> str:
    """The name we know a member by, else the one they give themselves, else their phone; a private id only says
    that they are two different people. Empty outside groups and for our own."""
    if chat.kind != "group" or event.from_me:
        return ""
    addresses = [
        address for address in (event.sender, event.sender_alt) if address and address.kind in IDENTITY
    ]
    known = _contact(chat.account_id, addresses)
    names = with_name(known.names, "push", event.push_name or known.names.get("push")) if known else {}
    phone = known.phone if known else _phone(addresses)
    name = display_name(names if known else {"push": event.push_name}, phone)
    return clean_text(name or _nameless(addresses), MOST, one_line=True)


def _contact(account_id: int, addresses: list[Address]) -> Row[tuple[dict[str, str], str | None]] | None:
    keys = [(IDENTITY[address.kind], address.value) for address in addresses]
    return execute(
        select(Contact.names, Contact.phone)
        .join(
            ContactIdentity,
            (ContactIdentity.account_id == Contact.account_id) & (ContactIdentity.contact_id == Contact.id),
        )
        .where(
            Contact.account_id == account_id,
            Contact.trashed_at.is_(None),
            tuple_(ContactIdentity.kind, ContactIdentity.value).in_(keys),
        )
        .order_by(ContactIdentity.kind.desc())
        .limit(1)
    ).one_or_none()


def _phone(addresses: list[Address]) -> str | None:
    return next((f"+{address.value}" for address in addresses if address.kind is Kind.USER), None)


def _nameless(addresses: list[Address]) -> str:
    return f"WhatsApp …{addresses[0].value[-4:]}" if addresses else ""
