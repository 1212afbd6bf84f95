"""The one phone function (domain rule 4): every phone of every source becomes E.164 here, or is refused.

Nothing is guessed: a text that no numbering plan accepts raises NotAPhone with a reason code. The same
mobile written in two styles of its country (Brazil's ninth digit, Argentina's 9, Mexico's 1) gives one value.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

MAX_CELL = 500
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXTENSION = re.compile(
    r"(?i)[\s,;]*(?:\b(?:ext|extension|extensión|anexo|ramal|int)\b\.?|#)\s*:?\s*\d{1,6}\s*$"
)
_SEPARATORS = re.compile(r"[;,|\n\r\t/]+|\s(?:y|e|o|ou|and|or)\s", re.IGNORECASE)
_SHAPE = re.compile(r"[+(\[]?[\d\s().\[\]/+\-]*")
_REASONS = {
    phonenumbers.ValidationResult.TOO_SHORT: "too_short",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "too_short",
    phonenumbers.ValidationResult.TOO_LONG: "too_long",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
}


class NotAPhone(ValueError):
    """`reason`: empty, letters, too_short, too_long, unknown_country, several or not_in_plan."""

    def __init__(self, reason: str, raw: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.raw = raw


@dataclass(frozen=True, slots=True)
class Phone:
    """`e164` identifies; `raw` is what was written, kept for people to check."""

    e164: str
    raw: str


def parse_phone(raw: str, country: str) -> Phone:
    """The phone written in `raw`, read as somebody in `country` (ISO, "PE") would. Raises NotAPhone."""
    text = _tidy(raw)
    if not any(ch.isdigit() for ch in text):
        raise NotAPhone("letters" if text else "empty", raw)
    if not _SHAPE.fullmatch(text):
        raise NotAPhone("letters", raw)
    if text.count("+") > 1 or text.rfind("+") > 1:
        raise NotAPhone("several", raw)
    number = _resolve(text, country.upper(), raw)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), raw)


def parse_phones(cell: str, country: str) -> tuple[list[Phone], list[NotAPhone]]:
    """Every phone in one cell, in order and without repeats, and what was refused with its reason."""
    if not cell.strip():
        return [], []
    found: dict[str, Phone] = {}
    refused: list[NotAPhone] = []
    for piece in _pieces(cell[:MAX_CELL], country):
        try:
            phone = parse_phone(piece, country)
        except NotAPhone as refusal:
            refused.append(refusal)
        else:
            found.setdefault(phone.e164, phone)
    return list(found.values()), refused


def _pieces(cell: str, country: str) -> list[str]:
    """The whole cell when it is one phone ("01/444-5566" is), else its parts."""
    if _is_phone(cell, country):
        return [cell]
    parts = [part.strip() for part in _SEPARATORS.split(cell) if part.strip()]
    return [piece for part in parts for piece in _by_space(part, country)]


def _by_space(part: str, country: str) -> list[str]:
    words = part.split()
    if len(words) > 1 and not _is_phone(part, country) and all(_is_phone(word, country) for word in words):
        return words
    return [part]


def _is_phone(text: str, country: str) -> bool:
    try:
        parse_phone(text, country)
    except NotAPhone:
        return False
    return True


def _tidy(raw: str) -> str:
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw[:MAX_CELL]))
    text = _EXTENSION.sub("", text)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text).strip(" \t\r\n'’`\"")
    text = re.sub(r"(?i)^(?:tel|telf|cel|móvil|movil|whatsapp|wa)\b\.?\s*:?\s*|^(?:tel|whatsapp):", "", text)
    return re.sub(r"^\(?\s*00\s*\)?(?=[\s\d(.\-/])", "+", text)


def _resolve(text: str, country: str, raw: str) -> PhoneNumber:
    """National reading first; a bare international number ("5511987654321") only when that fails."""
    reason = "not_in_plan"
    readings = [text] if text.startswith(("+", "(+")) else [text, "+" + text.lstrip("(")]
    for index, reading in enumerate(readings):
        if index and sum(ch.isdigit() for ch in text) < 11:
            break
        try:
            number = _canonical(phonenumbers.parse(reading, country))
        except NumberParseException as failure:
            reason = _parse_reason(failure) if not index else reason
            continue
        if phonenumbers.is_valid_number(number):
            return number
        if not index:
            reason = _REASONS.get(phonenumbers.is_possible_number_with_reason(number), "not_in_plan")
    raise NotAPhone(reason, raw)


def _parse_reason(failure: NumberParseException) -> str:
    if failure.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return "unknown_country"
    return "too_long" if failure.error_type == NumberParseException.TOO_LONG else "too_short"


def _canonical(number: PhoneNumber) -> PhoneNumber:
    """One spelling per mobile: the one WhatsApp and today's numbering plan use."""
    national = str(number.national_number)
    respell = _RESPELL.get(number.country_code or 0)
    changed = respell(national) if respell else national
    if changed == national:
        return number
    other = PhoneNumber(country_code=number.country_code, national_number=int(changed))
    return other if phonenumbers.is_valid_number(other) else number


def _brazil(national: str) -> str:
    if len(national) == 10 and national[2] in "6789":
        return national[:2] + "9" + national[2:]
    return national


def _argentina(national: str) -> str:
    """The 9 marks a mobile and says nothing else: no fixed line has the same digits without it."""
    return "9" + national if len(national) == 10 else national


def _mexico(national: str) -> str:
    return national[1:] if len(national) == 11 and national[0] == "1" else national


_RESPELL = {55: _brazil, 54: _argentina, 52: _mexico}
