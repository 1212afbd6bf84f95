"""Mentions bear names: those we know people by when the message comes, and where one is learned later, from then on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import delete, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, session
from clarin_web.devices.gateway import Address, IncomingMessage, Kind, MessageEdited
from clarin_web.devices.mentions import mentioned, with_mentions
from clarin_web.events import Actor, MessageChanged, announce
from clarin_web.lib.names import formatted_phone
from clarin_web.lib.text import clean_text, has_letter
from clarin_web.models import Chat, Contact, ContactIdentity, Device, MemberName, Message, UnnamedMention

IDENTITY = {Kind.USER: "wa_pn", Kind.LID: "wa_lid"}
SOMEBODY, MOST_NAME = "…", 80
Unnamed = Mapping[Address, str]
Said = TypeVar("Said", IncomingMessage, MessageEdited)


def name_mentions(account_id: int, event: Said) -> tuple[Said, Unnamed]:
    """The event with names in its words, and what stands in them for those without one."""
    quoted: str = event.quoted_text if isinstance(event, IncomingMessage) else ""
    texts = (event.text, quoted, *(part.text for part in event.parts))
    people = list(dict.fromkeys(person for text in texts for person in mentioned(text)))
    if not people:
        return event, {}
    known = _names_of(account_id, people)
    unknown = [person for person in people if person not in known]
    unnamed = {person: _stand_in(person, at) for at, person in enumerate(unknown)}
    names = {**known, **unnamed}
    parts = tuple(part._replace(text=with_mentions(part.text, names)) for part in event.parts)
    told: dict[str, Any] = {"text": with_mentions(event.text, names), "parts": parts}
    if quoted:
        told["quoted_text"] = with_mentions(quoted, names)
    return replace(event, **told), unnamed


def note_unnamed(account_id: int, message_id: int, unnamed: Unnamed) -> None:
    """Inside the message's transaction."""
    rows = [
        {"account_id": account_id, "message_id": message_id, "key": person.key, "shown": shown}
        for person, shown in unnamed.items()
    ]
    if rows:
        execute(insert(UnnamedMention).on_conflict_do_nothing(), rows)


def remember_member(
    account_id: int, addresses: Iterable[Address | None], name: str, *, is_old: bool = False
) -> None:
    """How somebody in a group calls themselves now, or (`is_old`) once did; mentions that waited for it are named."""
    keys = [address.key for address in addresses if address is not None and address.kind in IDENTITY]
    name = clean_text(name, MOST_NAME, one_line=True)
    if not keys or not has_letter(name):
        return
    mine = MemberName.account_id == account_id, MemberName.key.in_(keys)
    known = [] if is_old else [MemberName.name == name]
    missing = set(keys) - set(execute(select(MemberName.key).where(*mine, *known)).scalars())
    for key in sorted(missing):
        row = insert(MemberName).values(account_id=account_id, key=key, name=name)
        execute(row.on_conflict_do_update(index_elements=["account_id", "key"], set_={"name": name}))
    if missing:
        name_waiting(account_id, missing)


def name_waiting(account_id: int, keys: Iterable[str]) -> None:
    """Somebody has a name now: in the words, quotes and last lines in which they had none."""
    waiting = UnnamedMention.account_id == account_id, UnnamedMention.key.in_(set(keys))
    rows = session().scalars(select(UnnamedMention).where(*waiting).order_by(UnnamedMention.id)).all()
    names = _names_of(account_id, [Address.from_key(row.key) for row in rows])
    for row in rows:
        if name := names.get(Address.from_key(row.key)):
            _rename(account_id, row.message_id, f"@{row.shown}", f"@{name}")
            execute(
                delete(UnnamedMention).where(
                    UnnamedMention.account_id == account_id, UnnamedMention.id == row.id
                )
            )


