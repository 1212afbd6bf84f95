"""Readers of templates: what companies write once and send filled in, in four shapes and one older still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clarin_web.devices.gateway import MessageKind
from clarin_web.devices.message_parts import Part
from clarin_web.devices.neonize_gateway.business import interactive
from clarin_web.devices.neonize_gateway.content_parts import (
    Reading,
    clean,
    header_words,
    joined,
    moment,
    said,
    thousandths,
    with_header,
    with_value,
)


def template(part: Any) -> Reading:
    """Four ways of writing the same: rows already filled in (twice), rows with blanks, or an interactive message."""
    readings = [read(getattr(part, name)) for name, read in _TEMPLATES.items() if part.HasField(name)]
    return _together(readings) if readings else Reading(MessageKind.TEXT)


def _together(readings: list[Reading]) -> Reading:
    """Written several times over for older phones and newer ones, it is shown once; what only one of them says, too."""
    first = readings[0]
    known = {first.text, *(part.text for part in first.parts)}
    more = [Part("text", other.text) for other in readings[1:] if other.text not in known]
    more += [part for other in readings[1:] for part in other.parts if part not in first.parts]
    return first._replace(parts=(*first.parts, *more))


def _filled(rows: Any) -> Reading:
    parts = joined(
        said("title", rows.hydratedTitleText),
        header_words(rows),
        said("small", rows.hydratedFooterText),
        (one for button in rows.hydratedButtons for one in _filled_button(button)),
    )
    return with_header(clean(rows.hydratedContentText), parts, rows)


def _filled_button(button: Any) -> Iterator[Part]:
    yield from said("button", button.quickReplyButton.displayText)
    yield from with_value("link", button.urlButton.displayText, button.urlButton.URL)
    yield from with_value("call", button.callButton.displayText, button.callButton.phoneNumber)


def _blanks(rows: Any) -> Reading:
    parts = joined(
        said("title", _structured(rows.highlyStructuredMessage)),
        header_words(rows),
        said("small", _structured(rows.footer)),
        (one for button in rows.buttons for one in _blank_button(button)),
    )
    return with_header(_structured(rows.content), parts, rows)


def _blank_button(button: Any) -> Iterator[Part]:
    link, call = button.urlButton, button.callButton
    yield from said("button", _structured(button.quickReplyButton.displayText))
    yield from with_value("link", _structured(link.displayText), _structured(link.URL))
    yield from with_value("call", _structured(call.displayText), _structured(call.phoneNumber))


def _structured(held: Any) -> str:
    """A text of which only the blanks' fillings travel: its words stand in the company's own templates."""
    return "\n".join(part.text for part in _fillings(held) if part.text)


def _fillings(held: Any) -> Iterator[Part]:
    written = [clean(one.default) for one in held.localizableParams]
    yield from said("text", *(text for text in map(clean, held.params) if text not in written))
    for one in held.localizableParams:
        yield from said("text", one.default)
        yield from thousandths("amount", one.currency.amount1000, one.currency.currencyCode)
        yield from moment("when", one.dateTime.unixEpoch.timestamp)
        yield from said("text", _calendar(one.dateTime.component))


def _calendar(day: Any) -> str:
    """A date on no clock in particular."""
    date = f"{day.year:04}-{day.month:02}-{day.dayOfMonth:02}" if day.year and day.month else ""
    return f"{date} {day.hour:02}:{day.minute:02}".strip() if day.HasField("hour") else date


def structured(part: Any) -> Reading:
    blanks = Reading(MessageKind.TEXT, "", parts=tuple(_fillings(part)))
    if not part.HasField("hydratedHsm"):
        return blanks
    filled = template(part.hydratedHsm)
    words = "\n".join((filled.text, *(one.text for one in filled.parts)))
    unsaid = tuple(one for one in blanks.parts if one.text not in words)
    return filled._replace(parts=(*filled.parts, *unsaid))


_TEMPLATES = {
    "hydratedTemplate": _filled,
    "hydratedFourRowTemplate": _filled,
    "fourRowTemplate": _blanks,
    "interactiveMessageTemplate": interactive,
}
