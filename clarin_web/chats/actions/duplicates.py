"""Messages that two chats of one person both have: one stays, as far along as either, with its file and reactions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from clarin_web.chats.actions.ranks import RANK
from clarin_web.db import execute, session
from clarin_web.models import Chat, Media, Message

_TIMES = ("sent_at", "delivered_at", "read_at")
_TOLD = ("state", "kind", "reactions", "extra", *_TIMES)


def collapse_duplicates(winner: Chat, loser: Chat) -> int:
    """Leave one message of each id. How many of theirs were counted as unread in both."""
    mine, theirs = aliased(Message), aliased(Message)
    both = and_(theirs.account_id == mine.account_id, theirs.chat_id == loser.id, theirs.wa_id == mine.wa_id)
    differ = or_(*(getattr(mine, name).is_distinct_from(getattr(theirs, name)) for name in _TOLD))
    # Ours as it was written here says more than as WhatsApp shows it, and what can be read more than its place.
    better = case((theirs.author_id.is_not(None), 2), (theirs.kind != "unknown", 1), else_=0) > case(
        (mine.author_id.is_not(None), 2), (mine.kind != "unknown", 1), else_=0
    )
    compared = theirs.id.label("other"), differ.label("differ"), better.label("better")
    pairs = execute(
        select(mine.id, mine.direction, mine.at, *compared)
        .join(theirs, both)
        .where(mine.account_id == winner.account_id, mine.chat_id == winner.id)
    ).all()
    for pair in pairs:
        _collapse(winner.account_id, pair)
    since = [chat.read_until for chat in (winner, loser) if chat.read_until]
    unread = sum(pair.direction == "in" and not (since and pair.at <= max(since)) for pair in pairs)
    return min(unread, winner.unread, loser.unread)


def _collapse(account_id: int, pair: Row[Any]) -> None:
    kept, gone = (pair.other, pair.id) if pair.better else (pair.id, pair.other)
    if pair.differ:
        _combine(account_id, kept, gone)
    has_file = exists().where(Media.account_id == account_id, Media.message_id == kept)
    its_file = Media.account_id == account_id, Media.message_id == gone
    if execute(select(~has_file)).scalar_one():
        execute(update(Media).where(*its_file).values(message_id=kept))
    execute(delete(Message).where(Message.account_id == account_id, Message.id == gone))


def _combine(account_id: int, kept_id: int, gone_id: int) -> None:
    of = Message.account_id == account_id, Message.id.in_((kept_id, gone_id))
    rows = {
        row.id: row
        for row in session().scalars(select(Message).where(*of).execution_options(populate_existing=True))
    }
    kept, gone = rows[kept_id], rows[gone_id]
    if RANK.get(gone.state, -1) > RANK.get(kept.state, -1):
        kept.state, kept.failure = gone.state, gone.failure
    for name in _TIMES:
        known = [time for time in (getattr(kept, name), getattr(gone, name)) if time is not None]
        setattr(kept, name, min(known, default=None))
    kept.reactions = {**gone.reactions, **kept.reactions}
    kept.extra = {**gone.extra, **kept.extra}
    if gone.kind == "deleted":
        kept.kind, kept.body = gone.kind, gone.body
    kept.version = func.greatest(Message.version, gone.version) + 1
    session().flush()
    session().expunge(gone)  # its row goes by a statement of its own
