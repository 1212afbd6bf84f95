"""Numbers and money in and out by one grammar: that of the account's country, whatever language a person reads."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from babel.numbers import format_decimal, get_currency_symbol, get_decimal_symbol

from clarin_web.lib.typed_numbers import TwoNumbers, typed_number
from clarin_web.lib.values import AMOUNT_LIMIT
from clarin_web.web.i18n import reader

CENT = Decimal("0.01")
MOST_NUMBER = Decimal(10) ** 15 - 1  # of any field; a little more and a float is another number
_MINUS = re.compile(r"^\s*-\s*")


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
    """ValueError: not_a_number, "too_high|999" with the limit, or "two_numbers|1,500|1.50" with both."""
    try:
        return _within(typed_number(text, point()), -MOST_NUMBER, MOST_NUMBER)
    except TwoNumbers as either:
        raise _two(either.one, for_input(_within(either.other, -MOST_NUMBER, MOST_NUMBER))) from either


def read_count(text: str, low: int, high: int) -> int:
    """A whole number of something. ValueError also for "not_whole"."""
    try:
        number = typed_number(text, point())
    except TwoNumbers as either:  # "1.500": of two readings the whole one
        number = either.one
    if number != number.to_integral_value():
        raise ValueError("not_whole")
    return int(_within(number, Decimal(low), Decimal(high)))


def read_money(text: str) -> Decimal:
    """With the currency's sign or without. Nothing is rounded away: ValueError("too_many_decimals")."""
    most = AMOUNT_LIMIT - CENT
    try:
        amount = _within(typed_number(_without_sign(text), point()), Decimal(0), most)
    except TwoNumbers as either:
        other = _within(either.other, Decimal(0), most).quantize(CENT, ROUND_HALF_UP)
        raise _two(either.one, _printed(other)) from either
    if amount != amount.quantize(CENT):
        raise ValueError("too_many_decimals")
    return amount.quantize(CENT)


def _without_sign(text: str) -> str:
    """The amount alone; a minus before the currency stays before it."""
    who = reader()
    bare = _MINUS.sub("", text).strip()
    here = sign(who.currency, who.country)
    for mark in (f"{here}.", here, who.currency, "$"):
        bare = bare.removeprefix(mark).removesuffix(mark).strip()
    return f"-{bare}" if _MINUS.match(text) else bare


def _within(number: Decimal, low: Decimal, high: Decimal) -> Decimal:
    if number < low:
        raise ValueError(f"too_low|{_printed(low)}" if low else "below_zero")
    if number > high:
        raise ValueError(f"too_high|{_printed(high)}")
    return number


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
