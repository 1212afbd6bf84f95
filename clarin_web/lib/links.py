"""Web and e-mail addresses in what people write, as phones find them: with a scheme or without, in any capitals.

Linear in the length of the text: every part of the pattern is bounded and begins only where a word begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Bare names are links where their end is one that shops use, or a path follows: "listo.es bueno" is two sentences.
_ENDS = "com|net|org|info|app|shop|store|online|site|link|page|digital|tienda|loja"
_REST = r"(?:[/?#][^\s<>\"'`\\]{0,2000})?"
# A host ends where a sentence goes on: at a comma or a closing quote, of whatever script.
_HOST = r"[\w.~%@:\[\]-]{1,500}"
_FOUND = re.compile(
    rf"""(?<![\w@./:-])(?:
      (?P<web>https?://{_HOST}{_REST})
    | (?P<www>www\.{_HOST}{_REST})
    | (?P<mail>[\w.+-]{{1,64}}@(?:{_LABEL}\.){{1,4}}[a-z]{{2,24}})(?![\w@-])
    | (?P<bare>(?:{_LABEL}\.){{1,4}}(?:
          (?:{_ENDS})(?:\.[a-z]{{2}})?(?![\w@-]|\.\w){_REST}
        | [a-z]{{2,24}}/[^\s<>"'`\\]{{1,2000}}))
    )""",
    re.X | re.I,
)
_TRAILING = ".,;:!?)]}…»”’。，、；：！？）】」』"
_MARKS = "*_~"
_OPENED = {mark: re.compile(rf"(?<!\w){re.escape(mark)}(?=\S)") for mark in _MARKS}


@dataclass(frozen=True, slots=True)
class Link:
    """Where it stands in the text, and where it leads: http, https or mailto."""

    start: int
    end: int
    address: str


def find_links(text: str) -> list[Link]:
    """Every address, without the punctuation that ends its sentence."""
    if "." not in text and "://" not in text:
        return []
    found = []
    opened = {mark: first.start() for mark, form in _OPENED.items() if (first := form.search(text))}
    for match in _FOUND.finditer(text):
        closing = "".join(mark for mark, at in opened.items() if at < match.start())
        shown = _without_sentence(match.group(), _TRAILING + closing)
        if address := _address(match.lastgroup or "", shown):
            found.append(Link(match.start(), match.start() + len(shown), address))
    return found


def _address(kind: str, shown: str) -> str:
    """ "" for what only begins like one."""
    if kind == "web":
        scheme, _, rest = shown.partition("://")
        return f"{scheme.lower()}://{rest}" if any(map(str.isalnum, rest)) else ""
    if kind == "www":
        return f"https://{shown}" if "." in shown[4:] and shown[4:5].isalnum() else ""
    return f"mailto:{shown}" if kind == "mail" else f"https://{shown}"


def web_address(text: str) -> str:
    """Where a text leads that was meant as an address; "" where a browser has nothing to open, or should not."""
    told = text.strip()
    scheme, _, rest = told.partition("://")
    if scheme.lower() in ("http", "https"):
        return f"{scheme.lower()}://{rest}" if any(map(str.isalnum, rest)) else ""
    link = next(iter(find_links(told)), None)
    is_page = link is not None and link.start == 0 and not link.address.startswith("mailto:")
    return f"https://{told}" if is_page and not re.search(r"\s", told) else ""


def _without_sentence(whole: str, trailing: str) -> str:
    """A bracket that was opened inside the address stays in it; a mark that none opened before it, too ("rosa_")."""
    shown = whole.rstrip(trailing)
    missing = shown.count("(") - shown.count(")")
    while missing > 0 and whole[len(shown) : len(shown) + 1] == ")":
        shown, missing = shown + ")", missing - 1
    return shown
