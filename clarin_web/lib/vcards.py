"""Contact cards as phones send them (vCard 2.1 to 4.0). What is odd in one is left out, never fatal."""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass, field

from clarin_web.lib.text import clean_text

MOST_CARDS, MOST_EACH, MOST_LENGTH = 20, 10, 100_000
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([\\,;nN])")


@dataclass(frozen=True, slots=True)
class Card:
    """One person."""

    name: str
    company: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


def read_cards(text: str) -> list[Card]:
    """Every card of the text that says anything."""
    unfolded = _FOLD.sub("", text[:MOST_LENGTH])
    found: list[Card] = []
    for block in re.split(r"(?i)^BEGIN:VCARD\s*$", unfolded, flags=re.M)[1 : MOST_CARDS + 1]:
        card = _card(block)
        if card.name or card.phones or card.emails:
            found.append(card)
    return found


def _card(block: str) -> Card:
    said: dict[str, list[str]] = {}
    for line in block.splitlines():
        head, colon, value = line.partition(":")
        name, *options = head.upper().split(";")
        if colon:
            said.setdefault(name.split(".")[-1], []).append(_value(value, options))
    name = next(iter(said.get("FN", [])), "") or " ".join(reversed(_parts(said.get("N", [""])[0])[:2]))
    company = ", ".join(_parts(said.get("ORG", [""])[0])[:1])
    return Card(
        clean_text(name, 200, one_line=True),
        clean_text(company, 200, one_line=True),
        _few(value.removeprefix("tel:") for value in said.get("TEL", [])),
        _few(said.get("EMAIL", [])),
    )


def _value(value: str, options: list[str]) -> str:
    if any("QUOTED-PRINTABLE" in option for option in options):
        value = quopri.decodestring(value.encode()).decode(errors="replace")
    return _ESCAPE.sub(lambda m: " " if m[1] in "nN" else m[1], value).strip()


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(";") if part.strip()]


def _few(values: object) -> list[str]:
    kept = [clean_text(value, 100, one_line=True) for value in values]  # type: ignore[attr-defined]
    return list(dict.fromkeys(filter(None, kept)))[:MOST_EACH]
