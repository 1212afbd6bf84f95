"""The ways one mobile is written as a WhatsApp id: Brazil's ninth digit, Mexico's 1, Argentina's 9 come and go."""

from __future__ import annotations

import re

_STYLES = (
    (re.compile(r"(55[1-9]\d)9?([6-9]\d{7})"), "9"),
    (re.compile(r"(52)1?([1-9]\d{9})"), "1"),
    (re.compile(r"(54)9?([1-9]\d{9})"), "9"),
)


def forms_of(digits: str) -> tuple[str, ...]:
    """Every form of the same mobile, `digits` first: WhatsApp knows it under one of them, and it says which."""
    for style, mark in _STYLES:
        if found := style.fullmatch(digits):
            country, number = found.groups()
            return tuple(dict.fromkeys((digits, country + mark + number, country + number)))
    return (digits,)
