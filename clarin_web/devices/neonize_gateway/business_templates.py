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
    first_of,
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
    held = first_of(
        part, ("hydratedTemplate", "hydratedFourRowTemplate", "fourRowTemplate", "interactiveMessageTemplate")
    )
    if held is None:
        return Reading(MessageKind.TEXT)
    return _TEMPLATES[held[0]](held[1])


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
    named_ones = [one for one in held.localizableParams if one.default or one.ByteSize()]
    if not named_ones:
        yield from said("text", *held.params)
    for one in named_ones:
        yield from said("text", one.default)
        yield from thousandths("amount", one.currency.amount1000, one.currency.currencyCode)
        yield from moment("when", one.dateTime.unixEpoch.timestamp)
        yield from said("text", _calendar(one.dateTime.component))


def _calendar(day: Any) -> str:
    """A date on no clock in particular."""
    date = f"{day.year:04}-{day.month:02}-{day.dayOfMonth:02}" if day.year and day.month else ""
    return f"{date} {day.hour:02}:{day.minute:02}".strip() if day.HasField("hour") else date


def structured(part: Any) -> Reading:
    if part.HasField("hydratedHsm"):
        return template(part.hydratedHsm)
    return Reading(MessageKind.TEXT, "", parts=tuple(_fillings(part)))


_TEMPLATES = {
    "hydratedTemplate": _filled,
    "hydratedFourRowTemplate": _filled,
    "fourRowTemplate": _blanks,
    "interactiveMessageTemplate": interactive,
}
