"""Whose card can be sent and who can be written to: contacts with a phone, found by any word of a name or number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from clarin_web.accounts.permissions import Member, visible
from clarin_web.contacts.search import matches
from clarin_web.db import execute
from clarin_web.lib.search_terms import phones_in
from clarin_web.models import Chat, Contact, ContactIdentity

MOST = 20
_COLUMNS = (Contact.id, Contact.name, Contact.phone, Contact.company)


def contacts_to_share(member: Member, q: str) -> list[Row[Any]]:
    """Those the member chats with, newest first, then everybody else by name."""
    found = {row.id: row for row in execute(_in_chats(member, q)).all()}
    if q.strip() and len(found) < MOST:
        for statement in _elsewhere(member, q):
            found |= {row.id: row for row in execute(statement).all()}
    return list(found.values())[:MOST]


def _shareable(member: Member) -> tuple[Any, ...]:
    here = Contact.account_id == member.account_id
    return here, Contact.trashed_at.is_(None), Contact.phone.is_not(None), Contact.is_group.is_(False)


def _in_chats(member: Member, q: str) -> Any:
    return (
        select(*_COLUMNS)
        .join(Chat, and_(Chat.account_id == Contact.account_id, Chat.contact_id == Contact.id))
        .where(*_shareable(member), visible(Chat, member), *matches(Chat.search, q, member.country))
        .order_by(Chat.last_at.desc(), Chat.id.desc())
        .limit(MOST)
    )


def _elsewhere(member: Member, q: str) -> list[Any]:
    """By name and main number; by another of their numbers when a whole one was typed. Two statements: with OR
    neither index would be used."""
    everybody = select(*_COLUMNS).where(*_shareable(member)).order_by(Contact.name_key).limit(MOST)
    found = [everybody.where(*matches(Contact.search, q, member.country))]
    if phones := phones_in(q, member.country):
        found.append(everybody.where(_shows(member, phones)))
    return found


def _shows(member: Member, phones: list[str]) -> ColumnElement[bool]:
    """Recognised by one of these, or only showing it: of a number that several show, one is recognised by it."""
    recognised = select(ContactIdentity.contact_id).where(
        ContactIdentity.account_id == member.account_id,
        ContactIdentity.kind == "phone",
        ContactIdentity.value.in_(phones),
    )
    shown = select(Contact.id).where(
        Contact.account_id == member.account_id, Contact.reached.overlap(literal(phones, ARRAY(Text())))
    )
    return Contact.id.in_(recognised.union(shown))
