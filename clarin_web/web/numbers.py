"""Numbers and money in and out by one grammar: that of the account's country, whatever language a person reads."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from babel.numbers import format_decimal, get_currency_symbol, get_decimal_symbol

from clarin_web.lib.typed_numbers import TwoNumbers, typed_number
from clarin_web.lib.values import AMOUNT_LIMIT
from clarin_web.web.i18n import reader

CENT = Decimal("0.01")


@lru_cache(maxsize=128)
def grammar(country: str) -> Locale:
    """How numbers are written there: in Spanish where that is the country's, else as most do, else as in English."""
    return _locale("es" if "es" in get_official_languages(country, de_facto=True) else "und", country)


@lru_cache(maxsize=128)
def sign(currency: str, country: str) -> str:
    """How people of `country` write `currency`."""
    return get_currency_symbol(currency, locale=_locale("und", country))


def _locale(language: str, country: str) -> Locale:
    try:
        return Locale.parse(f"{language}_{country}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def read_number(text: str) -> Decimal:
    """ValueError: not_a_number, or "two_numbers|1,500|1.50", with both."""
    try:
        return typed_number(text, point())
    except TwoNumbers as either:
        raise _two(either.one, for_input(either.other)) from either


def read_money(text: str) -> Decimal:
    """With the currency's sign or without. Nothing is rounded away: ValueError("too_many_decimals")."""
    who = reader()
    bare = text.strip()
    here = sign(who.currency, who.country)
    for mark in (f"{here}.", here, who.currency, "$"):
        bare = bare.removeprefix(mark).removesuffix(mark).strip()
    try:
        amount = typed_number(bare, point())
    except TwoNumbers as either:
        raise _two(either.one, _printed(either.other.quantize(CENT, ROUND_HALF_UP))) from either
    if not 0 <= amount < AMOUNT_LIMIT:
        raise ValueError("not_a_number")
    if amount != amount.quantize(CENT):
        raise ValueError("too_many_decimals")
    return amount.quantize(CENT)


def _two(one: Decimal, other: str) -> ValueError:
    return ValueError(f"two_numbers|{_printed(one)}|{other}")


def _printed(value: Decimal) -> str:
    form = "#,##0" if value == value.to_integral_value() else "#,##0.00"
    return format_decimal(value, form, locale=grammar(reader().country))


def for_input(value: Decimal | int | float | None) -> str:
    """As somebody would type it here: what a form shows and reads back as the same."""
    if value is None:
        return ""
    plain = f"{Decimal(str(value)):f}"
    whole, _point, rest = plain.partition(".")
    rest = rest.rstrip("0")
    if len(rest) in (1, 3):
        rest += "0"  # 1.5 is written 1.50; 1.234 as 1.2340, or it would be asked about
    return f"{whole}{point()}{rest}" if rest else whole


def point() -> str:
    mark = get_decimal_symbol(grammar(reader().country))
    return mark if mark in ".," else "."
