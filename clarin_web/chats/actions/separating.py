"""A chat taken out of the one it was joined with, because a person says that they are two."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import exists, func, or_, select, text, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.actions.counting import recount
from clarin_web.chats.actions.joining import FOLLOWERS
from clarin_web.chats.queries import lock_chat
from clarin_web.contacts.actions import undo_merge
from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, ChatsSeparated, announce
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.models import Chat, ChatMerge, ContactMerge


def separate_chat(member: Member, merge_id: int) -> int:
    """The chat that is there again, with what was its own; a message that both had stays where it is. Contacts that
    became one with the chats are two again. They stay apart, whatever WhatsApp says later.

    Raises NotFound, or Conflict when it was undone already or its address is another chat's now.
    """
    member.must(Permission.ASSIGN)
    with transaction():
        merge = _lock(member, merge_id)
        winner, kept = lock_chat(member, merge.winner_id), dict[str, Any](merge.kept)
        if merge.undone_at is not None:
            raise Conflict("merge_undone")
        winner.key, winner.lid = kept["winner"]["key"], kept["winner"]["lid"]
        session().flush()  # its other names are free for the one that comes back
        loser = _bring_back(winner, kept["chat"])
        for name, ids in kept["moved"].items():
            _give_back(FOLLOWERS[name], winner, loser.id, ids)
        merge.undone_at, merge.undone_by = func.now(), member.user_id
        winner.version = winner.version + 1
        for chat in (winner, loser):
            recount(chat)
        session().flush()
        _separate_contacts(winner, loser)
        announce(
            ChatsSeparated(
                account_id=member.account_id, actor=Actor.user(member.user_id), chat_id=winner.id,
                contact_id=winner.contact_id, loser_id=loser.id,
            )
        )  # fmt: skip
        return loser.id


def _lock(member: Member, merge_id: int) -> ChatMerge:
    mine = ChatMerge.account_id == member.account_id, ChatMerge.id == merge_id
    query = select(ChatMerge).where(*mine).with_for_update().execution_options(populate_existing=True)
    merge = session().scalars(query).one_or_none()
    if merge is None:
        raise NotFound("merge")
    return merge


def _bring_back(winner: Chat, row: dict[str, Any]) -> Chat:
    """Its row as it was, under the contact of the other: whose it was may be gone."""
    here = Chat.account_id == winner.account_id, Chat.device_id == winner.device_id
    if execute(select(exists().where(*here, Chat.key == row["key"]))).scalar_one():
        raise Conflict("chat_there_again")
    row = {**row, "contact_id": winner.contact_id, "name": winner.name, "lead_due_at": None}
    back = text("INSERT INTO chat SELECT * FROM jsonb_populate_record(NULL::chat, CAST(:row AS jsonb))")
    session().execute(back, {"row": json.dumps(row)})
    return session().get_one(Chat, row["id"], populate_existing=True)


def _give_back(model: Any, winner: Chat, loser_id: int, ids: list[int]) -> None:
    theirs = model.account_id == winner.account_id, model.chat_id == winner.id, model.id.in_(ids)
    execute(
        update(model).where(*theirs).values(chat_id=loser_id).execution_options(synchronize_session=False)
    )


def _separate_contacts(winner: Chat, loser: Chat) -> None:
    """The joining of contacts that had moved one of the two."""
    moved = ContactMerge.moved["chat"]
    merged = select(ContactMerge.id).where(
        ContactMerge.account_id == winner.account_id,
        ContactMerge.winner_id == winner.contact_id,
        ContactMerge.reason == "wa_pair",
        ContactMerge.undone_at.is_(None),
        or_(moved.contains([loser.id]), moved.contains([winner.id])),
    )
    if (entry := execute(merged.limit(1)).scalar()) is not None:
        undo_merge(winner.account_id, entry)
