"""A person's card as phones exchange it: vCard 3.0 with the numbers WhatsApp can be written to."""

from __future__ import annotations

from collections.abc import Iterable

from clarin_web.lib.text import clean_text


def vcard(name: str, phones: Iterable[str], company: str = "") -> str:
    """`phones` in E.164. A name cannot add lines of its own."""
    shown = _escape(name)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"N:;{shown};;;", f"FN:{shown}"]
    if company:
        lines.append(f"ORG:{_escape(company)}")
    for phone in phones:
        digits = phone.lstrip("+")
        if digits.isascii() and digits.isdigit():
            lines.append(f"TEL;type=CELL;type=VOICE;waid={digits}:+{digits}")
    return "\n".join([*lines, "END:VCARD"])


def _escape(text: str) -> str:
    plain = clean_text(text, 200, one_line=True)
    for char in "\\;,":
        plain = plain.replace(char, "\\" + char)
    return plain
