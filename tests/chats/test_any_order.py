"""Whatever the order in which WhatsApp tells a story, and however often: the same rows in the end."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from clarin_web.chats.shown import is_sealed
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import (
    CallHeard,
    IncomingMessage,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PollOptionAdded,
    PollVote,
    Reaction,
    Receipt,
)
from clarin_web.devices.message_parts import Part
from clarin_web.models import Chat, Contact, Message, WhatsappEvent

from .conftest import CUSTOMER, Phone

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAME = (
    "wa_id", "direction", "kind", "body", "state", "sender_name", "quoted_wa_id", "quoted_preview", "reactions",
    "extra", "at", "sent_at", "delivered_at", "read_at",
)  # fmt: skip


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def said(
    wa_id: str, text: str, minute: float, kind: MessageKind = MessageKind.TEXT, **more: Any
) -> IncomingMessage:
    return IncomingMessage(wa_id, CUSTOMER, CUSTOMER, at(minute), kind, text, push_name="Rosa", **more)


STORY = (
    said("A", "how much?", 1),
    said("B", "from the phone", 2, from_me=True),
    said("C", "which?", 3, MessageKind.POLL, details={"options": "red\nblue"}),
    said("D", "the red one", 4, quoted_wa_id="A", quoted_text="how much?"),
    said("E", "ok", 6, from_me=True),
    said("F", "thanks", 7),
    MessageEdited("A", CUSTOMER, "how much is it?", at(8), CUSTOMER),
    MessageEdited("A", CUSTOMER, "how much is it now?", at(9), CUSTOMER),
    MessageEdited("B", CUSTOMER, "hijacked", at(9), CUSTOMER),
    MessageRevoked("D", CUSTOMER, at(10), CUSTOMER),
    MessageEdited("D", CUSTOMER, "too late", at(5), CUSTOMER),
    Reaction("B", CUSTOMER, CUSTOMER, "👍", at(11)),
    Reaction("B", CUSTOMER, CUSTOMER, "❤️", at(12)),
    Reaction("F", CUSTOMER, CUSTOMER, "😂", at(12), from_me=True),
    Reaction("F", CUSTOMER, CUSTOMER, "", at(13), from_me=True),
    Receipt(("B", "E"), "delivered", at(6.1), CUSTOMER),
    Receipt(("B", "E"), "read", at(6.5), CUSTOMER),
    Receipt(("E",), "delivered", at(6.2), CUSTOMER),
    Receipt(("A", "D"), "read_here", at(5), CUSTOMER),
    PollVote("C", CUSTOMER, CUSTOMER, ("ab" * 32,), at(14)),
    PollVote("C", CUSTOMER, CUSTOMER, ("cd" * 32,), at(15)),
    PollOptionAdded("C", CUSTOMER, "green", at(15)),
    PollOptionAdded("C", CUSTOMER, "violet", at(14)),
    MessageEdited("F", CUSTOMER, "", at(15), CUSTOMER, sealed=True),
    MessageEdited("A", CUSTOMER, "", at(9), CUSTOMER, sealed=True),
    said("G", "", 7.5, MessageKind.UNKNOWN, details={"named": "comment", "type": "sealed"}),
    said("G", "how nice", 7.5, details={"named": "comment"}, parts=(Part("small", "of theirs"),)),
    MessageEdited("G", CUSTOMER, "how very nice", at(8), CUSTOMER, parts=(Part("title", "now"),)),
    CallHeard("1", CUSTOMER, "offered", at(16)),
    CallHeard("1", CUSTOMER, "ended", at(17)),
)


def tell(phone: Phone, story: list[Any], at_once: int = 50) -> dict[str, Any]:
    """The rows a story leaves. What came before its message is tried again, as the sweep does."""
    with tenant(phone.account_id), transaction():
        for model in (Message, Chat, WhatsappEvent, Contact):
            execute(delete(model))
    release()
    for start in range(0, len(story), at_once):
        phone.hear(*story[start : start + at_once])
    for _ in range(4):
        phone.work()
    return rows(phone)


def rows(phone: Phone) -> dict[str, Any]:
    with tenant(phone.account_id):
        messages = execute(select(*(getattr(Message, name) for name in SAME)).order_by(Message.at)).all()
        chat = execute(
            select(
                Chat.unread,
                Chat.waiting_since,
                Chat.read_until,
                Chat.last_at,
                Chat.last_kind,
                Chat.last_preview,
            )
        ).one()
        left = execute(select(WhatsappEvent.kind, WhatsappEvent.error).where(WhatsappEvent.error != "")).all()
    release()
    return {"messages": [tuple(row) for row in messages], "chat": tuple(chat), "left": left}


@pytest.mark.parametrize("seed", range(6))
def test_any_order_and_any_repetition_end_in_the_same_rows(phone, seed):
    dice = random.Random(seed)
    in_order = tell(phone, list(STORY))
    order = [*STORY, *dice.choices(STORY, k=6)]
    dice.shuffle(order)
    at_once = dice.choice((1, 4, len(order)))
    assert tell(phone, order, at_once) == in_order


def test_the_story_in_order_is_what_people_meant(phone):
    found = tell(phone, list(STORY))
    by_id = {row[0]: dict(zip(SAME, row, strict=True)) for row in found["messages"]}
    assert by_id["A"]["body"] == "how much is it now?"
    assert by_id["A"]["extra"]["original"] == "how much?"
    assert by_id["B"]["body"] == "from the phone", "only its author edits a message"
    assert (by_id["D"]["kind"], by_id["D"]["extra"]["original"]) == ("deleted", "the red one")
    assert (by_id["B"]["reactions"], by_id["F"]["reactions"]) == ({CUSTOMER.value: "❤️"}, {})
    assert (by_id["E"]["state"], by_id["E"]["delivered_at"]) == ("read", at(6.1))
    assert by_id["C"]["extra"]["votes"][CUSTOMER.value]["options"] == ["cd" * 32]
    assert list(by_id["C"]["extra"]["added"]) == ["green", "violet"]
    assert [is_sealed(by_id[wa_id]["extra"]) for wa_id in "AF"] == [False, True]
    assert (by_id["G"]["body"], by_id["G"]["extra"]["parts"]) == ("how very nice", [["title", "now", ""]])
    assert by_id["call:1"]["extra"]["call"] == "ended"
    unread, waiting, *_ = found["chat"]
    assert (unread, waiting) == (3, at(7)), "thanks, a comment and the missed call"
    assert found["left"] == []


def test_what_waited_too_long_for_its_message_is_tried_when_it_comes(phone, heard):
    phone.hear(MessageRevoked("LATE", CUSTOMER, at(2), CUSTOMER))
    with tenant(phone.account_id), transaction():
        execute(update(WhatsappEvent).values(received_at=START))
    release()
    phone.work()
    assert phone.one(WhatsappEvent).processed_at, "given up"
    phone.hear(said("LATE", "sorry", 1))
    phone.work()
    assert phone.messages[0].kind == "deleted"
