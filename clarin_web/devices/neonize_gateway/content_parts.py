"""What a reader of one kind of content gives back, and how the parts of business messages are made from protobuf."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part

Details = dict[str, str | int | float | bool]
THOUSANDTHS = 1000
BEGINNING = 10**9  # a second of 2001
MILLISECONDS_FROM = 10**11  # no second since 1970 has a number as large
_CURRENCY = re.compile(r"[A-Za-z]{3}")
HEADS = ("documentMessage", "imageMessage", "videoMessage", "locationMessage")
_KINDS = {
    "documentMessage": MessageKind.DOCUMENT,
    "imageMessage": MessageKind.IMAGE,
    "videoMessage": MessageKind.VIDEO,
}
HEADER_MEDIA = (
    "documentMessage",
    "imageMessage",
    "videoMessage",
    "locationMessage",
    "audioMessage",
    "productMessage",
)


class Reading(NamedTuple):
    """`media`: the field's name and the part whose file this message brings, when it is not the content itself."""

    kind: MessageKind
    text: str = ""
    details: Details = {}  # noqa: RUF012 -- never changed: readers make their own
    parts: tuple[Part, ...] = ()
    media: tuple[str, Any] | None = None


def clean(text: str | bytes) -> str:
    """What is not UTF-8 comes as bytes, from a phone that breaks the rules: readable all the same."""
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def said(role: str, *texts: str | bytes) -> Iterator[Part]:
    """One part for each text that there is."""
    return (Part(role, clean(text)) for text in texts if text)


def with_value(role: str, text: str | bytes, value: str | bytes) -> Iterator[Part]:
    if text or value:
        yield Part(role, clean(text), clean(value))


def amount(
    role: str, number: Decimal | int | float | str, currency: str | bytes, text: str = ""
) -> Iterator[Part]:
    """An amount of which only zero without a currency says nothing."""
    code = currency_of(clean(currency))
    if number or code:
        yield Part(role, text, f"{Decimal(str(number)).normalize():f} {code}".strip())


def currency_of(text: Any) -> str:
    """Three letters; "" for whatever else stands in its place."""
    return text.upper() if isinstance(text, str) and _CURRENCY.fullmatch(text) else ""


def thousandths(role: str, number: int, currency: str | bytes, text: str = "") -> Iterator[Part]:
    if number:
        yield from amount(role, Decimal(number) / THOUSANDTHS, currency, text)


def money(role: str, held: Any, text: str = "") -> Iterator[Part]:
    """Of a `Money`: `offset` is what one unit of the currency has of its smallest coin."""
    if held.value or held.currencyCode:
        yield from amount(role, Decimal(held.value) / (held.offset or 1), held.currencyCode, text)


def moment(role: str, seconds: int, text: str = "") -> Iterator[Part]:
    """Also told in thousandths of seconds; what lies before all phones is no moment."""
    if seconds >= BEGINNING:
        yield Part(role, text, str(seconds // THOUSANDTHS if seconds >= MILLISECONDS_FROM else seconds))


def joined(*parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(part for some in parts for part in some)


def first_of(part: Any, names: Iterable[str]) -> tuple[str, Any] | None:
    """The first of these fields that is there, by its name."""
    return next(
        ((name, getattr(part, name)) for name in names if name in _names(part) and part.HasField(name)), None
    )


def _names(part: Any) -> Any:
    return part.DESCRIPTOR.fields_by_name


def header_words(part: Any) -> Iterator[Part]:
    """The words of the picture, paper or place at the head."""
    held = first_of(part, HEADS)
    if held is None:
        return
    name, media = held
    if name == "locationMessage":
        yield from said("subtitle", media.name, media.address)
        yield from place_parts(media)
        return
    yield from said("subtitle", media.caption)
    yield from drawn_on(media) if name != "documentMessage" else ()


def with_header(text: str, parts: tuple[Part, ...], header: Any) -> Reading:
    """With a picture, film or paper at its head it is that, and what is said its caption."""
    held = first_of(header, HEADS)
    if held is None:
        return Reading(MessageKind.TEXT, text, parts=parts)
    name, media = held
    if name == "locationMessage":
        place: Details = {"latitude": media.degreesLatitude, "longitude": media.degreesLongitude}
        return Reading(MessageKind.LOCATION, text, place, parts)
    return Reading(_KINDS[name], text, parts=parts, media=held)


def music_parts(song: Any) -> Iterator[Part]:
    yield from with_value("row", song.title, song.author)
    yield from said("small", song.artistAttribution)


def drawn_on(part: Any) -> Iterator[Part]:
    """What was put onto a picture to be tapped: a place, a channel, a link, a song."""
    for mark in (*part.annotations, *part.interactiveAnnotations):
        yield from said(
            "row", mark.location.name, mark.newsletter.newsletterName or mark.newsletter.profileName
        )
        yield from with_value("link", mark.tapAction.title, mark.tapAction.tapURL)
        inner = mark.embeddedContent.embeddedMessage.message
        yield from said("text", inner.conversation, inner.extendedTextMessage.text)
        yield from music_parts(mark.embeddedContent.embeddedMusic)


def place_parts(place: Any) -> Iterator[Part]:
    """What was written to a place, beside its name and address."""
    yield from said("text", place.comment)
    yield from with_value("link", "", place.URL)
