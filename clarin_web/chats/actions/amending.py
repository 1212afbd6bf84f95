"""What people do to messages that exist: react, edit, delete, vote. In whatever order and however often it is heard,
the end is the same: each person's newest word counts, and only an author (or a group's admin) changes a message.
"""

from __future__ import annotations

from typing import Any

import structlog

from clarin_web.chats.actions.mentions import name_mentions, note_unnamed
from clarin_web.chats.actions.previews import kind_of
from clarin_web.chats.actions.showing import message_of, rewrite
from clarin_web.devices.gateway import (
    REPLACED,
    Address,
    MessageEdited,
    MessageRevoked,
    PollOptionAdded,
    PollVote,
    Reaction,
)
from clarin_web.devices.message_parts import read_parts, words_of_parts
from clarin_web.lib.wa_text import wa_preview
from clarin_web.models import Device, Message

log = structlog.get_logger()
MAX_PEOPLE, MAX_EDITS, MAX_EDITED = 200, 20, 100_000  # people, edits, and letters of those together
MAX_ADDED = 32  # options of a poll
ME = "me"


def apply_reaction(device: Device, event: Reaction) -> None:
    """One per person, their newest; an empty emoji takes it back."""
    message = message_of(device, event.chat, event.wa_id)
    who = ME if event.from_me else event.sender.key
    emoji, times = event.emoji, _part(message, "reacted")
    word = f"{event.at.isoformat()} {emoji}"
    if word <= times.get(who, "") or (who not in times and len(times) >= MAX_PEOPLE):
        return
    kept = {key: sign for key, sign in message.reactions.items() if key != who}
    reactions = {**kept, who: emoji} if emoji else kept
    rewrite(message, reactions=reactions, extra={**message.extra, "reacted": {**times, who: word}})


def apply_edit(device: Device, event: MessageEdited) -> None:
    """The newest edit is shown; what was said before is kept. A deleted message stays deleted."""
    message = message_of(device, event.chat, event.wa_id)
    if not _may_change(message, event.sender, event.from_me):
        return
    event, unnamed = name_mentions(device.account_id, event)
    note_unnamed(device.account_id, message.id, unnamed)
    at, known = event.at.isoformat(), _part(message, "edits")
    if event.sealed:
        _note_sealed(message, at)
        return
    edits = _latest({**known, at: max(event.text, known.get(at, ""))})
    if edits == known:
        return
    shown_at = str(message.extra.get("edited_at", ""))
    extra = {"original": message.body, **message.extra, "edits": edits, "edited_at": max(at, shown_at)}
    if message.kind == "deleted" or at < shown_at or at not in edits:
        rewrite(message, extra=extra)
    else:
        body = edits[at]
        if body == event.text:
            extra = _replaced(extra, event)
        shown = body or words_of_parts(read_parts(extra))
        kind = kind_of({"kind": message.kind, "body": body, "extra": extra})
        rewrite(message, body=body, extra=extra, last_preview=wa_preview(shown), last_kind=kind)


def _replaced(extra: dict[str, Any], event: MessageEdited) -> dict[str, Any]:
    """With what an event, a poll, a place or a card is now; an edit of words alone leaves that as it is."""
    gone = ("parts", *(REPLACED if event.details else ()))
    parts = {"parts": [list(part) for part in event.parts]} if event.parts else {}
    return {**{name: held for name, held in extra.items() if name not in gone}, **event.details, **parts}


def _note_sealed(message: Message, at: str) -> None:
    """The words shown are no longer those on the phone, until an edit of that moment (or later) can be read."""
    if at > str(message.extra.get("sealed_at", "")):
        rewrite(message, extra={**message.extra, "sealed_at": at})


def _latest(edits: dict[str, str]) -> dict[str, str]:
    """The newest MAX_EDITS of them that are MAX_EDITED letters together, but the last one whatever its length."""
    kept: dict[str, str] = {}
    letters = 0
    for at, text in sorted(edits.items(), reverse=True)[:MAX_EDITS]:
        letters += len(text)
        if kept and letters > MAX_EDITED:
            break
        kept[at] = text
    return dict(reversed(kept.items()))


def apply_revocation(device: Device, event: MessageRevoked) -> None:
    """Shown as deleted, and by whom; the words stay in `extra` for the audit trail, never on screen."""
    message = message_of(device, event.chat, event.wa_id)
    if not event.by_admin and not _may_change(message, event.sender, event.from_me):
        return
    at = event.at.isoformat()
    if at >= str(message.extra.get("deleted_at", "~")):
        return
    who = ME if event.from_me else event.sender.key if event.sender else ""
    gone = {
        "deleted_at": at,
        "deleted_by": who,
        "deleted_name": event.push_name,
    }
    was = message.extra.get("was", message.kind)
    extra = {"original": message.body, **message.extra, **gone, "was": was}
    rewrite(message, kind="deleted", body="", extra=extra, last_preview="", last_kind="deleted")


def apply_vote(device: Device, event: PollVote) -> None:
    """Everybody's newest choice."""
    poll = message_of(device, event.chat, event.wa_id)
    who = ME if event.from_me else event.sender.key
    votes = _part(poll, "votes")
    vote = {"at": event.at.isoformat(), "options": sorted(event.options), "name": event.push_name}
    before = votes.get(who)
    if before and (vote["at"], vote["options"]) <= (before["at"], before["options"]):
        return
    if before or len(votes) < MAX_PEOPLE:
        rewrite(poll, extra={**poll.extra, "votes": {**votes, who: vote}})


def apply_poll_option(device: Device, event: PollOptionAdded) -> None:
    """Each once, in the order in which they were added."""
    poll = message_of(device, event.chat, event.wa_id)
    added, at = _part(poll, "added"), event.at.isoformat()
    if event.option in added and added[event.option] <= at:
        return
    if event.option in added or len(added) < MAX_ADDED:
        rewrite(poll, extra={**poll.extra, "added": {**added, event.option: at}})


def _part(message: Message, name: str) -> dict[str, Any]:
    found = message.extra.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _may_change(message: Message, sender: Address | None, from_me: bool) -> bool:
    """Not a stranger in the group, and not the customer our own words. A person may go by phone or LID."""
    if sender is None:
        return True
    allowed = from_me == (message.direction == "out")
    if allowed and not from_me:
        author = Address.from_key(message.sender_key) if message.sender_key else sender
        allowed = author.kind is not sender.kind or author == sender
    if not allowed:
        log.warning("a change by somebody else than the author is ignored", message=message.id)
    return allowed
