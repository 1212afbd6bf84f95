"""The customers: the same people, names and phones each time, because Kommo and WhatsApp must know the same ones."""

from __future__ import annotations

import random
from dataclasses import dataclass

from clarin_web.demo.catalogue import CITIES, COMPANIES
from clarin_web.lib.text import name_key

SEED = "andina-norte-1"
FIRST = (
    "Ana", "Bruno", "Carla", "Diego", "Elena", "Fabio", "Gabriela", "Hugo", "Inés", "Jorge", "Karla", "Luis", "María",
    "Nicolás", "Olga", "Pablo", "Quino", "Rosa", "Sergio", "Teresa", "Ursula", "Víctor", "Wilmer", "Ximena", "Yolanda",
    "Andrés", "Beatriz", "César", "Daniela", "Edwin", "Flor", "Gonzalo", "Hilda", "Iván", "Jimena", "Kevin", "Lourdes",
    "Martín", "Noemí", "Óscar", "Patricia", "Renzo", "Silvia", "Tomás", "Vanessa", "Walter", "Yesenia", "Zoila",
)  # fmt: skip
LAST = (
    "Quispe", "Salas", "Torres", "Huamán", "Paredes", "Rojas", "Soto", "Medina", "Valdivia", "Cárdenas", "Núñez",
    "Ortega", "León", "Vega", "Ramos", "Ríos", "Arce", "Flores", "Luna", "Mamani", "Condori", "Chávez", "Gutiérrez",
    "Espinoza", "Ccopa", "Zegarra", "Benavides", "Palomino", "Yupanqui", "Aguirre", "Cáceres", "Delgado",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """`number` counts from 0."""

    number: int
    name: str
    phone: str
    email: str
    company: str
    city: str

    @property
    def first(self) -> str:
        return self.name.split()[0]

    @property
    def digits(self) -> str:
        return self.phone.lstrip("+")


def people(count: int) -> list[Person]:
    """The first `count` customers."""
    dice = random.Random(SEED)
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    dice.shuffle(names)
    phones = dice.sample(range(10_000_000, 99_999_999), count)
    return [_person(dice, at, names[at], phones[at]) for at in range(count)]


def _person(dice: random.Random, number: int, name: str, phone: int) -> Person:
    user = name_key(name).replace(" ", ".")
    return Person(
        number=number,
        name=name,
        phone=f"+519{phone}",
        email=f"{user}@{dice.choice(('gmail.com', 'hotmail.com', 'outlook.com'))}"
        if dice.random() < 0.6
        else "",
        company=dice.choice(COMPANIES) if dice.random() < 0.45 else "",
        city=dice.choices(CITIES, weights=(8, 3, 2, 2, 1, 1, 1, 1, 1, 1))[0],
    )
