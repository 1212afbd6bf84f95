"""The ways one mobile is written as a WhatsApp id: Brazil's ninth digit, Mexico's 1, Argentina's 9 come and go."""

from __future__ import annotations

import re

_STYLES = (
    (re.compile(r"(55[1-9]\d)9?([6-9]\d{7})"), "9"),
    (re.compile(r"(52)1?([1-9]\d{9})"), "1"),
    (re.compile(r"(54)9?([1-9]\d{9})"), "9"),
)
# The country's code, a mobile without it as far as it was typed, and the mark.
_TYPED = {
    "BR": ("55", r"([1-9]\d)9?([6-9]\d{1,7})", "9"),
    "MX": ("52", r"()1?([2-9]\d{2,9})", "1"),
    "AR": ("54", r"()9?([1-8]\d{2,9})", "9"),
}
WHOLE = {"BR": 10, "MX": 11, "AR": 11}  # digits of one in the style that is not kept


def forms_of(digits: str) -> tuple[str, ...]:
    """Every form of the same mobile, `digits` first: WhatsApp knows it under one of them, and it says which."""
    for style, mark in _STYLES:
        if found := style.fullmatch(digits):
            country, number = found.groups()
            return tuple(dict.fromkeys((digits, country + mark + number, country + number)))
    return (digits,)


def forms_typed(digits: str, country: str, *, is_local: bool) -> tuple[str, ...]:
    """The same beginning or whole of a mobile with and without its country's mark, as far as it was typed.

    Without a country's code it is read as one of `country`, or of any where `is_local` says that no other reading fits.
    """
    found: list[str] = []
    for place, (code, typed, mark) in _TYPED.items():
        at_home = place == country or (is_local and len(digits) == WHOLE[place])
        if match := re.fullmatch(typed, digits.removeprefix(code)) if digits.startswith(code) else None:
            found += [code + match[1] + mark + match[2], code + match[1] + match[2]]
        if at_home and (match := re.fullmatch(typed, digits)):
            found += [match[1] + mark + match[2], match[1] + match[2]]
    return tuple(form for form in dict.fromkeys(found) if form != digits)
