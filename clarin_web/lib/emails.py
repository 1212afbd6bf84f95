"""E-mail addresses as people type them into one cell: several, with a name beside them, in angle brackets."""

from __future__ import annotations

import re

from clarin_web.lib.text import clean_text

LONGEST, MAX_CELL = 254, 2000
_ADDRESS = re.compile(r"[^\s@;,<>\"()\[\]]+@(?:[\w-]+\.)+[\w-]+")
_APART = re.compile(r"[\s;,|/\\<>()\[\]\"]+")
_AROUND = ".:'`*·-–—"


def parse_emails(cell: str) -> tuple[list[str], list[str]]:
    """Every address in a cell, in order, in small letters, and what looks like one and is none. A cell without any is
    refused whole."""
    text = clean_text(cell[:MAX_CELL], MAX_CELL, one_line=True).lower()
    if _is_address(text):
        return [text], []
    found: dict[str, None] = {}
    refused = []
    for word in filter(None, _APART.split(text)):
        word = word.removeprefix("mailto:").rpartition(":")[2].strip(_AROUND)
        if _is_address(word):
            found[word] = None
        elif "@" in word:
            refused.append(word)
    return list(found), refused or ([] if found else [cell])


def _is_address(text: str) -> bool:
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None
