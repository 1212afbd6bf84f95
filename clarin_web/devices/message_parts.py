"""What a message shows besides its words: titles, links, codes, articles, amounts, each with the role it plays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from clarin_web.lib.text import clean_text, levelled

MAX_PARTS, MAX_PART_CHARACTERS, MAX_PARTS_CHARACTERS = 120, 4_096, 16_384
HEADS = ("title", "subtitle")  # those that begin a message stand above its words
WORDS = (
    "title",
    "subtitle",
    "text",
    "card",
    "section",
    "row",
    "item",
    "field",
    "preview",
    "small",
    "code",
    "link",
)
AMOUNTS = ("amount", "total", "subtotal", "tax", "shipping", "discount", "price", "sale_price")
MOMENTS = ("when", "starts", "ends", "expires")
OTHERS = ("button", "call", "count", "votes", "media", "answer", "state", "reference")
# Of orders and payments, as programs call them; those that have words (chats/parts.html).
STATES = frozenset(
    ("processing", "partially_shipped", "shipped", "out_for_delivery", "delivered", "completed", "canceled",
     "cancelled", "captured", "paid", "success", "failed", "refunded", "expired")
)  # fmt: skip
ROLES = frozenset((*WORDS, *AMOUNTS, *MOMENTS, *OTHERS))


class Part(NamedTuple):
    """`text`: somebody's words; `value`: by role an address, code, phone, "12.5 PEN", seconds since 1970, number."""

    role: str
    text: str = ""
    value: str = ""


def bound_parts(parts: Iterable[Part]) -> tuple[Part, ...]:
    """As many as a row and a page bear, without what plays no role we know or says nothing."""
    kept: list[Part] = []
    left = MAX_PARTS_CHARACTERS
    for part in list(parts)[:MAX_PARTS]:
        role, text, value = part.role, _words(part.text, left), _words(part.value, left)
        left -= len(text) + len(value)
        if role in ROLES and (text or value):
            kept.append(Part(role, text, value))
    return tuple(kept)


def read_parts(extra: Mapping[str, Any]) -> list[Part]:
    """Those of a stored message, in their order."""
    found = extra.get("parts")
    return [Part(*map(str, part)) for part in found if _is_part(part)] if isinstance(found, list) else []


def words_of_parts(parts: Iterable[Part]) -> str:
    """For a list or a quote, when the message has no words of its own: the first somebody wrote."""
    listed = list(parts)
    written = [part for part in listed if part.role in WORDS] or listed
    return next((part.text or part.value for part in written if part.text or part.role == "code"), "")


def _words(text: str, most: int) -> str:
    return levelled(clean_text(text[:MAX_PART_CHARACTERS], min(MAX_PART_CHARACTERS, max(most, 0)))).strip()


def _is_part(part: Any) -> bool:
    return isinstance(part, list) and len(part) == 3 and part[0] in ROLES
