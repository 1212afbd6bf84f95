"""One chat with everything its page shows beside the messages."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, bindparam, cast, extract, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from clarin_web.accounts.permissions import Member, visible
from clarin_web.contacts.queries import do_not_contact_column, identities_column
from clarin_web.db import execute, session
from clarin_web.lib.errors import NotFound
from clarin_web.models import Chat, Contact, Device, Draft

# What a page had read of a draft when it saves over it, or sends it: microseconds.
DRAFT_VERSION = cast(extract("epoch", Draft.updated_at) * 1_000_000, BigInteger)


def find_chat(member: Member, chat_id: int) -> Row[Any]:
    """The chat with its contact, identities, device and this person's drafts, in one statement. Or NotFound."""
    row = execute(_chat_query(member), {"chat": chat_id}).one_or_none()
    if row is None:
        raise NotFound("chat")
    return row


@lru_cache(maxsize=256)  # one for each person: to build it takes longer than to run it
def _chat_query(member: Member) -> Select[Any]:
    return (
        select(
            Chat.id,
            Chat.account_id,
            Chat.kind,
            Chat.key,
            Chat.name,
            Chat.portrait,
            Chat.unread,
            Chat.last_message_id,
            Chat.contact_id,
            Chat.device_id,
            Chat.waiting_since,
            Chat.version,
            Contact.name.label("contact_name"),
            Contact.phone,
            Contact.email,
            Contact.company,
            Contact.reached,
            Contact.is_provisional,
            Contact.names,
            identities_column().label("identities"),
            Device.name.label("device_name"),
            Device.phone.label("device_phone"),
            Device.state.label("device_state"),
            Device.signature.label("device_signature"),
            Device.shows_online.label("device_shows_online"),
            do_not_contact_column(Chat.key).label("do_not_contact"),
            _drafts(member).label("drafts"),
        )
        .join(Contact, and_(Contact.account_id == Chat.account_id, Contact.id == Chat.contact_id))
        .join(Device, and_(Device.account_id == Chat.account_id, Device.id == Chat.device_id))
        .where(visible(Chat, member), Chat.id == bindparam("chat", type_=BigInteger))
    )


def _drafts(member: Member) -> ColumnElement[Any]:
    """[{kind, body, version}, …], what was typed last first; None when there is none."""
    one = func.json_build_object("kind", Draft.kind, "body", Draft.body, "version", DRAFT_VERSION)
    mine = Draft.account_id == Chat.account_id, Draft.chat_id == Chat.id, Draft.user_id == member.user_id
    newest_first = aggregate_order_by(one, Draft.updated_at.desc(), Draft.id.desc())
    return select(func.json_agg(newest_first)).where(*mine).correlate(Chat).scalar_subquery()


def lock_chat(member: Member, chat_id: int) -> Chat:
    """The chat's row, ours until the transaction ends: messages of a chat are written one after the other."""
    statement = select(Chat).where(visible(Chat, member), Chat.id == chat_id).with_for_update()
    chat = session().scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if chat is None:
        raise NotFound("chat")
    return chat


def heads_of_contact(account_id: int, contact_id: int) -> list[Row[Any]]:
    """(id, name) of each chat of a person, for whoever is told what it is called now."""
    theirs = Chat.account_id == account_id, Chat.contact_id == contact_id
    return list(execute(select(Chat.id, Chat.name).where(*theirs).order_by(Chat.id)))


def may_see_chat(member: Member, chat_id: int | None) -> bool:
    return chat_id in visible_chats(member, frozenset([chat_id]))


def visible_chats(member: Member, chat_ids: frozenset[int | None]) -> frozenset[int | None]:
    """Those of them the member may see: the live topics "chat:<id>" ask this before anyone hears them."""
    wanted = [chat_id for chat_id in chat_ids if chat_id is not None]
    if not wanted:
        return frozenset()
    return frozenset(execute(select(Chat.id).where(visible(Chat, member), Chat.id.in_(wanted))).scalars())
