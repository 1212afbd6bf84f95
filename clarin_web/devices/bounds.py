"""The one place where what others write is cut to what a row, a page and PostgreSQL can bear, whatever told us of it.

Anybody may write anything to a number. What is too much of something is shortened, what is impossible is left out, and
only what says nothing that could be kept (no id, no chat) is refused.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import singledispatch
from typing import Any

from clarin_web.devices.heard import (
    Address,
    CallHeard,
    Decoded,
    GroupNamed,
    IncomingMessage,
    MessageEdited,
    MessageRevoked,
    NumberFound,
    PersonNamed,
    PollOptionAdded,
    PollVote,
    PortraitNews,
    PortraitTold,
    Reaction,
    Receipt,
)
from clarin_web.devices.message_parts import bound_parts
from clarin_web.lib.text import can_be_seen, clean_text, levelled
from clarin_web.lib.vcards import without_pictures
from clarin_web.lib.wa_text import MAX_LENGTH
from clarin_web.media.announced import File

WHATSAPP_BEGAN = datetime(2009, 1, 1, tzinfo=UTC)
CLOCKS = timedelta(days=1)  # how far a phone's clock may be ahead of ours and still be believed
MOST_ID, MOST_ADDRESS, MOST_NAME, MOST_QUOTE, MOST_EMOJI = 200, 100, 200, 1_000, 16
MOST_LINES, MOST_LINE, MOST_CARDS, MOST_WORD, MOST_WAVE = 32, 300, 100_000, 1_000, 256
MOST_DETAILS, MOST_NUMBER, MOST_IDS, MOST_REF = 40, 2**53, 5_000, 16_384
HASH = 64  # letters of a SHA-256 in hex
NUMBERS = (
    "seconds",
    "size",
    "width",
    "height",
    "pages",
    "count",
    "choices",
    "forwards",
    "expires_in",
    "sequence",
    "since",
)
PLACE = {"latitude": 90.0, "longitude": 180.0}
TICKS = ("delivered", "read", "played", "read_here", "not_opened")
OWN_STATES = ("", "sent", "delivered", "read", "played")
STAGES = ("offered", "ended", "declined", "answered")


@singledispatch
def bounded(event: Decoded, now: datetime) -> Decoded:
    """The same event, harmless. The same one always comes out the same, but for a time that is still to come."""
    raise ValueError(f"nothing is known of {type(event).__name__}")


@bounded.register
def _(event: IncomingMessage, now: datetime) -> IncomingMessage:
    wa_id = _id(event.wa_id)
    quoted = _id(event.quoted_wa_id) if event.quoted_wa_id and event.quoted_wa_id != event.wa_id else None
    return replace(
        event,
        wa_id=wa_id,
        chat=_address(event.chat),
        sender=_address(event.sender),
        chat_alt=_address(event.chat_alt) if event.chat_alt else None,
        sender_alt=_address(event.sender_alt) if event.sender_alt else None,
        sent_at=min(_moment(event.sent_at, now), now),
        text=_words(event.text),
        push_name=_name(event.push_name),
        quoted_wa_id=quoted,
        quoted_text=_words(event.quoted_text)[:MOST_QUOTE] if quoted else "",
        details=_details(event.details),
        file=_file(event.file) if event.file else None,
        state=event.state if event.state in OWN_STATES else "sent",
        parts=bound_parts(event.parts),
    )


@bounded.register
def _(event: MessageEdited, now: datetime) -> MessageEdited:
    details, parts = _details(event.details), bound_parts(event.parts)
    return replace(event, text=_words(event.text), details=details, parts=parts, **_about(event, now))


@bounded.register
def _(event: MessageRevoked, now: datetime) -> MessageRevoked:
    return replace(event, push_name=_name(event.push_name), **_about(event, now))


@bounded.register
def _(event: Reaction, now: datetime) -> Reaction:
    emoji = _line(event.emoji, MOST_EMOJI)
    return replace(event, emoji=emoji if can_be_seen(emoji) else "", **_about(event, now))


@bounded.register
def _(event: PollVote, now: datetime) -> PollVote:
    hashes = [_line(option, HASH + 1) for option in event.options]
    kept = sorted({option for option in hashes if len(option) == HASH and option.isalnum()})
    name = _name(event.push_name)
    return replace(event, options=tuple(kept[:MOST_LINES]), push_name=name, **_about(event, now))


@bounded.register
def _(event: PollOptionAdded, now: datetime) -> PollOptionAdded:
    return replace(event, option=_options(event.option.replace("\n", " ")), **_about(event, now))


@bounded.register
def _(event: Receipt, now: datetime) -> Receipt:
    if event.status not in TICKS:
        raise ValueError(f"no tick is called {event.status[:40]!r}")
    return replace(
        event,
        wa_ids=tuple(_id(wa_id) for wa_id in event.wa_ids[:MOST_IDS]),
        at=_moment(event.at, now),
        chat=_address(event.chat) if event.chat else None,
        chat_alt=_address(event.chat_alt) if event.chat_alt else None,
    )


@bounded.register
def _(event: CallHeard, now: datetime) -> CallHeard:
    if event.stage not in STAGES:
        raise ValueError(f"no call is {event.stage[:40]!r}")
    alt = _address(event.chat_alt) if event.chat_alt else None
    at = min(_moment(event.at, now), now)
    return replace(event, call_id=_id(event.call_id), chat=_address(event.chat), at=at, chat_alt=alt)


@bounded.register
def _(event: GroupNamed, now: datetime) -> GroupNamed:
    return replace(event, chat=_address(event.chat), name=_name(event.name), at=_moment(event.at, now))


@bounded.register
def _(event: PersonNamed, now: datetime) -> PersonNamed:
    names = {name: _name(getattr(event, name)) for name in ("phone_book", "push_name")}
    return replace(event, chat=_address(event.chat), at=_moment(event.at, now), **names)


@bounded.register
def _(event: NumberFound, now: datetime) -> NumberFound:
    return replace(event, chat=_address(event.chat), found=_address(event.found), at=_moment(event.at, now))


@bounded.register
def _(event: PortraitTold, now: datetime) -> PortraitTold:
    news = PortraitNews(event.news)  # a ValueError for any other
    file, portrait_id = (
        _file(event.file) if event.file else None,
        event.portrait_id and _id(event.portrait_id),
    )
    at = _moment(event.at, now)
    return replace(event, chat=_address(event.chat), news=news, at=at, portrait_id=portrait_id, file=file)


def _about(
    event: MessageEdited | MessageRevoked | Reaction | PollVote | PollOptionAdded, now: datetime
) -> dict[str, Any]:
    """What all that happens to a message has in common."""
    sender = _address(event.sender) if event.sender else None
    chat, at = _address(event.chat), _moment(event.at, now)
    return {"wa_id": _id(event.wa_id), "chat": chat, "sender": sender, "at": at}


def _moment(when: datetime, now: datetime) -> datetime:
    """Before there was a WhatsApp, or after tomorrow, is no time: it is the one at which we heard of it."""
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return when if WHATSAPP_BEGAN <= when <= now + CLOCKS else now


def _id(text: str) -> str:
    """An id names one thing wherever it is told: one that is too long, or unprintable, goes by its hash."""
    if not text:
        raise ValueError("no id")
    if len(text) <= MOST_ID and text.isascii() and text.isprintable():
        return text
    return f"long:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def _address(address: Address) -> Address:
    value = address.value
    if not value or len(value) > MOST_ADDRESS or not value.isascii() or not value.isprintable():
        raise ValueError(f"no address: {value[:MOST_ADDRESS]!r}")
    if "@" in value:
        raise ValueError("an address in an address")
    return address


def _words(text: str) -> str:
    """Nothing, rather than words nobody sees: what shows it then says what came."""
    kept = levelled(clean_text(text, MAX_LENGTH))
    return kept if not kept or kept.isascii() or can_be_seen(kept) else ""


def _name(text: str) -> str:
    line = _line(text, MOST_NAME)
    return line if can_be_seen(line) else ""


def _line(text: str, most: int) -> str:
    return levelled(clean_text(text[: most * 8], most, one_line=True))


def _word(text: str) -> str:
    return _line(text, MOST_WORD)


def _lines(text: str) -> str:
    return "\n".join(_line(line, MOST_LINE) for line in text.split("\n")[:MOST_LINES])


def _options(text: str) -> str:
    """To the letter, because votes name an option by its hash; an option offered twice is one."""
    kept = [_storable(line)[:MOST_LINE] for line in text.split("\n")[:MOST_LINES]]
    return "\n".join(dict.fromkeys(kept))


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode(errors="ignore").decode()


def _file_name(text: str) -> str:
    """Without folders: it is what a browser proposes to save it as."""
    return _line(text.replace("\\", "/").rsplit("/", 1)[-1], MOST_NAME)


_TEXTS: dict[str, Callable[[str], str]] = {
    "options": _options,
    "buttons": _lines,
    "file_name": _file_name,
    "group_name": _name,
    "vcard": lambda text: levelled(clean_text(without_pictures(text)[:MOST_CARDS])),
    "waveform": lambda text: _line(text, MOST_WAVE),
}


def _details(details: Mapping[str, Any]) -> dict[str, str | int | float | bool]:
    named = [(name, value) for name, value in details.items() if name.isascii() and name.isidentifier()]
    found = {name: _detail(name, value) for name, value in named[:MOST_DETAILS]}
    kept = {name: value for name, value in found.items() if value is not None}
    if not PLACE.keys() <= kept.keys():  # half a place is none
        kept = {name: value for name, value in kept.items() if name not in PLACE}
    return kept


def _detail(name: str, value: Any) -> str | int | float | bool | None:
    """None for what cannot be."""
    if name in PLACE:
        return _degrees(value, PLACE[name])
    if isinstance(value, str):
        return None if name in NUMBERS else _TEXTS.get(name, _word)(value)
    if name in _TEXTS or not isinstance(value, int | float):
        return None
    return value if isinstance(value, bool) else _number(value)


def _degrees(value: Any, most: float) -> float | None:
    return float(value) if isinstance(value, int | float) and -most <= value <= most else None


def _number(value: float) -> int | None:
    """Never more than a column holds, never below nothing; None for what is none."""
    return None if isinstance(value, float) and math.isnan(value) else int(min(max(value, 0), MOST_NUMBER))


def _file(file: File) -> File | None:
    """None when there is no telling where its bytes are."""
    if not file.ref or len(file.ref) > MOST_REF:
        return None
    return replace(
        file,
        mime=_line(file.mime, 100),
        name=_file_name(file.name),
        size=_number(file.size) or 0,
        seconds=_number(file.seconds) or 0,
        width=_number(file.width) or 0,
        height=_number(file.height) or 0,
    )
