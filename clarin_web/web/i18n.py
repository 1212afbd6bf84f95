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
def messages(locale: str) -> dict[str, tuple[str, ...]]:
    """The words of one language by their English: one form, or singular and plural. English is its own source.

    A plain dict, because a page looks up some three hundred words.
    """
    path = DIRECTORY / f"{locale}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {_source(message.id): _forms(message.string) for message in read_po(file, locale=locale)}


def _source(found: str | list[str] | tuple[str, ...]) -> str:
    return found if isinstance(found, str) else found[0]


def _forms(found: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (found or "",) if isinstance(found, str | None) else tuple(found)


def gettext(message: str, **values: object) -> str:
    """`message` in the reader's language, with %(name)s filled from `values`."""
    found = messages(_reader.get().locale).get(message)
    text = found[0] if found and found[0] else message
    return text % values if values else text


def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
    """The form for `count`; %(num)s is the count."""
    forms = messages(_reader.get().locale).get(singular, ())
    if len(forms) < 2 or not all(forms):
        forms = (singular, plural)
    return (forms[0] if count == 1 else forms[-1]) % {"num": count, **values}


def best_locale(accepted: list[str], default: str = "es") -> str:
    """The first language of an Accept-Language header that we speak."""
    for tag in accepted:
        if (code := tag.split("-")[0].lower()) in LOCALES:
            return code
    return default
