"""One phone, written in any way, as E.164 or refused with a reason (domain rule 4).

Nothing is guessed: a text that no numbering plan accepts raises NotAPhone with a reason code. The same
mobile written in two styles of its country (Brazil's ninth digit, Argentina's 9, Mexico's 1) gives one value.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from clarin_web.lib.phone_lookalikes import is_lookalike, is_tax_number

MAX_CELL = 1000
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LABEL = re.compile(r"(?i)^(?:tel|telf|cel|móvil|movil|whatsapp|wa)\b\.?\s*:?\s*|^(?:tel|whatsapp):")
_SHAPE = re.compile(r"[+(\[]?[\d\s().\[\]/+\-]*")
MOBILES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
EXTENSION = re.compile(
    r"(?i)[\s,;]*(?:\b(?:ext|extension|extensión|anexo|ramal|int)\b\.?|#)\s*:?\s*\d{1,6}\s*$"
)
_OLD_PREFIXES = {"MX": re.compile(r"04[45](?=\d{10}$)"), "CL": re.compile(r"0(?=9\d{8}$)")}
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
    if is_lookalike(text):
        raise NotAPhone("not_in_plan", raw)
    return Phone(
        phonenumbers.format_number(_resolve(text, country.upper(), raw), PhoneNumberFormat.E164), raw
    )


def _tidy(raw: str) -> str:
    text = plain(raw).strip(" \t\r\n'’`\"").rstrip(".")
    text = EXTENSION.sub("", _LABEL.sub("", text)).strip()
    return re.sub(r"^\(?\s*00\s*\)?(?=[\s\d(.\-/])", "+", text)


def plain(raw: str) -> str:
    """The same text in plain letters, digits, spaces and hyphens."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw[:MAX_CELL]))
    text = "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in text)
    return re.sub(r"[\u2010-\u2015\u2212]", "-", text)


def _resolve(text: str, country: str, raw: str) -> PhoneNumber:
    """National reading first; a bare international number ("5511987654321") only when that fails."""
    try:
        number = _canonical(phonenumbers.parse(_of_today(text, country), country))
    except NumberParseException as failure:
        reason = _parse_reason(failure)
    else:
        if phonenumbers.is_valid_number(number):
            return number
        reason = _REASONS.get(phonenumbers.is_possible_number_with_reason(number), "not_in_plan")
    foreign = None if text.startswith(("+", "(+")) else _bare_international(text, country)
    if foreign is None:
        raise NotAPhone(reason, raw)
    return foreign


def _of_today(text: str, country: str) -> str:
    """Without what was dialled before a mobile until its country changed its plan: Mexico's 044 and 045, Chile's 09."""
    old = _OLD_PREFIXES.get(country)
    digits = "" if text.startswith(("+", "(+")) else re.sub(r"\D", "", text)
    return old.sub("", digits) if old and old.match(digits) else text


def _bare_international(text: str, country: str) -> PhoneNumber | None:
    """Only what can hardly be anything else: of another country a mobile, and no taxpayer's number of this one."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < 11 or is_tax_number(digits, country):
        return None
    try:
        number = _canonical(phonenumbers.parse("+" + text.lstrip("([").replace("+", ""), country))
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    is_home = number.country_code == phonenumbers.country_code_for_region(country)
    return number if is_home or phonenumbers.number_type(number) in MOBILES else None


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
