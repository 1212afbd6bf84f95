"""What a delivery hints at: which Kommo it is about, and ids to ask Kommo for. Nothing else in it is read.

The body is a form in PHP's manner, `leads[update][0][id]=501`. Anybody could have written it: what does not look
like that is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_plus

MAX_BODY = 256 * 1024
MAX_PAIRS = 20_000
MAX_HINTS = 250
LONGEST_KEY = 160
# The order in which they are asked for: a lead finds its company, its contact and then its notes.
KINDS = (
    "companies",
    "contacts",
    "leads",
    "tasks",
    "lead_notes",
    "contact_notes",
    "company_notes",
    "unsorted",
)
EVERYTHING = "all:0"
PART = re.compile(r"(leads|contacts|task|unsorted)\[([a-z]{1,20})\]\[(\d{1,5})\]\[(id|uid|type)\]")
NOTE = re.compile(r"(leads|contacts)\[note\]\[(\d{1,5})\]\[note\]\[(id|element_type)\]")
ACCOUNT = re.compile(r"account\[(id|subdomain)\]")
ELEMENTS = {"1": "contact_notes", "2": "lead_notes", "3": "company_notes"}
# What a key we know ends in, as it may be written: cheap to look for, where decoding every key is not.
ENDS = tuple(f"{name}{end}" for name in ("id", "type", "subdomain") for end in ("]", "%5D", "%5d"))
NUMBER = re.compile(r"[1-9]\d{0,17}")


class Hint(NamedTuple):
    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Heard:
    """`hints` are "kind:id" words. More than could be read is EVERYTHING: look at all that changed."""

    account_id: int | None
    subdomain: str
    hints: frozenset[str]


def read(body: bytes) -> Heard:
    """Whatever the bytes are, this answers; at worst with nothing."""
    account: dict[str, str] = {}
    parts: dict[tuple[str, ...], dict[str, str]] = {}
    is_cut = len(body) > MAX_BODY or body.count(b"&") >= MAX_PAIRS
    for key, value in _pairs(body[:MAX_BODY]):
        if found := ACCOUNT.fullmatch(key):
            account[found[1]] = value
        elif found := PART.fullmatch(key) or NOTE.fullmatch(key):
            *place, name = found.groups()
            parts.setdefault((*place, *(["note"] if found.re is NOTE else [])), {})[name] = value
            if len(parts) > MAX_HINTS:
                break
    hints = {f"{hint.kind}:{hint.id}" for place, item in parts.items() if (hint := _hint(place, item))}
    if is_cut or len(parts) > MAX_HINTS:
        hints = {EVERYTHING}
    return Heard(_number(account.get("id", "")), account.get("subdomain", "")[:100], frozenset(hints))


def parse(word: str) -> Hint:
    """A word of `Heard.hints`, read back."""
    kind, _, id_ = word.partition(":")
    return Hint(kind, int(id_))


def _pairs(body: bytes) -> Iterator[tuple[str, str]]:
    for pair in body.decode("ascii", "replace").split("&", MAX_PAIRS)[:MAX_PAIRS]:
        key, _, value = pair.partition("=")
        if key.endswith(ENDS) and len(key) <= LONGEST_KEY:
            yield unquote_plus(key), unquote_plus(value[:300])


def _hint(place: tuple[str, ...], item: dict[str, str]) -> Hint | None:
    section, is_note = place[0], place[-1] == "note"
    if section == "unsorted":
        return Hint("unsorted", 0)  # its list is short and read whole
    id_ = _number(item.get("id", ""))
    if id_ is None:
        return None
    if is_note:
        usual = "lead_notes" if section == "leads" else "contact_notes"
        return Hint(ELEMENTS.get(item.get("element_type", ""), usual), id_)
    if section == "task":
        return Hint("tasks", id_)
    is_company = section == "contacts" and item.get("type") == "company"
    return Hint("companies" if is_company else section, id_)


def _number(text: str) -> int | None:
    return int(text) if NUMBER.fullmatch(text) and text.isascii() else None
