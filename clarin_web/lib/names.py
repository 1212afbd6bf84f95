"""Which of a contact's names is shown (domain rule 10): typed > Kommo > phone book > push > phone."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers

from clarin_web.lib.text import can_be_seen, clean_text, levelled

PRECEDENCE = ("typed", "kommo", "phone_book", "push", "phone")
MAX_NAME = 200


def display_name(names: Mapping[str, str], phone: str | None = None) -> str:
    """The name to show: the first source that names a person, else whatever text or phone there is.

    A mirrored name without a single letter ("1", "+51 987…") names nobody, so it yields to the next source.
    """
    known = [(source, names[source]) for source in PRECEDENCE if names.get(source, "").strip()]
    for source, name in known:
        if source == "typed" or any(ch.isalpha() for ch in name):
            return name
    return known[0][1] if known else formatted_phone(phone or "")


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
