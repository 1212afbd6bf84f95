"""Times, money and phones as the reader writes them. Used as Jinja filters and by live pushes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup

from clarin_web.web.i18n import gettext as _
from clarin_web.web.i18n import reader
from clarin_web.web.numbers import grammar, sign

QUARTER = 900
_FIRST_LETTER = re.compile(r"[^\W_]")
_IBERIAN = ("EEEE, d 'de' MMMM", "d 'de' MMMM 'de' y")
DAY_FORMS = {"es": _IBERIAN, "pt": _IBERIAN, "en": ("EEEE, MMMM d", "MMMM d, y")}


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(when: datetime) -> datetime:
    """`when` on the account's clock."""
    return when.astimezone(zone(reader().time_zone))


def today() -> date:
    """The account's today (domain rule 15)."""
    return _day_at(reader().time_zone, int(time.time()) // QUARTER)


@lru_cache(maxsize=128)
def _day_at(time_zone: str, quarter: int) -> date:
    """Every clock on earth is a whole number of quarter hours from UTC: within one its day does not change."""
    return datetime.fromtimestamp(quarter * QUARTER, zone(time_zone)).date()


def money(value: Decimal | int | float | None, currency: str | None = None) -> str:
    """An amount with the sign its country writes (S/, R$, $); cents only where there are any."""
    if value is None:
        return ""
    who = reader()
    digits = _digits(Decimal(value), who.country)
    return f"{sign(currency or who.currency, who.country)} {digits}"


def sums(total: Decimal, foreign: Iterable[tuple[str, Decimal]]) -> str:
    """What is worth something in several currencies, each by itself: they are never added."""
    others = [money(amount, currency) for currency, amount in foreign]
    return " + ".join([money(total), *others] if total or not others else others)


@lru_cache(maxsize=4096)
def _digits(amount: Decimal, country: str) -> str:
    form = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
    return format_decimal(amount, form, locale=grammar(country))


def number(value: int | Decimal) -> str:
    return format_decimal(value, locale=grammar(reader().country))


def dt(when: datetime | None, style: str = "medium") -> str:
    """style: time (14:03) | day (12 nov) | date (12 nov 2026) | medium | smart (time today, day this year)
    | until (what is to come: time today, else day and time)."""
    if when is None:
        return ""
    at = local(when)
    if style == "smart":
        now = today()
        style = "time" if at.date() == now else "day" if at.year == now.year else "date"
    if style == "until":
        style = "time" if at.date() == today() else "medium"
    if style == "time":
        return f"{at:%H:%M}"
    day = _day(at.date(), "d MMM" if style == "day" else "d MMM y", reader().locale)
    return day if style in ("day", "date") else f"{day}, {at:%H:%M}"


@lru_cache(maxsize=4096)
def _day(day: date, form: str, locale: str) -> str:
    """Babel takes some 30 µs for what a page of fifty rows asks a hundred times."""
    return format_date(day, form, locale=locale)


def day_label(when: datetime) -> str:
    """The separator above a day's messages."""
    day = local(when).date()
    if day == today():
        return _("Today")
    if day == today() - timedelta(days=1):
        return _("Yesterday")
    this_year, other_year = DAY_FORMS[reader().locale]
    return _day(day, this_year if day.year == today().year else other_year, reader().locale)


def ago(when: datetime | None) -> str:
    """How long ago, short: now, 4 min, 3 h, yesterday, then the day. Never negative."""
    if when is None:
        return "—"
    seconds = max(0, int((datetime.now(UTC) - when).total_seconds()))
    if seconds < 60:
        return _("now")
    if seconds < 3600:
        return _("%(n)s min ago", n=seconds // 60)
    days = (today() - local(when).date()).days
    if days == 0:
        return _("%(n)s h ago", n=seconds // 3600)
    return _("yesterday") if days == 1 else dt(when, "smart")


def waits(since: datetime) -> str:
    """How long somebody has been waiting: waits 42 min, waits 3 h, waits 2 d; relative_time.js keeps it true."""
    seconds = max(60, int((datetime.now(UTC) - since).total_seconds()))
    size, unit = next((size, unit) for size, unit in _LONG if seconds >= size)
    return _("waits %(time)s", time=f"{seconds // size} {unit}")


_LONG = ((86400, "d"), (3600, "h"), (60, "min"))


def since(when: datetime | None) -> Markup | str:
    """`ago` as a <time> that the open page keeps true (behaviours/relative_time.js)."""
    if when is None:
        return "—"
    shown = Markup('<time data-relative datetime="{}" title="{}">{}</time>')
    return shown.format(when.isoformat(), dt(when), ago(when))


def file_size(value: int) -> str:
    """12 KB, 3.4 MB: as people say how large a file is."""
    if value < 1_000_000:
        return f"{number(max(1, round(value / 1000)))} KB" if value else "0 KB"
    return f"{number(round(Decimal(value) / 1_000_000, 1))} MB"


def duration(seconds: int) -> str:
    """0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@lru_cache(maxsize=4096)
def phone(e164: str | None) -> str:
    """An E.164 number spaced as people read it; anything else unchanged."""
    if not e164:
        return ""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def initials(name: str) -> str:
    """For an avatar: of the first word and the last, whatever stands before their letters."""
    letters = [found[0] for word in name.split() if (found := _FIRST_LETTER.search(word))]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "?"


def tint(name: str) -> int:
    """One of four avatar tints, the same for a name everywhere."""
    return sum(name.encode()) % 4 + 1
