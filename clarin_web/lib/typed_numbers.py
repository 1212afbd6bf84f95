"""Numbers as people type them, read by the grammar in which the account's pages print them; never guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from clarin_web.lib import values

MOST_LETTERS = 200
_SPACES = re.compile("(?<=[0-9])[ \u00a0\u2009\u202f'’](?=[0-9]{3}(?![0-9]))")
_MILLIONS = re.compile(
    "(?<=[0-9])['’](?=[0-9]{3}([.,])[0-9]{3}(?![0-9]))"
)  # 1'500,000: as where millions are marked
_NUMBER = re.compile(r"(-?)([0-9]*(?:[.,][0-9]*)*)", re.ASCII)
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})*")


# How keyboards of other scripts write them: full width, Arabic decimals and thousands, true minus and dashes.
_MARKS = str.maketrans("．，－٫٬−–‐‑\u3000", ".,-.,----\u00a0")


@dataclass
class TwoNumbers(Exception):
    """What was typed can be either."""

    one: Decimal
    other: Decimal


def plain_digits(text: str) -> str:
    """The same in 0 to 9, point, comma and hyphen. What only looks so (², ½) means something else."""
    return "".join(str(unicodedata.decimal(ch, ch)) for ch in text).translate(_MARKS)


def typed_number(text: str, point: str) -> Decimal:
    """The number, where decimals stand after `point`, "." or ",". ValueError("not_a_number") for none.

    Raises TwoNumbers for "1.500" where the point is one: it may have been meant as thousands; and for "1500,000" where
    the comma is none: it may be a slip of either.
    """
    bare = _SPACES.sub("", _MILLIONS.sub(r"\1", text.strip()))
    found = _NUMBER.fullmatch(bare) if len(text) <= MOST_LETTERS else None
    if found is None or not re.search("[0-9]", found[2]):
        raise ValueError("not_a_number")
    number = _unsigned(found[2], point)
    return number.copy_negate() if found[1] and number else number  # -number would round


def _unsigned(text: str, point: str) -> Decimal:
    marks = re.sub("[0-9]", "", text)
    whole, _mark, rest = text.rpartition(marks[-1:] or ".")
    if not marks:
        return _decimal(text)
    if len(set(marks)) == 1 and _GROUPED.fullmatch(text):
        thousands = _decimal(re.sub("[.,]", "", text))
        if marks == point:
            raise TwoNumbers(thousands, _decimal(f"{whole}.{rest}"))
        return thousands
    if len(marks) > 1:
        whole = _ungrouped(whole, marks[-1])
        if len(rest) == 3:  # "1,500.000": three and three, and nobody writes so many decimals
            raise TwoNumbers(_decimal(whole + rest), _decimal(f"{whole}.{rest}"))
    elif marks != point and len(rest) >= 3 and whole.strip("0"):
        raise TwoNumbers(_decimal(whole + rest), _decimal(f"{whole}.{rest}"))
    return _decimal(f"{whole or 0}.{rest or 0}")


def _ungrouped(whole: str, point: str) -> str:
    found = _GROUPED.fullmatch(whole)
    if found is None or found[1] == point:
        raise ValueError("not_a_number")
    return whole.replace(found[1], "")


def _decimal(text: str) -> Decimal:
    return values.amount(text, Decimal(10) ** MOST_LETTERS)
