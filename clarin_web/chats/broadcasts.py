"""Tell open browsers: HTML to the open thread where everybody sees the same, a poke to every list and counter.

A message whose bubble has words of ours in it (Photo, Not sent, Deleted…) is poked, not pushed: each page then
asks for it in its own reader's language.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from clarin_web.chats.actions import follow_contact, name_waiting_for
from clarin_web.chats.queries import find_message, heads_of_contact
from clarin_web.chats.shown import is_long
from clarin_web.db import transaction
from clarin_web.devices.outgoing import DEEDS
from clarin_web.events import (
    ChatFact,
    ChatRead,
    ChatsJoined,
    ChatsSeparated,
    ContactChanged,
    ContactsMerged,
    HistoryCame,
    HoldsLifted,
    MessageChanged,
    MessageReceived,
)
from clarin_web.live.publish import is_burst, poke, push
from clarin_web.web.formats import local
from clarin_web.web.fragments import append, fill, replace
from clarin_web.web.i18n import Reader, reading_as
from clarin_web.web.templating import dom_id

WORDLESS = ("queued", "sending", "sent", "delivered", "read", "played", "")
# In `extra`: what a bubble says in the reader's language, or writes as their country does.
WORDED = {
    "edited_at",
    "sealed_at",
    "deeds",
    "forwards",
    "view_once",
    "expires_in",
    "named",
    "parts",
    "buttons",
    "came",
    "ad_title",
}


def message_came(fact: MessageReceived) -> None:
    """A new bubble at the end of the open thread, and everybody's lists."""
    _show(fact, fact.message_id, is_new=True)
    poke(fact.account_id, "inbox", *_talk(fact), "home")


def message_queued(fact: ChatFact) -> None:
    """Our own bubble, with its clock."""
    _show(fact, fact.message_id, is_new=True)  # type: ignore[attr-defined]
    poke(fact.account_id, "inbox", *_talk(fact), "home")


def message_changed(fact: MessageChanged) -> None:
    """Ticks, reactions, edits: the bubble where it is; the list shows ticks too."""
    _show(fact, fact.message_id, is_new=False)
    poke(fact.account_id, "inbox", *_talk(fact))


def history_came(fact: HistoryCame) -> None:
    """Many at once: pages ask for what they show."""
    poke(fact.account_id, f"chat:{fact.chat_id}", "inbox", *_talk(fact))


def holds_lifted(fact: HoldsLifted) -> None:
    """However many messages: open threads ask again, as does the page of what waits."""
    poke(fact.account_id, *(f"chat:{chat_id}" for chat_id in fact.chat_ids), "inbox")


def chat_read(fact: ChatRead) -> None:
    """Counts, everywhere."""
    poke(fact.account_id, "inbox", *_talk(fact), "home")


def chats_changed(fact: ChatsJoined | ChatsSeparated) -> None:
    """Open threads of both ask again; the one that is gone is led to the other."""
    poke(fact.account_id, f"chat:{fact.chat_id}", f"chat:{fact.loser_id}", "inbox", *_talk(fact), "home")


def contact_changed(fact: ContactChanged | ContactsMerged) -> None:
    """Its chats bear its name, in lists and at the head of an open thread."""
    follow_contact(fact.account_id, fact.contact_id)
    for chat in heads_of_contact(fact.account_id, fact.contact_id):
        push(fact.account_id, f"chat:{chat.id}", fill("chat-name", "chats/_name.html", name=chat.name))
    with transaction():
        name_waiting_for(fact.account_id, fact.contact_id)
    poke(fact.account_id, "inbox", "home")


def is_pushable(message: Row[Any]) -> bool:
    """Whether its bubble holds nothing but its author's words, times and signs."""
    held = message.state == "queued" and message.hold
    plain = message.kind in ("text", "note") and message.state in WORDLESS and not held
    worded = WORDED & message.extra.keys()
    said = message.body and not is_long(message.body)
    return bool(plain and said and not worded and message.quoted_kind in (None, "text", "note"))


def _talk(fact: ChatFact) -> list[str]:
    """The chats of one person, beside their lead."""
    return [f"talk:{fact.contact_id}"] if fact.contact_id else []


def _show(fact: ChatFact, message_id: int, *, is_new: bool) -> None:
    topic = f"chat:{fact.chat_id}"
    if is_burst():
        poke(fact.account_id, topic)
        return
    message = find_message(fact.account_id, message_id)
    if message is not None and message.kind in DEEDS:
        message, is_new = find_message(fact.account_id, int(message.extra["target"])), False
    if message is None:
        return
    if not is_pushable(message) or (is_new and not (message.is_last or message.kind == "note")):
        poke(fact.account_id, topic)
        return
    with reading_as(Reader(time_zone=message.time_zone)):
        if is_new and starts_day(message):
            poke(fact.account_id, topic)
        elif is_new:
            into = dom_id("chat", message.chat_id, "messages")
            push(fact.account_id, topic, append(into, "chats/_message.html", message=message))
        else:
            bubble = dom_id("message", message.id)
            push(fact.account_id, topic, replace(bubble, "chats/_message.html", message=message))


def starts_day(message: Row[Any]) -> bool:
    """The first of its day needs a separator, which says "Today" in words."""
    return message.previous_at is None or local(message.previous_at).date() != local(message.at).date()
