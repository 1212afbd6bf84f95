"""A World of any size in little memory: rows are computed from their ids, only changed ones are kept.

with KommoServer(generated(leads=200_000, contacts=200_000, seed=1), faults=Faults(rate=10**6)) as kommo: …
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from clarin_web.demo.kommo_server.core import LOST, WON
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

FIRST = ("Lucía", "Mateo", "Valentina", "Thiago", "Camila", "José", "Renata", "Andrés", "Marisol", "Íñigo")
LAST = ("Quispe", "Fernández", "Ramos", "Huamán", "Castro", "Núñez", "Paredes", "Rojas", "Salazar", "Vega")
WHAT = ("Curso intensivo", "Matrícula 2027", "Plan anual", "Taller de verano", "Asesoría", "Paquete empresa")
TAGS = ("vip", "feria", "web", "recomendado", "urgente")
STARTS = {"leads": 1_000_001, "contacts": 500_000_001, "companies": 900_000_001, "tasks": 1, "notes": 1}
DAY = 86400


class Numbers:
    """Rows of one kind. `row` and `stamp` agree, and both are pure functions of the id."""

    def __init__(self, big: Big, kind: str, count: int, same_second: int = 0) -> None:
        self._big, self._same = big, same_second
        self._make: Callable[[int, int], Row] = getattr(big, kind)
        self._back: Callable[[str, Any], Iterable[int]] = getattr(big, f"back_{kind}", _nobody)
        start = STARTS[kind]
        self.ids = range(start, start + count)

    def row(self, id_: int) -> Row:
        place = id_ - self.ids.start
        created = self._created(place)
        stamps = {"created_at": created, "updated_at": self._updated(place, created)}
        return {"id": id_, **stamps, "is_deleted": False, **self._make(id_, place)}

    def stamp(self, id_: int, field: str) -> int:
        place = id_ - self.ids.start
        if field == "updated_at":
            return self._updated(place, self._created(place))
        return self._created(place) if field == "created_at" else 0

    def _created(self, place: int) -> int:
        return self._big.start + place * self._big.span // len(self.ids)

    def _updated(self, place: int, created: int) -> int:
        if place < self._same:
            return self._big.now - DAY
        return created + mixed(place, self._big.seed) % (self._big.now - created)

    def back(self, name: str, target: Hashable) -> Iterable[int]:
        return [id_ for id_ in self._back(name, target) if id_ in self.ids]


class Big:
    """What the rows of one generated World have in common."""

    def __init__(self, world: World, counts: dict[str, int], seed: int) -> None:
        self.world, self.counts, self.seed = world, counts, seed
        self.now = world.now()
        self.start = self.now - 730 * DAY
        self.span = 729 * DAY
        self.users = [world.add_user(f"Vendedor {n}", f"v{n}@demo.test", admin=n == 0) for n in range(5)]
        self.reasons = [world.add_loss_reason(name) for name in ("Precio", "No responde")]
        names = (
            ("Ventas", ("Contactado", "Propuesta", "Negociación")),
            ("Postventa", ("Por renovar", "Hablado")),
        )
        pipelines = [world.add_pipeline(name, stages) for name, stages in names]
        self.places = [(p, stage) for p in pipelines for stage in (*world.stage_ids(p), LOST)]
        self.tags = {kind: world._tags(kind, TAGS) for kind in ("leads", "contacts", "companies")}
        self.channel = world.add_field("leads", "Canal", "select", enums=("Web", "Feria"))
        self.score = world.add_field("leads", "Puntaje", "numeric")

    def leads(self, id_: int, place: int) -> Row:
        lot = mixed(place, self.seed + 1)
        pipeline, stage = self.places[lot % len(self.places)]
        closed = stage in (WON, LOST)
        option = self.world.rows["fields"][self.channel]["enums"][lot % 2]
        channel = {"value": option["value"], "enum_id": option["id"], "enum_code": None}
        contacts = self.counts["contacts"]
        return {
            "name": f"{WHAT[lot % 6]} {place}",
            "price": lot % 5000,
            "pipeline_id": pipeline,
            "status_id": stage,
            "contact_ids": [STARTS["contacts"] + place % contacts] if contacts else [],
            "responsible_user_id": self.users[lot % 5],
            "tags": self._some("leads", lot),
            "loss_reason_id": self.reasons[lot % 2] if stage == LOST else None,
            "closed_at": self.start + lot % self.span if closed else None,
            "fields": {self.channel: [channel], self.score: [{"value": str(lot % 100)}]},
        }

    def contacts(self, id_: int, place: int) -> Row:
        lot, companies = mixed(place, self.seed + 2), self.counts["companies"]
        company = STARTS["companies"] + place // 7 % companies if companies and place % 7 == 0 else None
        return {
            "name": f"{FIRST[lot % 10]} {LAST[lot // 10 % 10]}",
            "phones": [] if place % 50 == 49 else [f"+51 9{place:08}"],
            "emails": [f"p{place}@demo.test"] if place % 3 == 0 else [],
            "company_id": company,
            "responsible_user_id": self.users[lot % 5],
            "tags": self._some("contacts", lot),
        }

    def companies(self, id_: int, place: int) -> Row:
        lot = mixed(place, self.seed + 3)
        named = {"name": f"Empresa {place} SAC", "phones": [f"+51 1 {place:07}"], "emails": []}
        return {**named, "responsible_user_id": self.users[lot % 5], "tags": self._some("companies", lot)}

    def tasks(self, id_: int, place: int) -> Row:
        about = {"text": f"Llamar {place}", "entity_type": "leads", "entity_id": self._lead(place)}
        due = {"complete_till": self.now + place % 1000 * 600, "duration": 0, "is_completed": place % 2 == 0}
        return {**about, **due, "task_type_id": 1, "responsible_user_id": self.users[place % 5], "result": []}

    def notes(self, id_: int, place: int) -> Row:
        call = {"uniq": f"u{place}", "duration": 60, "source": "Twilio", "link": "", "phone": "+51999111222"}
        kind = ("common", "call_in", "call_out")[place % 3]
        params = {"text": f"Nota {place}"} if kind == "common" else call
        about = {"entity_type": "leads", "entity_id": self._lead(place), "note_type": kind, "params": params}
        return {**about, "responsible_user_id": self.users[place % 5]}

    def back_leads(self, name: str, target: int) -> Iterable[int]:
        """Leads of a contact: every `contacts`-th one."""
        first = STARTS["leads"] + target - STARTS["contacts"]
        step, end = self.counts["contacts"], STARTS["leads"] + self.counts["leads"]
        return range(first, end, step) if name == "contacts" and step else ()

    def back_contacts(self, name: str, target: int) -> Iterable[int]:
        place, step = target - STARTS["companies"], self.counts["companies"]
        places = range(place * 7, self.counts["contacts"], 7 * step) if step and place >= 0 else ()
        return [STARTS["contacts"] + at for at in places]

    def back_tasks(self, name: str, target: tuple[str, int]) -> Iterable[int]:
        return self._about_lead(target, self.counts["tasks"])

    def back_notes(self, name: str, target: Any) -> Iterable[int]:
        if name == "kind":
            return range(1, 1 + self.counts["notes"]) if target == "leads" else ()
        return self._about_lead(target, self.counts["notes"])

    def _about_lead(self, target: tuple[str, int], count: int) -> Iterable[int]:
        place = target[1] - STARTS["leads"]
        ours = target[0] == "leads" and 0 <= place < self.counts["leads"]
        return range(1 + place, 1 + count, self.counts["leads"]) if ours else ()

    def _lead(self, place: int) -> int:
        return STARTS["leads"] + place % max(1, self.counts["leads"])

    def _some(self, kind: str, lot: int) -> list[int]:
        tags = self.tags[kind]
        return tags[lot % 5 : lot % 5 + lot // 5 % 3]


def generated(
    leads: int = 1000,
    contacts: int = 1000,
    companies: int = 0,
    tasks: int = 0,
    notes: int = 0,
    *,
    seed: int = 0,
    same_second: int = 0,
    clock: Callable[[], float] = time.time,
) -> World:
    """A World of these sizes. `same_second` leads and contacts share one updated_at, as after a mass edit."""
    world = World(seed, clock)
    counts = {"leads": leads, "contacts": contacts, "companies": companies, "tasks": tasks, "notes": notes}
    big = Big(world, counts, seed)
    for kind, count in counts.items():
        same = same_second if kind in ("leads", "contacts") else 0
        numbers = Numbers(big, kind, count, same)
        world.rows[kind].maker = numbers
        world._next[kind] = numbers.ids.stop
    return world


def mixed(place: int, seed: int) -> int:
    """A number that looks drawn by lot, always the same for the same two."""
    value = (place * 0x9E3779B1 + seed * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ value >> 15) * 0x2C1B3C6D) & 0xFFFFFFFF
    return value ^ value >> 13


def _nobody(name: str, target: Any) -> Iterable[int]:
    return ()
