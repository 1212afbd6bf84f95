"""How the simulated customers of each device behave from now on."""

from __future__ import annotations

import random

from clarin_web.demo.catalogue import DEVICES, PRODUCTS
from clarin_web.demo.groups import BUYERS, PRIVATE_ID, PRIVATE_NAME, PRIVATE_PHONE, group_key
from clarin_web.demo.people import SEED, Person
from clarin_web.demo.talk import ANSWERS, OPENINGS
from clarin_web.devices.simulator.profiles import HIDDEN
from clarin_web.devices.simulator.script import Group, Persona, Script

WRITES_EVERY = (25.0, 75.0)
DROPS_EVERY = (420.0, 900.0)  # the number goes and comes back, as phones without reception do
GROUP_TALK = (
    "¿Alguien sabe si mañana abren las galerías? 🙏",
    "Sí, hasta las 8, feriado y todo",
    "Buenísimo, nos vemos temprano entonces 👋",
    "¿Quién va por telas? Compartimos taxi 🚕",
)


def script(phone: str, customers: list[Person]) -> Script:
    """The world around one of our numbers: customers who write unasked, read, react and answer."""
    return Script(
        phone=phone.lstrip("+"),
        push_name="Andina Norte",
        people=[
            *(_persona(person) for person in customers),
            *([_private()] if phone == DEVICES[0][1] else []),
        ],
        groups=_groups(phone, customers),
        opens_every=WRITES_EVERY,
        drops_every=DROPS_EVERY,
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
        portrait=_portrait(person),
        phone_book=f"{person.name} ({person.city})" if person.number % 5 == 0 else "",
    )


def _private() -> Persona:
    """When they write again, WhatsApp tells the phone of the private id."""
    lines = ["Hola, ¿pudieron ver mi mensaje? 🙈", "¿Tienen algo en color guinda?"]
    return Persona(
        phone=PRIVATE_PHONE, lid=PRIVATE_ID, name=PRIVATE_NAME, openings=lines, answers={"": ["Gracias 🙏"]}
    )


def _portrait(person: Person) -> str:
    """Most have one, some none, and a few show it only to people they know."""
    if person.number % 4 == 3:
        return ""
    return HIDDEN if person.number % 11 == 5 else person.digits


def _groups(phone: str, customers: list[Person]) -> list[Group]:
    """One, of which WhatsApp tells the name when it is asked."""
    members = [person.digits for person in customers[:3]]
    value = group_key(0) if phone == DEVICES[0][1] else f"1203630{phone[-10:]}@g.us"
    return [Group(value, BUYERS, members, list(GROUP_TALK), "gamarra")]
