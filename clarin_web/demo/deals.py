"""The leads of Andina Norte: what was asked, for how much, how far it got and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from clarin_web.demo.catalogue import FUNNELS, LOST_REASONS, PRODUCTS, SELLERS, TAGS
from clarin_web.demo.people import SEED, Person, people

IN_KOMMO, TYPED_HERE = 250, 24
_DEALS = 280


@dataclass(frozen=True, slots=True)
class Deal:
    """`funnel` and `seller` are places in the catalogue; `stage` counts the funnel's stages, won and lost last."""

    title: str
    person: Person
    funnel: int
    stage: int
    price: int
    seller: int
    tags: tuple[str, ...]
    lost_reason: str
    created_at: datetime
    updated_at: datetime


def everybody() -> list[Person]:
    """All customers. Those after IN_KOMMO are unknown to Kommo."""
    return people(IN_KOMMO + TYPED_HERE)


def kommo_deals(now: datetime) -> list[Deal]:
    """The same deals each time, with times counted back from `now`."""
    dice = random.Random(f"{SEED}:deals")
    known = everybody()[:IN_KOMMO]
    return [_deal(dice, known[at % IN_KOMMO], now) for at in range(_DEALS)]


def typed_deals(now: datetime) -> list[Deal]:
    """Leads opened in Clarin itself, one for each customer Kommo never heard of."""
    dice = random.Random(f"{SEED}:typed")
    return [_deal(dice, person, now, open_only=True) for person in everybody()[IN_KOMMO:]]


def _deal(dice: random.Random, person: Person, now: datetime, *, open_only: bool = False) -> Deal:
    funnel = 0 if open_only else dice.choices((0, 1), weights=(3, 1))[0]
    weights = FUNNELS[funnel].weights[: -2 if open_only else None]
    created = now - timedelta(minutes=dice.expovariate(1 / (38 * 24 * 60)) + 90)
    updated = created + (now - created) * min(0.98, dice.betavariate(2, 1.2))
    return Deal(
        title=_title(dice, person),
        person=person,
        funnel=funnel,
        stage=dice.choices(range(len(weights)), weights=weights)[0],
        price=max(180, round(dice.lognormvariate(7.6, 0.7) * (2.8 if funnel else 1) / 10) * 10),
        seller=dice.choices(range(len(SELLERS)), weights=(2, 3, 4))[0],
        tags=tuple(sorted(dice.sample(TAGS, dice.choices((0, 1, 2, 3), weights=(3, 4, 2, 1))[0]))),
        lost_reason=dice.choice(LOST_REASONS),
        created_at=created.replace(microsecond=0),
        updated_at=updated.replace(microsecond=0),
    )


def _title(dice: random.Random, person: Person) -> str:
    product, dozens = dice.choice(PRODUCTS), dice.choice((2, 4, 5, 8, 10, 12, 20, 50))
    forms = [f"{dozens} docenas de {product}", f"{product.capitalize()} para {person.company or person.city}"]
    return dice.choice([*forms, f"{person.name}: {product}"])
