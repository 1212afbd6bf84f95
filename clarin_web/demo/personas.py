"""How the simulated customers of each device behave from now on."""

from __future__ import annotations

import random

from clarin_web.demo.catalogue import PRODUCTS
from clarin_web.demo.people import SEED, Person
from clarin_web.demo.talk import ANSWERS, OPENINGS
from clarin_web.devices.simulator.script import Persona, Script

WRITES_EVERY = (25.0, 75.0)


def script(phone: str, customers: list[Person]) -> Script:
    """The world around one of our numbers: customers who write unasked, read, react and answer."""
    return Script(
        phone=phone.lstrip("+"),
        push_name="Andina Norte",
        people=[_persona(person) for person in customers],
        opens_every=WRITES_EVERY,
        seed=len(customers),
        small_talk=ANSWERS[""],
    )


def _persona(person: Person) -> Persona:
    dice = random.Random(f"{SEED}:persona:{person.number}")
    words = {"product": dice.choice(PRODUCTS), "qty": dice.choice((4, 6, 10, 12)), "city": person.city}
    return Persona(
        phone=person.digits,
        name=person.name if dice.random() < 0.8 else person.first,
        openings=[text.format(**words) for text in dice.sample(OPENINGS, 4)],
        answers={word: [text.format(**words) for text in texts] for word, texts in ANSWERS.items()},
        reads_after=(1.5, 6.0),
        answers_after=(4.0, 18.0),
        answer_chance=0.85,
        react_chance=0.3,
        quote_chance=0.2,
        media_chance=0.05,
        silent=person.number % 19 == 7,
    )
