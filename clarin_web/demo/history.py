"""Months of conversation, made from the scenes of `talk`: pure data, ordered by time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clarin_web.demo.catalogue import PRODUCTS, SELLERS
from clarin_web.demo.files import loudness
from clarin_web.demo.people import SEED, Person
from clarin_web.demo.talk import SCENES, WAITING

LIMA = timedelta(hours=-5)


@dataclass(slots=True)
class Said:
    """One message of a history. `quotes` is the place of an earlier one in the same list."""

    outbound: bool
    kind: str
    body: str
    at: datetime
    quotes: int | None = None
    reaction: str = ""
    extra: dict[str, object] = field(default_factory=dict)
    seller: int = 0
    is_read: bool = True


def conversation(person: Person, now: datetime, waiting_minutes: float | None) -> list[Said]:
    """All that was said with `person`. With `waiting_minutes`, they wrote last, that long ago, and nobody answered."""
    dice = random.Random(f"{SEED}:talk:{person.number}")
    seller = dice.choices(range(len(SELLERS)), weights=(2, 3, 4))[0]
    scenes = dice.sample(SCENES, dice.choice((1, 2, 2, 3, 3, 4)))
    said: list[Said] = []
    for at in _beginnings(dice, now, len(scenes), waiting_minutes):
        _play(dice, person, seller, scenes.pop(), at, said)
    if waiting_minutes is not None:
        _leave_waiting(dice, person, now - timedelta(minutes=waiting_minutes), said)
    return said


def _beginnings(dice: random.Random, now: datetime, count: int, waiting: float | None) -> list[datetime]:
    """Office hours of past days, oldest first; the last scene is over before somebody starts waiting."""
    newest = 5 + (waiting or 0) / 1440
    days = sorted((dice.uniform(newest if waiting else 0.3, 120) for _ in range(count)), reverse=True)
    if waiting is None:
        days[-1] = dice.expovariate(1 / 3) + 0.3
    return [_office_hours(dice, now - timedelta(days=day)) for day in days]


def _office_hours(dice: random.Random, at: datetime) -> datetime:
    local = (at + LIMA).replace(
        hour=dice.randint(9, 17), minute=dice.randint(0, 59), second=dice.randint(0, 59)
    )
    moved = local - LIMA
    return moved if moved < at + timedelta(hours=4) else moved - timedelta(days=1)


def _play(
    dice: random.Random, person: Person, seller: int, scene: tuple[str, ...], at: datetime, said: list[Said]
) -> None:
    words = _words(dice, person, seller)
    for line in scene:
        who, _, rest = line.partition(":")
        at += timedelta(seconds=dice.choice((9, 25, 48, 75, 140, 420)) * dice.uniform(0.6, 1.5))
        said.append(_line(dice, who == "s", rest, words, at, len(said), seller))


def _words(dice: random.Random, person: Person, seller: int) -> dict[str, object]:
    quantity = dice.choice((3, 5, 6, 8, 10, 12, 15, 20))
    return {
        "first": person.first, "product": dice.choice(PRODUCTS), "qty": quantity, "city": person.city,
        "price": f"{quantity * dice.choice((180, 220, 245, 310)):,}".replace(",", " "),
        "seller": SELLERS[seller].name.split()[0],
    }  # fmt: skip


def _line(
    dice: random.Random,
    outbound: bool,
    text: str,
    words: dict[str, object],
    at: datetime,
    number: int,
    seller: int,
) -> Said:
    choice = dice.choice(text.split("|")) if not text.startswith("@") else text
    choice, _, reaction = choice.partition("+")
    quotes = number - 1 if choice.startswith(">") else None
    body = choice.removeprefix(">").format(**words)
    line = Said(outbound, "text", body, at, quotes, reaction, seller=seller)
    if body.startswith("@"):
        _as_media(line)
    return line


def _as_media(line: Said) -> None:
    """ "@document proforma.pdf" -> a row of that kind, with what its placeholder shows."""
    kind, _, rest = line.body[1:].partition(" ")
    line.kind, line.body = kind, rest
    if kind == "document":
        line.body, line.extra = "", {"file_name": rest}
    elif kind == "voice":
        line.body, line.extra = "", {"seconds": int(rest), "waveform": loudness(int(line.at.timestamp()))}


def _leave_waiting(dice: random.Random, person: Person, since: datetime, said: list[Said]) -> None:
    words = _words(dice, person, 0)
    at = since
    place = person.number // 5  # those who wait are every fifth: neighbours in the inbox ask different things
    for back in reversed(range(dice.choice((1, 1, 2, 3)))):
        text = WAITING[(place + 4 * back) % len(WAITING)]
        said.append(Said(False, "text", text.format(**words), at, is_read=False))
        at += timedelta(seconds=dice.uniform(5, 25))


def waiting_times(chats: int) -> Iterator[float | None]:
    """For each chat, the minutes its customer has been waiting: a fifth of them wait, few for long."""
    dice = random.Random(f"{SEED}:waiting")
    for number in range(chats):
        yield (
            dice.choice((2, 4, 7, 12, 19, 33, 58, 95, 180, 410)) * dice.uniform(0.8, 1.3)
            if number % 5 == 2
            else None
        )
