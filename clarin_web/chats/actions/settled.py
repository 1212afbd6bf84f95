"""Chats that a burst of messages goes on in: known people under known names, found together instead of one by one.

Whatever could change a person or a chat (a stranger, a new name, a pair of LID and phone) is left to `open_chat`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from clarin_web.chats.actions.opening import IDENTITY, is_named
from clarin_web.contacts.queries import Key, contacts_by_identity, nobodys_numbers
from clarin_web.db import execute
from clarin_web.devices.gateway import Address, Kind
from clarin_web.lib.names import with_name
from clarin_web.models import Chat, Contact, Device


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message came up: the chat's address, its other name if WhatsApp told it, and who wrote."""

    address: Address
    alt: Address | None
    push_name: str
    group_name: str


def settled_chats(device: Device, places: Iterable[Place]) -> dict[Place, Chat]:
    """The chats, locked in one order, of those places where there is nothing to find out. Three statements."""
    wanted = list(dict.fromkeys(places))
    keys = {key for place in wanted for key in _keys(place)}
    rows = _chats(device, [address for place in wanted for address in _addresses(place)])
    owners = contacts_by_identity(device.account_id, keys)
    numbers, lids = ({value for kind, value in keys if kind == identity} for identity in ("wa_pn", "wa_lid"))
    nobodys = nobodys_numbers(device.account_id, numbers, lids)
    return {
        place: row.Chat
        for place in wanted
        if (row := _chat_of(place, rows)) and _is_settled(place, row, owners, nobodys)
    }


def _chats(device: Device, addresses: list[Address]) -> dict[str, Row[Any]]:
    """By every name a chat bears."""
    found = execute(
        select(Chat, Contact.name, Contact.names, Contact.phone, Contact.is_provisional)
        .join(Contact, (Contact.account_id == Chat.account_id) & (Contact.id == Chat.contact_id))
        .where(Chat.account_id == device.account_id, Chat.device_id == device.id, is_named(*addresses))
        .order_by(Chat.id)
        .with_for_update(of=Chat)
        .execution_options(populate_existing=True)
    )
    rows = list(found)
    by_lid = {f"{row.Chat.lid}@lid": row for row in rows if row.Chat.lid}
    return by_lid | {row.Chat.key: row for row in rows}


def _chat_of(place: Place, rows: dict[str, Row[Any]]) -> Row[Any] | None:
    """The one that bears all names of the place; none while they are to be joined, or one is new to it."""
    found = [rows.get(address.key) for address in _addresses(place)]
    return found[0] if all(row is found[0] for row in found) else None


def _is_settled(place: Place, row: Row[Any], owners: dict[Key, int], nobodys: set[str]) -> bool:
    if place.address.kind is Kind.GROUP:
        return True
    chat, keys = row.Chat, _keys(place)
    has_number = any(kind == "wa_pn" for kind, _ in keys)
    return (
        all(owners.get(key) == chat.contact_id for key in keys)
        and not any(value in nobodys for _, value in keys)
        and chat.name == row.name
        and (not place.push_name or with_name(row.names, "push", place.push_name) == row.names)
        and not (has_number and (row.is_provisional or not row.phone))
    )


def _addresses(place: Place) -> list[Address]:
    return [address for address in (place.address, place.alt) if address is not None]


def _keys(place: Place) -> list[Key]:
    return [
        (IDENTITY[address.kind], address.value) for address in _addresses(place) if address.kind in IDENTITY
    ]
