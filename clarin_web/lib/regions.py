"""Countries, currencies and time zones by their codes; what somebody wrote instead is answered with what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
from babel import Locale
from babel.numbers import get_currency_name, get_territory_currencies, list_currencies

from clarin_web.lib.text import search_key

COUNTRY, CURRENCY, TIME_ZONE = NAMES = ("country", "currency", "time_zone")
NO_ZONES = frozenset({"Factory", "localtime"})  # files beside the zones, which PostgreSQL does not know
LANGUAGES = ("es", "pt", "en")
MOST_MEANT = 3


def is_known(name: str, value: str) -> bool:
    return value in _codes(name)


def read_code(name: str, said: str) -> str:
    """In its own spelling: "pe" is PE and america/lima is America/Lima. "" where it is none."""
    return _spelled(name).get(_written(said), "")


def meant(name: str, said: str) -> list[str]:
    """Codes somebody may mean who wrote `said`: Peru is PE, soles are PEN, Lima is America/Lima."""
    wanted, named = _written(said), _named(name)
    found = {code for words, code in named if wanted and wanted in (words, *words.split())}
    if not found:
        near = get_close_matches(wanted, {words for words, _code in named}, MOST_MEANT, 0.65)
        found = {code for words, code in named if words in near}
    return sorted(found, key=lambda code: (-_money()[code], code))[:MOST_MEANT]


@lru_cache(maxsize=1)
def _money() -> Counter[str]:
    """In how many countries one pays with it: of all dollars those of most come first, old money never."""
    return Counter(code for country in _codes(COUNTRY) for code in get_territory_currencies(country))


@lru_cache(maxsize=3)
def _codes(name: str) -> frozenset[str]:
    if name == COUNTRY:
        return frozenset(phonenumbers.SUPPORTED_REGIONS)
    return frozenset(list_currencies() if name == CURRENCY else available_timezones() - NO_ZONES)


@lru_cache(maxsize=3)
def _spelled(name: str) -> dict[str, str]:
    return {_written(code): code for code in _codes(name)}


def _written(said: str) -> str:
    return search_key(said).replace("_", " ")


def _named(name: str) -> list[tuple[str, str]]:
    """How somebody may write a code that is in use, and the code."""
    codes = (code for code in _codes(name) if name != CURRENCY or _money()[code])
    return [(_written(words), code) for code in codes for words in _words(name, code)]


def _words(name: str, code: str) -> Iterable[str]:
    if name == TIME_ZONE:
        return [code, code.rpartition("/")[2]]
    if name == COUNTRY:
        return [code, *(Locale(language).territories.get(code, "") for language in LANGUAGES)]
    return [code, *(get_currency_name(code, count, language) for language in LANGUAGES for count in (1, 2))]
