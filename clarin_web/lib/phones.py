"""The one phone function (domain rule 4): every phone of every source becomes E.164 here, or is refused.

In a cell words may stand beside the numbers, and several numbers may be joined in any way people join them. What
has digits and may be something else (a date, a price, somebody's papers) is none unless written as only phones are.
"""

from __future__ import annotations

import re

import phonenumbers

from clarin_web.lib.phone_lookalikes import CUT, take_out
from clarin_web.lib.phone_numbers import MAX_CELL, MOBILES, NotAPhone, Phone, parse_phone, plain

__all__ = ["NotAPhone", "Phone", "parse_phone", "parse_phones"]
PAPER_DIGITS = 8  # so many bare digits are a DNI, or a day, as likely as a fixed line
LONG_FIXED = ("ES", "CO")  # a valid number of 9 or 10 digits here is no DNI, cédula or NIT
SURE_DIGITS = 8  # a group of so many is a number of its own; shorter ones are parts of numbers
_APART = re.compile(
    rf"[;,|&\n\r\t\\•·<>_{CUT}]+|\s(?:y|e|o|u|ou|and|or)(?:\s|(?=\d{{7}}))|(?<=\d{{7}})\+(?=\d{{7}})",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?<![^\W\d_])[+(\[]*\d(?:[\d\s().\[\]/+\-]*\d)?(?!\d|[^\W\d_](?![^\W\d_]))")
_STRONG = re.compile(r"\s+-+\s+|\s*-{2,}\s*|\s*/+\s*|\s{2,}|\.\s+")
_GROUP = re.compile(r"[+(\[]*\d+[)\]]*")
_GLUED = re.compile(
    r"(?i)(?<![^\W\d_])(?:telf?|tel[eé]fono|telefone|phone|cel|celular|m[oó]vil|movel|fono|fone|mob|whats?app|whats|wsp|wsap|wp|wa|rp[cm])(?=\d)"
)


def parse_phones(cell: str, country: str) -> tuple[list[Phone], list[NotAPhone]]:
    """Every phone in one cell, in order and without repeats, and what was refused with its reason.

    A lone number keeps the words beside it as its `raw`.
    """
    if not cell.strip():
        return [], []
    if len(cell) <= MAX_CELL and (whole := _read(cell, country)):
        return [whole], []
    text = take_out(_GLUED.sub(r" \g<0> ", plain(_without_torn_end(cell))))
    found: dict[str, Phone] = {}
    refused: list[NotAPhone] = []
    for part in filter(None, map(str.strip, _APART.split(text))):
        phones, others = _read_part(part, country, is_alone=CUT not in text)
        refused += others
        for phone in phones:
            found.setdefault(phone.e164, phone)
    return list(found.values()), refused or ([] if found else [_refusal(cell.strip(), country)])


def _without_torn_end(cell: str) -> str:
    """A cell that is too long ends before the number it is cut in."""
    return cell if len(cell) <= MAX_CELL else re.sub(r"[\d\s().+/\-]*$", "", cell[:MAX_CELL])


def _read_part(part: str, country: str, *, is_alone: bool) -> tuple[list[Phone], list[NotAPhone]]:
    """The phones among the words of a part. Without any, the part is what is refused."""
    if is_alone and (whole := _read(part, country)):
        return [whole], []
    runs = [run.group() for run in _RUN.finditer(part)]
    read = [_read_run(run, country) for run in runs]
    phones = [phone for found, _ in read for phone in found]
    if not phones:
        return [], [_refusal(part, country)]
    if len(phones) == 1 and len(runs) == 1:
        phones = [Phone(phones[0].e164, part)]
    refused = [_refusal(text, country) for _, left in read for text in left]
    return phones, [one for one in refused if sum(map(str.isdigit, one.raw)) > 4]


def _read_run(run: str, country: str) -> tuple[list[Phone], list[str]]:
    """The phones of a run of digits, and what of it is none: all of it as phones, else part by part."""
    if whole := _divide(_GROUP.findall(run), country):
        return whole, []
    phones: list[Phone] = []
    left: list[str] = []
    for piece in _STRONG.split(run):
        groups = _GROUP.findall(piece)
        if divided := _divide(groups, country):
            phones += divided
            continue
        alone = [_read_sure(group, country) if len(group) >= SURE_DIGITS else None for group in groups]
        phones += [phone for phone in alone if phone]
        if not any(alone):
            left.append(piece)
    return phones, left


def _divide(groups: list[str], country: str) -> list[Phone]:
    """The fewest phones that these groups of digits make when none is left over; nothing when there is no such way."""
    ways: list[list[Phone] | None] = [[]]
    for end in range(1, min(len(groups), 200) + 1):
        best: list[Phone] | None = None
        for start in range(max(0, end - 6), end):
            before = ways[start]
            if before is None or (best is not None and len(before) + 1 >= len(best)):
                continue
            if phone := _read_sure(" ".join(groups[start:end]), country):
                best = [*before, phone]
        ways.append(best)
    return (ways[-1] or []) if len(groups) <= 200 else []


def _read_sure(text: str, country: str) -> Phone | None:
    """A phone that may stand among other words: a mobile, or written as only phones are (+, 0 or brackets), or a fixed
    line of a country whose papers have other lengths."""
    phone = _read(text, country)
    is_written_so = country in LONG_FIXED or text.startswith(("+", "(", "[", "0"))
    return phone if phone and (is_written_so or _is_mobile(phone)) else None


def _read(text: str, country: str) -> Phone | None:
    """The phone that all of `text` is."""
    try:
        phone = parse_phone(text, country)
    except NotAPhone:
        return None
    digits = text.strip()
    is_paper = digits.isdecimal() and len(digits) == PAPER_DIGITS and not _is_mobile(phone)
    return None if is_paper else phone


def _is_mobile(phone: Phone) -> bool:
    return phonenumbers.number_type(phonenumbers.parse(phone.e164)) in MOBILES


def _refusal(text: str, country: str) -> NotAPhone:
    try:
        parse_phone(text, country)
    except NotAPhone as refusal:
        return refusal
    return NotAPhone("not_in_plan", text)
