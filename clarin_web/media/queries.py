"""Reads of files. A file is there for whoever sees its chat; one not sent yet, for who uploaded it."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.config import settings
from clarin_web.db import execute, session
from clarin_web.lib.errors import NotFound
from clarin_web.models import Chat, Contact, Lead, Media, Message


def find_media(member: Member, media_id: int) -> Media:
    """The file, if its chat is visible to this person. Or NotFound."""
    mine = and_(Media.message_id.is_(None), Media.uploaded_by == member.user_id)
    chats = select(Message.id).join(
        Chat, and_(Chat.account_id == Message.account_id, Chat.id == Message.chat_id)
    )
    seen = chats.where(
        visible(Chat, member), Message.account_id == member.account_id, Message.id == Media.message_id
    ).exists()
    found = session().scalar(
        select(Media).where(Media.account_id == member.account_id, Media.id == media_id, or_(mine, seen))
    )
    if found is None:
        raise NotFound("media")
    return found


def media_of(account_id: int, message_id: int) -> Media | None:
    """The file of a message, for whoever sends or forwards it."""
    return session().scalar(
        select(Media).where(Media.account_id == account_id, Media.message_id == message_id)
    )


def portrait_seen(member: Member, contact_id: int) -> str:
    """The hash of a contact's profile picture, for whoever sees a chat or a lead of theirs; else empty."""
    seen = [
        select(model.id)
        .where(visible(model, member), model.account_id == member.account_id, model.contact_id == contact_id)
        .exists()
        for model in (Chat, Lead)
    ]
    mine = Contact.account_id == member.account_id, Contact.id == contact_id, Contact.trashed_at.is_(None)
    return execute(select(Contact.portrait).where(*mine, or_(*seen))).scalar_one_or_none() or ""


def portrait_id(account_id: int, contact_id: int) -> str:
    """WhatsApp's id of the profile picture we have of a contact, or empty."""
    ready = Media.account_id == account_id, Media.contact_id == contact_id, Media.state == "ready"
    return (
        execute(select(Media.name).where(*ready).order_by(Media.id.desc()).limit(1)).scalar_one_or_none()
        or ""
    )


def space_left(account_id: int) -> int:
    """Bytes this account may still keep; the same file counts once."""
    kept = select(Media.hash, func.max(Media.size).label("size"))
    each = kept.where(Media.account_id == account_id, Media.hash != "").group_by(Media.hash).subquery()
    used = execute(select(func.coalesce(func.sum(each.c.size), 0))).scalar_one()
    return settings().media_quota - int(used)
