"""Whatever bytes a number hears: decoding them raises nothing but ValueError, and what comes of it can be stored."""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from clarin_web.devices.bounds import MOST_ID, bounded
from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import (
    Address,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    NotUnderstood,
    Reaction,
)
from clarin_web.devices.neonize_gateway import mapping, protos
from clarin_web.devices.neonize_gateway.storing import STORED, keeping_unreadable
from clarin_web.devices.simulator.wire import encode

from .test_neonize_mapping import MARIA, info, message, one, source

_, e = protos.load()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROSA = Address(Kind.USER, "51987654321")
KINDS = [f"neonize.{name}" for name in mapping._READERS] + [
    f"simulator.{name}" for name in ("message", "edit", "revoke", "receipt", "reaction", "vote", "call", "group_name",
                                     "person_name", "portrait")
]  # fmt: skip
TEXT = e.Message(extendedTextMessage=e.ExtendedTextMessage(text="hello"))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
FIELDS = IncomingMessage.__slots__


def is_storable(value: Any) -> bool:
    """As PostgreSQL sees it, in a column or in JSON."""
    told = json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    return "\\u0000" not in told and "\x00" not in told and bool(told.encode())


@given(st.sampled_from(KINDS), st.binary(max_size=300))
def test_any_bytes_are_an_event_or_a_valueerror(kind: str, raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode(kind, raw, NOW)


@given(st.data())
def test_a_message_with_some_bytes_changed_is_one_or_a_valueerror(data: st.DataObject) -> None:
    raw = bytearray(message(TEXT))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    try:
        for event in decode("neonize.message", bytes(raw), NOW):
            assert is_storable([getattr(event, name) for name in event.__slots__])
    except ValueError:
        pass


@given(st.dictionaries(st.sampled_from(FIELDS), anything), st.sampled_from(KINDS[-8:]))
def test_any_json_is_an_event_or_a_valueerror(fields: dict[str, Any], kind: str) -> None:
    whole = IncomingMessage("A", ROSA, ROSA, NOW, MessageKind.TEXT)
    told = {**json.loads(encode(whole)[0]), **fields}
    try:
        for event in decode(kind, json.dumps(told).encode(), NOW):
            assert is_storable([getattr(event, name) for name in event.__slots__])
    except ValueError:
        pass


any_text = st.text(alphabet=st.characters(), max_size=300) | st.sampled_from(
    ["\ud800", "\x00" * 9, "n" * 70_000]
)


@given(any_text, any_text, st.dictionaries(any_text, anything | any_text, max_size=30), st.datetimes())
def test_what_comes_of_any_words_can_be_stored(
    text: str, name: str, details: dict[str, Any], when: datetime
) -> None:
    said = IncomingMessage(
        wa_id=text or "A", chat=ROSA, sender=ROSA, sent_at=when, kind=MessageKind.TEXT, text=text, push_name=name,
        quoted_wa_id=name, quoted_text=text, details=details,
    )  # fmt: skip
    event = bounded(said, NOW)
    assert is_storable([getattr(event, slot) for slot in FIELDS])
    assert len(event.wa_id) <= MOST_ID
    assert event.sent_at <= NOW
    assert len(json.dumps(dict(event.details))) < 400_000
    assert bounded(event, NOW) == event, "cut once is cut for good"


def test_what_people_write_every_day_is_left_as_it_is() -> None:
    said = IncomingMessage(
        wa_id="3EB0A", chat=ROSA, sender=ROSA, sent_at=NOW, kind=MessageKind.POLL, text="¿Qué? नमस्ते ประเทศไทย 👩‍👩‍👧 שָׁלוֹם ❤️",
        push_name="Noël 🦊", quoted_wa_id="3EB0B", quoted_text="…", history=True, state="",
        details={"options": "sí\nno\u200f", "choices": 1, "latitude": -12.05, "longitude": 0.0, "live": True},
    )  # fmt: skip
    assert bounded(said, NOW) == said


def test_an_id_too_long_is_the_same_everywhere() -> None:
    said = IncomingMessage("I" * 10_000, ROSA, ROSA, NOW, MessageKind.TEXT)
    edit, sign = (
        MessageEdited("I" * 10_000, ROSA, "x", NOW),
        Reaction("I" * 10_000, ROSA, ROSA, "👍", NOW),
    )
    assert len({bounded(event, NOW).wa_id for event in (said, edit, sign)}) == 1
    assert bounded(replace(said, wa_id="J" * 10_000), NOW).wa_id != bounded(said, NOW).wa_id


@pytest.mark.parametrize(
    "place", [(math.nan, 0.0), (math.inf, 0.0), (91, 0), (0, -1e308), (10**400, 0), ("1", "2")]
)
def test_a_place_that_is_none_is_left_out_whole(place: tuple[Any, Any]) -> None:
    details = dict(zip(("latitude", "longitude"), place, strict=True)) | {"address": "here"}
    said = IncomingMessage("A", ROSA, ROSA, NOW, MessageKind.LOCATION, details=details)
    assert bounded(said, NOW).details == {"address": "here"}


def test_words_that_are_not_utf8_are_read_as_far_as_they_go() -> None:
    raw = message(TEXT).replace(b"hello", b"a\xff\xfeb\xc3")
    assert decode("neonize.message", raw)[0].text == "a\ufffd\ufffdb\ufffd"
    assert one(TEXT).text == "hello"


def deep(levels: int) -> Any:
    """A message that answers one that answers one…"""
    said = e.Message(conversation="deep")
    for _ in range(levels):
        outer = e.Message()
        outer.extendedTextMessage.text = "answer"
        outer.extendedTextMessage.contextInfo.stanzaID = "Q"
        outer.extendedTextMessage.contextInfo.quotedMessage.CopyFrom(said)
        said = outer
    return said


def beyond_reading() -> bytes:
    """A message as Go hands it over, whose content Python's protobuf refuses."""
    content = deep(60).SerializeToString()
    event = type(protos.load()[0].Message())(Info=info(source(MARIA)))
    head = event.SerializePartialToString()
    return head + b"\x12" + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def test_a_content_nobody_can_read_still_says_where_it_came_from() -> None:
    with pytest.raises(NotUnderstood) as refused:
        decode("neonize.message", beyond_reading())
    (place,) = refused.value.places
    assert (place.wa_id, place.chat.value, place.kind) == ("3EB0AAAA", "5521988887777", MessageKind.UNKNOWN)


def test_bytes_neonize_itself_refuses_are_kept_as_they_came() -> None:
    kept: list[tuple[bytes, str]] = []

    def execute(_uuid: int, binary: int, size: int, code: int) -> None:
        protos.load()[0].Message.FromString(ctypes.string_at(binary, size))

    read = keeping_unreadable(execute, {17: STORED["MessageEv"]}, lambda raw, kind: kept.append((raw, kind)))
    for raw, code in ((message(TEXT), 17), (beyond_reading(), 17)):
        buffer = ctypes.create_string_buffer(raw, len(raw))
        read(1, ctypes.addressof(buffer), len(raw), code)
    assert kept == [(beyond_reading(), "neonize.message")]
    with pytest.raises(DecodeError):
        read(1, ctypes.addressof(buffer), len(raw), 99)


def test_an_id_that_is_not_utf8_is_an_id_all_the_same() -> None:
    (said,) = decode("neonize.message", message(TEXT).replace(b"3EB0AAAA", b"3EB0\xff\xfeAA"))
    assert said.wa_id.startswith("long:")
    broken = beyond_reading().replace(b"3EB0AAAA", b"3EB0\xff\xfeAA")
    with pytest.raises(NotUnderstood) as refused:
        decode("neonize.message", broken)
    assert [place.wa_id for place in refused.value.places] == [said.wa_id]