def name_waiting_for(account_id: int, contact_id: int) -> None:
    """As `name_waiting`, by all that a contact is recognised by."""
    kinds = {identity: kind for kind, identity in IDENTITY.items()}
    mine = ContactIdentity.account_id == account_id, ContactIdentity.contact_id == contact_id
    rows = execute(select(ContactIdentity.kind, ContactIdentity.value).where(*mine)).all()
    keys = [Address(kinds[row.kind], row.value).key for row in rows if row.kind in kinds]
    name_waiting(account_id, keys)


def _rename(account_id: int, message_id: int, shown: str, name: str) -> None:
    mine = Message.account_id == account_id, Message.id == message_id
    place = select(Message.chat_id).where(*mine).scalar_subquery()
    chat = session().scalars(
        select(Chat).where(Chat.account_id == account_id, Chat.id == place).with_for_update()
    ).one()  # fmt: skip
    query = select(Message).where(*mine).with_for_update().execution_options(populate_existing=True)
    message = session().scalars(query).one()
    message.body = _within(message.body, shown, name)
    message.quoted_preview = _within(message.quoted_preview, shown, name)
    message.extra = {key: _within(held, shown, name) for key, held in message.extra.items()}
    message.version = message.version + 1
    if chat.last_message_id == message_id:
        lines = {"last_preview": _within(chat.last_preview, shown, name), "version": Chat.version + 1}
        execute(update(Chat).where(Chat.account_id == account_id, Chat.id == chat.id).values(**lines))
    session().flush()  # the listeners read the row
    about: dict[str, Any] = {"account_id": account_id, "actor": Actor.whatsapp(), "chat_id": chat.id}
    announce(MessageChanged(**about, contact_id=chat.contact_id, message_id=message_id))


def _within(held: Any, shown: str, name: str) -> Any:
    """In a text; or in what was said before an edit, the edits, and parts. "@…2" is not "@…"."""
    if isinstance(held, list):
        return [_within(value, shown, name) for value in held]
    if isinstance(held, dict):
        return {key: _within(value, shown, name) for key, value in held.items()}
    return re.sub(re.escape(shown) + r"(?!\d)", lambda _: name, held) if isinstance(held, str) else held


def _stand_in(person: Address, at: int) -> str:
    """The phone; of a private id only that it is somebody, another one than the somebody before."""
    if person.kind is Kind.USER:
        return formatted_phone(f"+{person.value}")
    return SOMEBODY + (str(at + 1) if at else "")


def _names_of(account_id: int, people: list[Address]) -> dict[Address, str]:
    """Ours by the number's name, others as we know them, else as they call themselves in groups."""
    if not people:
        return {}
    by_key = {person.key: person for person in people}
    members = select(MemberName.key, MemberName.name).where(
        MemberName.account_id == account_id, MemberName.key.in_(by_key)
    )
    found = {by_key[row.key]: row.name for row in execute(members)}
    return found | _contact_names(account_id, people) | _own_names(account_id, people)


def _contact_names(account_id: int, people: list[Address]) -> dict[Address, str]:
    by_identity = {(IDENTITY[person.kind], person.value): person for person in people}
    known = (
        select(ContactIdentity.kind, ContactIdentity.value, Contact.name, Contact.names)
        .join(Contact, (Contact.account_id == ContactIdentity.account_id) & (Contact.id == ContactIdentity.contact_id))
        .where(
            ContactIdentity.account_id == account_id,
            Contact.trashed_at.is_(None),
            tuple_(ContactIdentity.kind, ContactIdentity.value).in_(list(by_identity)),
        )
    )  # fmt: skip
    return {by_identity[row.kind, row.value]: row.name for row in execute(known) if row.names}


def _own_names(account_id: int, people: list[Address]) -> dict[Address, str]:
    phones = {f"+{person.value}": person for person in people if person.kind is Kind.USER}
    lids = {person.value: person for person in people if person.kind is Kind.LID}
    ours = select(Device.phone, Device.lid, Device.name).where(
        Device.account_id == account_id, or_(Device.phone.in_(phones), Device.lid.in_(lids))
    )
    found: dict[Address, str] = {}
    for phone, lid, name in execute(ours):
        found |= {person: name for person in (phones.get(phone or ""), lids.get(lid or "")) if person}
    return found
