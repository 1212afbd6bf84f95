"""Contact cards as phones send them (vCard 2.1 to 4.0). What is odd in one is left out, never fatal.

Read here and not by a library: strangers write cards, and the kept one (vobject) takes minutes over some of 100 kB.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clarin_web.lib.text import can_be_seen, clean_text

MOST_CARDS, MOST_EACH, MOST_LENGTH, MOST_TEXT = 50, 10, 100_000, 8_000
_BINARY = ("PHOTO", "LOGO", "SOUND", "KEY")  # nothing of them is shown, and a picture is most of a card
_ESCAPE = re.compile(r"\\([\\,;:nN])")
_BORDER = re.compile(r"(?<!\\);")
_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Card:
    """One person."""

    name: str
    company: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Property:
    """A line of a card: `TEL;TYPE=CELL:+51…` is named TEL, with its parameters in capitals and its value as written."""

    name: str
    parameters: tuple[str, ...]
    value: str


def read_cards(text: str) -> list[Card]:
    """Every card of the text that says anything."""
    found: list[Card] = []
    for properties in _split(text[:MOST_LENGTH]):
        card = _card(properties)
        if card.name or card.phones or card.emails:
            found.append(card)
    return found


def without_pictures(text: str) -> str:
    """The same cards without what is no text: a person's picture must not push the next person out of a bound."""
    return "\n".join(line for line in _lines(text) if _named(line)[0] not in _BINARY)


def _split(text: str) -> Iterator[list[Property]]:
    """The properties of each card, in the order they begin; a card may lack its end, or hold another one."""
    found: list[list[Property]] = []
    opened: list[list[Property]] = []
    for line in _lines(text):
        name, head, value = _named(line)
        if name in ("BEGIN", "END") and value.strip().upper() == "VCARD":
            if name == "END":
                opened = opened[:-1]
            elif len(found) < MOST_CARDS:
                found.append([])
                opened.append(found[-1])
            else:
                break
        elif opened and name not in _BINARY:
            opened[-1].append(Property(name, tuple(head.upper().split(";")[1:]), value))
    yield from found


def _lines(text: str) -> Iterator[str]:
    """Unfolded: a line goes on after a line break and a space, in quoted-printable (2.1) after a `=` at its end."""
    pieces: list[str] = []
    soft = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if soft:
            pieces.append(line)
        elif pieces and line[:1] in (" ", "\t"):
            pieces.append(line[1:])
        else:
            if pieces:
                yield "".join(pieces)
            pieces = [line]
        soft = line.rstrip().endswith("=") and "QUOTED-PRINTABLE" in pieces[0][:200].upper()
        if soft:  # blanks after it were added on the way
            pieces[-1] = pieces[-1].rstrip()[:-1]
    if pieces:
        yield "".join(pieces)


def _named(line: str) -> tuple[str, str, str]:
    """A line's name without its group, what stands before the colon, and the value; "" thrice for no property."""
    masked = _QUOTED.sub(lambda found: "_" * len(found[0]), line[:1000]) if '"' in line[:1000] else line
    colon = masked.find(":")
    if colon < 0:
        return "", "", ""
    head = line[:colon]
    return head.split(";", 1)[0].rsplit(".", 1)[-1].strip().upper(), head, line[colon + 1 :]


def _card(properties: list[Property]) -> Card:
    said: dict[str, list[Property]] = {}
    for each in properties:
        said.setdefault(each.name, []).append(each)
    company = _first(_parts(said, "ORG")) or _texts(said, "X-WA-BIZ-NAME")
    name = _texts(said, "FN") or _full_name(_parts(said, "N")) or _texts(said, "NICKNAME") or company
    return Card(
        clean_text(name, 200, one_line=True),
        clean_text(company, 200, one_line=True),
        _few(_phone(each) for each in said.get("TEL", [])),
        _few(_text(each) for each in said.get("EMAIL", [])),
    )


def _texts(said: dict[str, list[Property]], name: str) -> str:
    """The first of that name that says anything."""
    return next(filter(can_be_seen, (_text(each) for each in said.get(name, [])[:MOST_EACH])), "")


def _parts(said: dict[str, list[Property]], name: str) -> list[str]:
    """The parts of a value between semicolons, each in its place; an escaped semicolon is no border."""
    for each in said.get(name, []):
        parts = [_unescaped(part) for part in _BORDER.split(_decoded(each))]
        if any(parts):
            return parts
    return []


def _full_name(parts: list[str]) -> str:
    """Family, given, middle, prefix and suffix, in the order people say them."""
    family, given, middle, prefix, suffix = (*parts, "", "", "", "", "")[:5]
    return " ".join(filter(None, (prefix, given, middle, family, suffix)))


def _first(parts: list[str]) -> str:
    return next(filter(None, parts), "")


def _phone(each: Property) -> str:
    """As written; written without its country, the number WhatsApp put beside it (`waid`) says it all."""
    written = _text(each)
    written = written[4:].split(";", 1)[0] if written[:4].lower() == "tel:" else written
    waid = next((part[5:] for part in each.parameters if part.startswith("WAID=")), "")
    return f"+{waid}" if waid.isascii() and waid.isdigit() and not written.startswith("+") else written


def _text(each: Property) -> str:
    return _unescaped(_decoded(each))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], text).strip()


def _decoded(each: Property) -> str:
    """A value in letters, whatever it was written in for the way."""
    value = each.value[:MOST_TEXT]
    if any("QUOTED-PRINTABLE" in part for part in each.parameters):
        return _letters(quopri.decodestring(value.encode()), each)
    if any(part in ("ENCODING=B", "ENCODING=BASE64", "BASE64") for part in each.parameters):
        try:
            return _letters(base64.b64decode(value), each)
        except binascii.Error:
            return ""
    return value


def _letters(data: bytes, each: Property) -> str:
    """UTF-8 when it is that, whatever it says; else what it says; else as Windows wrote."""
    said = next((part[8:] for part in each.parameters if part.startswith("CHARSET=")), "cp1252")
    for charset in ("utf-8", said):
        try:
            if codecs.lookup(charset)._is_text_encoding:  # type: ignore[attr-defined]
                return data.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")


def _few(values: Iterable[str]) -> list[str]:
    kept = [clean_text(value, 100, one_line=True) for value in values]
    return list(dict.fromkeys(filter(None, kept)))[:MOST_EACH]
