"""Whose card can be sent: contacts with a phone, found by name or number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, or_, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.lib.phone_forms import forms_of
from clarin_web.lib.text import like_pattern, search_key, search_terms
from clarin_web.models import Chat, Contact, ContactIdentity

MOST = 20


def contacts_to_share(member: Member, q: str) -> list[Row[Any]]:
    """Those the member chats with, by any part of name or phone; others by how their name or number begins."""
    found = {row.id: row for row in execute(_in_chats(member, q)).all()}
    if q.strip() and len(found) < MOST:
        found |= {row.id: row for row in execute(_elsewhere(member, q)).all()}
    return list(found.values())[:MOST]


_COLUMNS = (Contact.id, Contact.name, Contact.phone, Contact.company)


def _shareable(member: Member) -> tuple[Any, ...]:
    here = Contact.account_id == member.account_id
    return here, Contact.trashed_at.is_(None), Contact.phone.is_not(None), Contact.is_group.is_(False)


def _in_chats(member: Member, q: str) -> Any:
    words = [Chat.search.like(like_pattern(term)) for term in search_terms(q)]
    return (
        select(*_COLUMNS)
        .join(Chat, and_(Chat.account_id == Contact.account_id, Chat.contact_id == Contact.id))
        .where(*_shareable(member), visible(Chat, member), *words)
        .order_by(Chat.last_at.desc(), Chat.id.desc())
        .limit(MOST)
    )


def _elsewhere(member: Member, q: str) -> Any:
    key, digits = search_key(q), "".join(char for char in q if char.isdigit())
    named = and_(Contact.name_key >= key, Contact.name_key < key + "\U0010ffff")
    numbered = select(ContactIdentity.contact_id).where(
        ContactIdentity.account_id == member.account_id,
        ContactIdentity.kind == "phone",
        ContactIdentity.value.in_([f"+{form}" for form in forms_of(digits)]),
    )
    shown = Contact.reached.contains(
        [f"+{digits}"]
    )  # of a number that several show, only one is recognised by it
    matches = or_(named, Contact.id.in_(numbered), shown) if digits else named
    return select(*_COLUMNS).where(*_shareable(member), matches).order_by(Contact.name_key).limit(MOST)
