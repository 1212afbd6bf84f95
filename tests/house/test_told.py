"""Whoever changes what people see tells open pages in the same breath: nothing else would correct what they show."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from clarin_web.local.home import ROOT

SEEN = {"Message", "Chat", "Lead", "Device", "Contact", "Media", "Tag", "KommoWebhook", "model"}
TELLS = {"announce", "announce_all", "tell", "_tell", "leads_mirrored", "contacts_mirrored"}
LEFT_OUT = {"demo", "cli"}
# Functions whose statement shows nothing new by itself, with why; what calls them tells.
QUIET = {
    "chats/actions/adopting.py: _adopt": "an id on the wire; the tick or the echo that brought it is told",
    "chats/actions/duplicates.py: _collapse": "the bubble that stays is told",
    "chats/actions/following.py: follow_contact": "the listener of ContactChanged, which pokes",
    "chats/actions/hearing.py: _touch_device": "the heartbeat says that something was heard, every five seconds",
    "chats/actions/joining.py: _move": "ChatsJoined",
    "chats/actions/owing.py: settle_lead": "nobody sees a debt; its lead is told",
    "chats/actions/separating.py: _give_back": "ChatsSeparated",
    "chats/actions/ticking.py: _stamp_late": "when a tick that is shown was earned",
    "contacts/actions/merging.py: _give_back": "ContactChanged of both",
    "contacts/actions/merging.py: _move": "ContactsMerged",
    "devices/deeds.py: _follow": "whoever carries a deed out tells of its message",
    "devices/outbox.py: postponed": "hold_chat tells of everything that waits",
    "devices/queued.py: <module>": "statements; what runs them tells",
    "devices/signing.py: _remember": "a name that is shown when the message has left, which is told",
    "kommo/storing/gone.py: _marked": "its callers make the facts",
    "kommo/storing/history.py: _date_closings": "the move that dates it is told",
    "kommo/storing/joining.py: _note": "where a row lives on is asked by Kommo's reading only",
    "kommo/upserts/contacts.py: _adopt": "the page's contacts are told",
    "kommo/upserts/leads.py: _tags": "the page's leads are told",
    "kommo/upserts/retagging.py: _say": "what Kommo calls a tag; the leads that wear it are told",
    "kommo/webhooks/receiving.py: _set": "its callers tell, but of what another account's webhook was",
    "leads/actions/changing.py: refresh_search": "what a search finds; its callers tell of the name",
    "media/actions/fetching.py: _waiting": "arrived, tried later: the bubble says that it is on its way",
    "media/actions/fetching.py: claim": "whose turn it is, which nobody sees",
    "media/actions/uploading.py: attach": "MessageQueued of its message",
}  # fmt: skip


def silent() -> Iterator[str]:
    """Top functions with a statement that changes what people see, and no word to anybody."""
    home = ROOT / "clarin_web"
    for path in sorted(home.rglob("*.py")):
        place = path.relative_to(home)
        if not LEFT_OUT & set(place.parts):
            yield from _silent_in(place, ast.parse(path.read_text()))


def _silent_in(place: Path, tree: ast.Module) -> Iterator[str]:
    inner = [part for node in tree.body for part in (node.body if isinstance(node, ast.ClassDef) else [node])]
    for node in inner:
        calls = [
            call for call in ast.walk(node) if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        ]
        if any(map(_changes, calls)) and not any(call.func.id in TELLS for call in calls):  # type: ignore[attr-defined]
            yield f"{place.as_posix()}: {getattr(node, 'name', '<module>')}"


def _changes(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return call.func.id == "update" and isinstance(first, ast.Name) and first.id in SEEN  # type: ignore[attr-defined]


def test_what_people_see_is_changed_with_a_word_to_open_pages() -> None:
    found = set(silent())
    assert found - QUIET.keys() == set(), "announce a fact (clarin_web/events), or say here who does"
    assert QUIET.keys() - found == set(), "these tell by now, or are gone"
