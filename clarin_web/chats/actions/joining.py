"""Two chats of one person on one number become one, with all that was said; a ledger row undoes it.

Messages keep their ids and their order. What both have (the same id of WhatsApp) is one message, as far along as
either.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select, text, tuple_, update
from sqlalchemy.orm import aliased

from clarin_web.chats.actions.counting import recount
from clarin_web.chats.actions.duplicates import collapse_duplicates
from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, ChatsJoined, announce
from clarin_web.models import Chat, ChatMerge, Draft, Message, Outreach, Provenance, Tagging

# What points at a chat, and what a chat has only one of each of.
FOLLOWERS: dict[str, Any] = {
    "message": Message, "draft": Draft, "tagging": Tagging, "outreach": Outreach, "provenance": Provenance,
}  # fmt: skip
ONE_OF_EACH: dict[str, tuple[Any, ...]] = {
    "draft": (Draft.user_id, Draft.kind), "tagging": (Tagging.tag_id,),
}  # fmt: skip


def join_chats(winner: Chat, loser: Chat) -> None:
    """Inside the caller's transaction, which holds both rows. The loser goes; its address leads to the winner."""
    with transaction():
        session().flush()  # the snapshot is read from the row
        kept: dict[str, Any] = {"chat": _snapshot(loser), "winner": {"key": winner.key, "lid": winner.lid}}
        counted_twice = collapse_duplicates(winner, loser)
        _join_drafts(winner, loser)
        kept["moved"] = {name: _move(name, loser.id, winner) for name in FOLLOWERS}
        _take_over(winner, loser, counted_twice)
        _forget(winner, loser)
        recount(winner)
        session().add(
            ChatMerge(account_id=winner.account_id, winner_id=winner.id, loser_id=loser.id, kept=kept)
        )
        session().flush()  # the listeners read the rows
        about = {"account_id": winner.account_id, "actor": Actor.whatsapp()}
        announce(
            ChatsJoined(**about, chat_id=winner.id, contact_id=winner.contact_id, loser_id=loser.id)  # type: ignore[arg-type]
        )


def separated_from(chat: Chat) -> set[int]:
    """The chats a person has taken out of this one again, or this one out of them."""
    pairs = select(ChatMerge.winner_id, ChatMerge.loser_id).where(
        ChatMerge.account_id == chat.account_id,
        ChatMerge.undone_at.is_not(None),
        or_(ChatMerge.winner_id == chat.id, ChatMerge.loser_id == chat.id),
    )
    return {one for pair in execute(pairs) for one in pair} - {chat.id}


def _snapshot(chat: Chat) -> dict[str, Any]:
    row = text("SELECT to_jsonb(chat) FROM chat WHERE account_id = :account AND id = :id")
    return dict(execute(row, {"account": chat.account_id, "id": chat.id}).scalar_one())


def _join_drafts(winner: Chat, loser: Chat) -> None:
    """Who was writing in both loses no word: what stood in the chat that goes stands below in the one that stays."""
    other = aliased(Draft)
    whose = Draft.account_id, Draft.user_id, Draft.kind
    same = tuple_(*whose) == tuple_(other.account_id, other.user_id, other.kind), other.body != Draft.body
    mine = Draft.account_id == winner.account_id, Draft.chat_id == winner.id, other.chat_id == loser.id
    both = (
        update(Draft).where(*mine, *same).values(body=Draft.body + "\n\n" + other.body, updated_at=func.now())
    )
    execute(both.execution_options(synchronize_session=False))


def _move(name: str, from_id: int, chat: Chat) -> list[int]:
    """The ids of what moved; of what the chat has already, its own stays."""
    model = FOLLOWERS[name]
    theirs = [model.account_id == chat.account_id, model.chat_id == from_id]
    if (one := ONE_OF_EACH.get(name)) is not None:
        mine = aliased(model)
        known = select(*(getattr(mine, column.key) for column in one)).where(
            mine.account_id == chat.account_id, mine.chat_id == chat.id
        )
        theirs.append(tuple_(*one).not_in(known))
    moved = update(model).where(*theirs).values(chat_id=chat.id).returning(model.id)
    return list(execute(moved.execution_options(synchronize_session=False)).scalars())


def _take_over(winner: Chat, loser: Chat, counted_twice: int) -> None:
    """Counts are of both; a message that came twice counts once. What was read in either is read."""
    winner.unread = winner.unread + loser.unread - counted_twice
    winner.read_until = max(filter(None, (winner.read_until, loser.read_until)), default=None)
    winner.waiting_since = min(filter(None, (winner.waiting_since, loser.waiting_since)), default=None)
    winner.lead_due_at = winner.lead_due_at or loser.lead_due_at
    winner.owner_id, winner.lid = winner.owner_id or loser.owner_id, winner.lid or loser.lid
    winner.version = max(winner.version, loser.version) + 1


def _forget(winner: Chat, loser: Chat) -> None:
    """What was joined with the one that goes is now joined with the other. What WhatsApp was asked is asked anew."""
    earlier = ChatMerge.account_id == loser.account_id, ChatMerge.winner_id == loser.id
    execute(update(ChatMerge).where(*earlier).values(winner_id=winner.id))
    session().delete(loser)
    session().flush()  # its key is free now
