"""What bubbles show of a message beyond its own columns: votes counted, cards read, what was said before an edit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from itertools import dropwhile, takewhile
from typing import Any

from clarin_web.devices.message_parts import AMOUNTS, HEADS, MOMENTS, Part, read_parts
from clarin_web.lib.links import web_address
from clarin_web.lib.text import clean_text, levelled
from clarin_web.lib.vcards import Card, read_cards
from clarin_web.web.formats import money, number

CUT, SPARE = 1500, 300  # characters of a long text a bubble shows, and how many more it shows rather than cut
WAVE_HEIGHT = 24
MAX_AMOUNT = 10**15
_PHONE = re.compile(r"\+?[\d\s().-]{4,25}")  # and no code that changes how a phone behaves, such as *21*…#


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part as a bubble shows it. None: it has no such thing, or none that can be."""

    part: Part
    amount: Decimal | None = None
    currency: str = ""
    at: datetime | None = None
    address: str = ""  # of a page or a phone, when it can be opened


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a poll, and who chose it; `names` are those we know."""

    text: str
    votes: int
    share: int
    names: str


def poll_choices(extra: Mapping[str, Any]) -> list[Choice]:
    """Options in their order. Votes name them by hash; one for an option nobody offered counts nowhere."""
    added = sorted(dict(extra.get("added", {})).items(), key=lambda one: (one[1], one[0]))
    every = [*str(extra.get("options", "")).split("\n"), *(option for option, _ in added)]
    options = [option for option in dict.fromkeys(every) if option]
    votes = list(extra.get("votes", {}).values())
    found = []
    for option in options:
        shown = levelled(clean_text(option, one_line=True))
        name = hashlib.sha256(option.encode()).hexdigest()
        mine = [vote for vote in votes if name in vote["options"]]
        share = round(100 * len(mine) / len(votes)) if votes else 0
        found.append(
            Choice(shown, len(mine), share, ", ".join(vote["name"] for vote in mine if vote["name"]))
        )
    return found


EVENT_ANSWERS = ("going", "maybe", "not_going")


def event_answers(extra: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """How many come to an event, may come and do not: (code, people, the names we know)."""
    votes = list(dict(extra.get("votes", {})).values())
    found = []
    for code in EVENT_ANSWERS:
        mine = [vote for vote in votes if hashlib.sha256(code.encode()).hexdigest() in vote["options"]]
        if mine:
            found.append((code, len(mine), ", ".join(vote["name"] for vote in mine if vote["name"])))
    return found


def moved_at(extra: Mapping[str, Any]) -> datetime | None:
    """When a live location was told last; None while it is where it began."""
    return datetime.fromisoformat(str(extra["moved_at"])) if extra.get("moved_at") else None


def is_wordless(message: Any) -> bool:
    """A text that says nothing at all, and so must be said to be there."""
    shown = ("view_once", "buttons", "parts", "named", "came", "ad_title")
    return message.kind == "text" and not message.body and not any(message.extra.get(name) for name in shown)


def came_of(extra: Mapping[str, Any]) -> dict[str, str]:
    """What brought them to write, as ui/provenance.html shows it."""
    names = {"came": "came", "title": "ad_title", "body": "ad_body", "url": "ad_url", "app": "ad_app"}
    return {shown: str(extra.get(name, "")) for shown, name in names.items()}


def money_of(amount: Decimal, currency: str) -> str:
    """As the reader's country writes it; without a currency nobody knows which."""
    return money(amount, currency) if currency else number(amount)


def is_sealed(extra: Mapping[str, Any]) -> bool:
    """It was edited later than what we can read of it."""
    return str(extra.get("sealed_at", "")) > str(extra.get("edited_at", ""))


def head_parts(extra: Mapping[str, Any]) -> list[Part]:
    """What stands above a message's words."""
    return list(takewhile(lambda part: part.role in HEADS, read_parts(extra)))


def body_parts(extra: Mapping[str, Any]) -> list[ShownPart]:
    """What stands below them, each with its amount or its moment to be written as the reader writes it."""
    parts = dropwhile(lambda part: part.role in HEADS, read_parts(extra))
    return [_shown(part) for part in parts]


def _shown(part: Part) -> ShownPart:
    if part.role in AMOUNTS or part.role == "item":
        number, _, currency = part.value.partition(" ")
        return ShownPart(part, amount=_decimal(number), currency=currency)
    if part.role in MOMENTS:
        return ShownPart(part, at=_moment(part.value))
    if part.role == "link":
        return ShownPart(part, address=web_address(part.value))
    if part.role == "call" and _PHONE.fullmatch(part.value):
        return ShownPart(part, address=f"tel:{part.value.replace(' ', '')}")
    return ShownPart(part)


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < MAX_AMOUNT else None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def cards(extra: Mapping[str, Any]) -> list[Card]:
    """The people on a contact card."""
    return read_cards(str(extra.get("vcard", "")))


def earlier_texts(extra: Mapping[str, Any]) -> list[str]:
    """What an edited message said before, oldest first."""
    edits = [text for _, text in sorted(extra.get("edits", {}).items())]
    now = edits[-1] if edits else ""
    return [text for text in (str(extra.get("original", "")), *edits[:-1]) if text and text != now]


def is_long(body: str) -> bool:
    return len(body) > CUT + SPARE


def beginning(body: str) -> str:
    """What a bubble shows of a long text; not cut within a word when that is near."""
    space = body.rfind(" ", CUT - 80, CUT)
    return body[: space if space > 0 else CUT] + "…"


def wave_path(waveform: str) -> str:
    """The loudness of a voice message as an SVG path, 2 units a step; "" for none or nonsense."""
    try:
        steps = bytes.fromhex(waveform)[:64]
    except ValueError:
        return ""
    heights = [max(1, min(step, 100) * (WAVE_HEIGHT - 2) // 200) for step in steps]
    return "".join(f"M{2 * i + 1} {WAVE_HEIGHT // 2 - h}v{2 * h}" for i, h in enumerate(heights))
