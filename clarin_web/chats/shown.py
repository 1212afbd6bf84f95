"""What bubbles show of a message beyond its own columns: votes counted, cards read, what was said before an edit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clarin_web.lib.text import clean_text, levelled
from clarin_web.lib.vcards import Card, read_cards

CUT, SPARE = 1500, 300  # characters of a long text a bubble shows, and how many more it shows rather than cut
WAVE_HEIGHT = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a poll, and who chose it; `names` are those we know."""

    text: str
    votes: int
    share: int
    names: str


def poll_choices(extra: Mapping[str, Any]) -> list[Choice]:
    """Options in their order. Votes name them by hash; one for an option nobody offered counts nowhere."""
    options = [option for option in str(extra.get("options", "")).split("\n") if option]
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


def cards(extra: Mapping[str, Any]) -> list[Card]:
    """The people on a contact card."""
    return read_cards(str(extra.get("vcard", "")))


def earlier_texts(extra: Mapping[str, Any]) -> list[str]:
    """What an edited message said before, oldest first."""
    edits = [text for _, text in sorted(extra.get("edits", {}).items())]
    return [text for text in (str(extra.get("original", "")), *edits[:-1]) if text]


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
