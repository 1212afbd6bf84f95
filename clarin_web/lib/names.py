"""Which of a contact's names is shown (domain rule 10): typed > Kommo > phone book > push > phone."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from clarin_web.lib.text import can_be_seen, clean_text, has_letter, levelled

PRECEDENCE = ("typed", "kommo", "phone_book", "push", "phone")
MAX_NAME = 200
_APP = ("whatsapp", "whatsappbusiness")  # what phones call who gave no name
_FEW = 5  # digits that may be a name of their own


def display_name(names: Mapping[str, str], phone: str | None = None) -> str:
    """The name to show: the first source that names a person, else the phone with what they call themselves beside it.

    A mirrored name without a single letter ("~", "1") or that only says "WhatsApp" names nobody, so it yields to the
    next source, and in the end to the phone; Kommo's digits are kept, somebody wrote them there.
    """
    known = [(source, names[source]) for source in PRECEDENCE if names.get(source, "").strip()]
    for source, name in known:
        if source == "typed" or _names_somebody(name):
            return name
    number = formatted_phone(phone or "")
    if not number or any(ch.isdigit() for ch in names.get("kommo", "")):
        return known[0][1] if known else number
    beside = next((name for _, name in known if not _is_number(name, number)), "")
    return f"{number} · {beside}" if beside else number


def _names_somebody(name: str) -> bool:
    seen = "".join(filter(can_be_seen, name)) if not name.isascii() else name.replace(" ", "")
    return has_letter(name) and seen.casefold() not in _APP


def _is_number(name: str, number: str) -> bool:
    """Written in any way, with or without the country."""
    digits = "".join(ch for ch in name if ch.isdecimal())
    return len(digits) > _FEW and "".join(filter(str.isdecimal, number)).endswith(digits)


def with_name(names: Mapping[str, str], source: str, name: str | None) -> dict[str, str]:
    """A copy of `names` in which `source` says `name`; a name that shows nothing takes the source away."""
    if source not in PRECEDENCE:
        raise ValueError(f"unknown name source {source!r}")
    kept = {key: value for key, value in names.items() if key != source}
    cleaned = levelled(clean_text(name or "", MAX_NAME, one_line=True))
    return {**kept, source: cleaned} if can_be_seen(cleaned) else kept


def formatted_phone(e164: str) -> str:
    """ "+51987654321" -> "+51 987 654 321"; what is not E.164 comes back unchanged."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
