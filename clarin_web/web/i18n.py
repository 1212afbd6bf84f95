"""Words in the reader's language. Source strings are English; catalogs are read from .po files at start.

The locale, time zone and currency of the current page live in context variables, so that workers and
the socket hub can render too. A page without a signed-in user follows Accept-Language.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LOCALES = {"es": "Español", "en": "English", "pt": "Português"}
DIRECTORY = Path(__file__).resolve().parent.parent / "translations"


@dataclass(frozen=True, slots=True)
class Reader:
    """How the person reading wants words, times and money."""

    locale: str = "es"
    time_zone: str = "UTC"
    currency: str = "USD"
    country: str = "PE"


_NOBODY = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=_NOBODY)


def reader() -> Reader:
    return _reader.get()


def read_as(who: Reader) -> None:
    """Set the reader for the rest of this request."""
    _reader.set(who)


@contextmanager
def reading_as(who: Reader) -> Iterator[None]:
    """Render for another reader, then return to the previous one."""
    token = _reader.set(who)
    try:
        yield
    finally:
        _reader.reset(token)


@lru_cache(maxsize=8)
def catalog(locale: str) -> Catalog:
    """The messages of one language; English is its own source and has an empty one."""
    path = DIRECTORY / f"{locale}.po"
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def gettext(message: str, **values: object) -> str:
    """`message` in the reader's language, with %(name)s filled from `values`."""
    found = catalog(reader().locale).get(message)
    text = str(found.string) if found and found.string else message
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The form for `count`; %(num)s is the count."""
    found = catalog(reader().locale).get(singular)
    if found and isinstance(found.string, tuple) and all(found.string):
        text = found.string[0 if count == 1 else -1]
    else:
        text = singular if count == 1 else plural
    return text % {"num": count, **values}


def best_locale(accepted: list[str], default: str = "es") -> str:
    """The first language of an Accept-Language header that we speak."""
    for tag in accepted:
        if (code := tag.split("-")[0].lower()) in LOCALES:
            return code
    return default
