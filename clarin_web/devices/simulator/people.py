"""How customers react to a message: pure, and the same for the same message, so that a replay tells the same story."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from clarin_web.devices.gateway import (
    Address,
    Decoded,
    IncomingMessage,
    Kind,
    MessageKind,
    PollVote,
    Reaction,
    Receipt,
)
from clarin_web.devices.outgoing import DEEDS, Outgoing, OutgoingPoll, kind_of
from clarin_web.devices.simulator import kinds
from clarin_web.devices.simulator.script import Persona, Range, Script
from clarin_web.devices.simulator.wire import words_of

Planned = tuple[datetime, Decoded]
_EMOJI = ("👍", "❤️", "🙏", "😂", "😮")


def after_send(script: Script, message: Outgoing, now: datetime, speed: float) -> list[Planned]:
    """Everything one sent message will cause, with its moments."""
    dice = random.Random(f"{script.seed}:{message.wa_id}")  # noqa: S311 -- a story, not a secret
    person = script.person(message.chat.value) or Persona(message.chat.value, "")
    return list(_story(script, person, message, _Clock(dice, now, speed)))


class _Clock:
    """Moves forward by human delays, scaled."""

    def __init__(self, dice: random.Random, now: datetime, speed: float) -> None:
        self.dice, self.now, self.speed = dice, now, speed

    def wait(self, span: Range) -> datetime:
        self.now += timedelta(seconds=self.dice.uniform(*span) / self.speed)
        return self.now


def _story(script: Script, person: Persona, message: Outgoing, clock: _Clock) -> Iterator[Planned]:
    ids, chat, dice = (message.wa_id,), message.chat, clock.dice
    at = clock.wait((0.4, 1.2))
    yield at, Receipt(ids, "delivered", at, chat)
    if person.silent or chat.kind is Kind.GROUP or kind_of(message) in DEEDS:
        return
    at = clock.wait(person.reads_after)
    yield at, Receipt(ids, "read", at, chat)
    if isinstance(message, OutgoingPoll) and person.name:
        at = clock.wait((1.0, 6.0))
        chosen = hashlib.sha256(dice.choice(message.options).encode()).hexdigest()
        yield at, PollVote(message.wa_id, chat, chat, (chosen,), at, push_name=person.name)
    if dice.random() < person.react_chance:
        at = clock.wait((0.5, 3.0))
        yield at, Reaction(message.wa_id, chat, chat, dice.choice(_EMOJI), at)
    if person.name and dice.random() < person.answer_chance:
        at = clock.wait(person.answers_after)
        quoted = message.wa_id if dice.random() < person.quote_chance else None
        answer = _answer(script, person, words_of(message), dice)
        yield from written(person, f"{message.wa_id}-A", answer, at, quoted, dice)


def _answer(script: Script, person: Persona, text: str, dice: random.Random) -> str:
    for word, answers in person.answers.items():
        if word and word.casefold() in text.casefold():
            return dice.choice(answers)
    return dice.choice(person.answers.get("") or script.small_talk)


def written(
    person: Persona,
    wa_id: str,
    line: str,
    at: datetime,
    quoted: str | None,
    dice: random.Random,
    group: str = "",
) -> list[Planned]:
    """A line of this customer, see `kinds`; with `group`, said there. With a private id they write from that, and
    WhatsApp tells the phone beside it."""
    phone = Address(Kind.USER, person.phone)
    here, alt = (Address(Kind.LID, person.lid), phone) if person.lid else (phone, None)
    there = Address.from_key(group) if group else here
    kind, text = kinds.split(line)
    if kind == "text" and dice.random() < person.media_chance:
        kind = dice.choice(kinds.ORDINARY)
    plain = IncomingMessage(
        wa_id=wa_id,
        chat=there,
        sender=here,
        sent_at=at,
        kind=MessageKind.TEXT,
        text=text,
        push_name=person.name,
        quoted_wa_id=quoted,
        chat_alt=None if group else alt,
        sender_alt=alt,
    )
    return [(max(at, _moment(event)), event) for event in kinds.tell(kind, plain)]


def _moment(event: Decoded) -> datetime:
    """When WhatsApp tells it: an edit after what it edits."""
    return event.sent_at if isinstance(event, IncomingMessage) else event.at
