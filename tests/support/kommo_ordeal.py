"""One seed of the equality test: a Kommo in which anything happens, and the account that mirrors it, visit by visit.

Nothing is reset and nothing pressed. Time is the World's: the visits' processes have its clock, which is moved to when
the product's own schedule has the next visit (`is_due`: `retry_at` after a failure, a minute else, nobody looking).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from clarin_web import db
from clarin_web.contacts.queries import contacts_by_identity
from clarin_web.db import execute
from clarin_web.demo.kommo_server import KommoServer, World, step, truth
from clarin_web.demo.kommo_server.acts_rare import DATES
from clarin_web.demo.kommo_server.faults import SILENT, SURVIVABLE
from clarin_web.demo.kommo_server.mutations import ACTS, RARE
from clarin_web.kommo.cursors import DAY, NIGHT_BEGINS
from clarin_web.kommo.queries import find_connection, is_due, streams_of
from clarin_web.lib.phones import parse_phones
from clarin_web.models import Contact
from tests.support.kommo_judge import Judge
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import Mirror, begin_sweep
from tests.support.kommo_worker import Worker

STORM = 0.2
SPANS = {"skew": 7200.0, "stale": 30.0}
PATIENCE, HANG = 1.0, 1.5
MINUTE, HOUR = 60, 3600
CENSUS_MINUTES = 66  # the references of an unwatched account are read hourly; its census takes less
REFUSED = [
    rf"/api/v4/{name}[?].*"
    for name in ("leads", "contacts", "companies", "tasks", "events", "leads/notes", "leads/tags", "users")
]
MALFORMED = "html truncated short empty garbage no_embedded empty_page odd_rows".split()


class Ordeal:
    """`wrong_words`: what the page said and was not so, after any visit."""

    def __init__(self, seed: int, worker: Worker, server: KommoServer, mirror: Mirror) -> None:
        self.lot, self.seed, self.worker, self.server = random.Random(seed), seed, worker, server
        self.mirror, self.world, self.judge = mirror, server.world, Judge(server)
        self.done: Counter[str] = Counter()
        self.began, self.well, self.equal_after = time.monotonic(), 0, 0.0
        self.wrong_words: list[str] = []
        self._kill_at, self._how = 0, ""
        server.watchers.append(self._watch)

    def begin(self) -> None:
        """Every other seed without silent lies: there whatever is missing must be said."""
        silent = SILENT if self.seed // 10 % 2 else ()
        self.server.faults.turn(**knobs(self.lot))
        self.server.faults.storm(STORM, (*SURVIVABLE, *silent, "skew"), seed=self.seed, seconds=SPANS)
        self.server.faults.add("hang", after=self.lot.randrange(200), seconds=HANG)
        for kind in self.lot.sample(MALFORMED, 4):
            if kind in SURVIVABLE or silent:
                self.server.faults.add(kind, path=self.lot.choice(REFUSED), times=2)
        self.judge.look()

    def begin_round(self) -> None:
        """Things happen in Kommo, and a visit comes that may not live to its end."""
        for _ in range(self.lot.randrange(10)):
            self.done[step(self.world, (*ACTS, *RARE)).split()[0]] += 1
        if self.lot.random() < 0.2:
            self.server.faults.burst(self.lot.randrange(1, 8), retry_after=0.01)
        if self.lot.random() < 0.2:
            begin_sweep(self.mirror)  # as if its week were over
        if self.lot.random() < 0.2:
            self._refuse()
        self._wait(self.lot.choice((0, 0, 5 * MINUTE, 15 * MINUTE, HOUR)))
        self._how = self.lot.choice(("to its end", "at a request", "at a statement", "at a statement"))
        self._kill_at = self._count() + self.lot.randrange(1, 30) if self._how == "at a request" else 0
        self._begin_visit(
            page=10,
            patience=PATIENCE,
            slice=self.lot.choice((0.0, 20.0)),
            die_at=self.lot.randrange(1, 150) if self._how == "at a statement" else 0,
        )

    def end_round(self) -> None:
        is_whole = self.worker.end()
        self._kill_at = 0
        self.done["visits" if is_whole else f"killed {self._how}"] += 1
        self._judge()

    def heal(self) -> None:
        """Kommo is well: the visits that are due, until the mirror equals it; `equal_after` is how long it took."""
        self.server.faults.clear()
        self.well = self.world.now()
        missing = self._judge()
        for seconds in self._waits():
            if not missing:
                break
            self._wait(seconds)
            self._visit_to_the_end()
            missing = self._judge()
            self.equal_after = (self.world.now() - self.well) / MINUTE

    def wrong(self) -> list[str]:
        return [*self._missing(), *self.wrong_words, *lost_reach(self.mirror.account_id, self.world)]

    def told(self) -> str:
        """What this seed went through, in one line."""
        faults = Counter(
            one.kind if one.kind != "status" else str(one.status) for one in self.server.faults.log
        )
        kills = {name: count for name, count in self.done.items() if "killed" in name}
        acts = {name: count for name, count in self.done.items() if name in {**ACTS, **RARE}}
        compared = sum(len(rows) for rows in truth(self.world).values())
        parts = (
            f"seed {self.seed}: {self.done['visits']} whole visits, kill -9 {kills or 'never'}",
            f"{sum(faults.values())} faults {dict(sorted(faults.items()))}",
            f"{sum(acts.values())} changes {dict(sorted(acts.items()))}",
            f"{len(self.server.seen)} requests, {compared} entities compared",
            f"equal after {self.equal_after:.0f} minutes of the schedule",
            f"{time.monotonic() - self.began:.1f} s",
        )
        return "; ".join(parts)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.now(), UTC)

    def _waits(self) -> Iterator[int]:
        """Seconds until the next look: an hour of visits, the next night's, and a day after."""
        yield 0
        for _ in range(CENSUS_MINUTES // 2):
            yield 2 * MINUTE
        now = self.world.now()
        yield NIGHT_BEGINS + MINUTE + ((now - NIGHT_BEGINS) // DAY + 1) * DAY - now
        yield from (2 * MINUTE, 2 * MINUTE, DAY, 2 * MINUTE)

    def _wait(self, seconds: float) -> None:
        """So long at least, and until a visit is due."""
        self.judge.look()
        if seconds:
            self.world.move_clock(seconds)
        db.release()
        connection = find_connection(self.mirror.account_id, self.mirror.connection_id)
        while not is_due(connection, self.now(), somebody_looks=False):
            until = max(connection.retry_at or self.now(), self.now() + timedelta(seconds=MINUTE))
            self.world.move_clock((until - self.now()).total_seconds())
        db.release()
        self.judge.look()

    def _begin_visit(self, **order: Any) -> None:
        ahead = self.world.clock() - time.time()
        self.worker.begin(self.mirror.account_id, self.mirror.connection_id, ahead=ahead, **order)

    def _visit_to_the_end(self) -> None:
        self._begin_visit(page=250)
        assert self.worker.end()
        while self.worker.has_more:
            self._begin_visit(page=250, goes_on=True)
            assert self.worker.end()

    def _judge(self) -> list[str]:
        """What is missing now; what is said of it must be so."""
        self.judge.look()
        missing = self._missing()
        connection = find_connection(self.mirror.account_id, self.mirror.connection_id)
        streams = streams_of(self.mirror.account_id, self.mirror.connection_id)
        self.wrong_words += self.judge.untrue(connection, streams, missing, self.now())
        db.release()
        return missing

    def _missing(self) -> list[str]:
        db.release()
        return drift(self.mirror.account_id, self.world)

    def _refuse(self) -> None:
        """Kommo refuses for a while: a list, the token, the bill; or answers what is no answer."""
        status = self.lot.choice((401, 402, 403, 404))
        path = self.lot.choice(REFUSED) if status in (403, 404) else "/api/v4/.*"
        self.server.faults.add("status", path=path, status=status, times=self.lot.randrange(1, 6))

    def _count(self) -> int:
        return len(self.server.seen)

    def _watch(self, _seen: object) -> None:
        if self._kill_at and self._count() >= self._kill_at:
            self.worker.kill()


def lost_reach(account_id: int, world: World) -> list[str]:
    """Phones that contacts show in Kommo and are not on their pages here, or that lead to nobody who shows them."""
    rows = execute(
        select(Contact.kommo_id, Contact.id, Contact.reached).where(Contact.account_id == account_id)
    )
    here = {row.kommo_id: row for row in rows}
    shown: dict[str, set[int]] = {}
    for id_, facts in truth(world, ("contacts",))["contacts"].items():
        for text in facts["phones"] if facts.get("state") == "live" else ():
            for phone in parse_phones(text, "PE")[0]:
                shown.setdefault(phone.e164, set()).add(id_)
    held = contacts_by_identity(account_id, [("phone", phone) for phone in shown])
    lost = [
        f"{phone} of contact {id_} is not on its page"
        for phone, ids in shown.items()
        for id_ in ids
        if phone not in here[id_].reached
    ]
    return lost + [
        f"{phone} leads to nobody of {sorted(ids)}"
        for phone, ids in shown.items()
        if held.get(("phone", phone)) not in {here[id_].id for id_ in ids}
    ]


def populated(seed: int) -> World:
    """A small account. Every third seed counts each kind from one number on."""
    world = World(seed=seed, equal_ids=seed // 10 % 3 == 0)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    world.add_user("Bruno Díaz", "bruno@demo.test")
    for name in ("Ventas", "Postventa"):
        world.add_pipeline(name, ("Contactado", "Propuesta", "Negociación"))
    world.add_loss_reason("Precio")
    world.add_loss_reason("No contesta")
    for kind in ("leads", "contacts"):
        world.add_field(kind, "Canal", "select")
        for type_ in DATES:
            world.add_field(kind, f"Fecha {type_}", type_)
    for number in range(6):
        world.add_company(f"Empresa {number}")
    for _ in range(40):
        step(world, ("new_contact",))
        step(world, ("new_lead",))
    for _ in range(5):
        step(world, ("share_phone",))
    return world


def knobs(lot: random.Random) -> dict[str, Any]:
    """What no documentation settles, one way or the other."""
    return {
        "range_inclusive": lot.random() < 0.5,
        "default_order": lot.choice(("id_asc", "shuffle")),
        "events_order": lot.choice(("asc", "desc")),
        "loss_reason_shape": lot.choice(("array", "object")),
        "empty_values": lot.choice(("null", "list")),
        "string_ids": lot.random() < 0.3,
        "clock_skew": lot.choice((0.0, -3600.0, 3600.0)),
    }
