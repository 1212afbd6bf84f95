"""Whatever happens in Kommo, on the way and to the worker, the mirror ends equal to it: many random seeds.

Visits run in processes of their own; most of them are killed -9, at a random request or right before a random
statement of the database. `KOMMO_SEEDS=200 pytest -s` for many more, with what each seed went through.
"""

import os
import random
import time
from collections import Counter
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import select

from clarin_web import db
from clarin_web.db import execute, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World, step, truth
from clarin_web.demo.kommo_server.acts_rare import DATES
from clarin_web.demo.kommo_server.faults import SILENT, SURVIVABLE
from clarin_web.demo.kommo_server.mutations import ACTS, RARE
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.storing.absorbed import SAME_MOMENT
from clarin_web.kommo.streams import LISTS
from clarin_web.models import Contact, ContactMerge
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import begin_sweep, mirror_of, settle
from tests.support.kommo_worker import Worker

SEEDS = range(int(os.environ.get("KOMMO_SEEDS", "3")))
ROUNDS = 12
SPANS = {"skew": 7200.0, "stale": 30.0}
PATIENCE, HANG = 1.0, 1.5
REFUSED = [
    rf"/api/v4/{name}[?].*"
    for name in ("leads", "contacts", "companies", "tasks", "events", "leads/notes", "leads/tags", "users")
]


class Ordeal:
    """One seed: a Kommo in which anything happens, the account that mirrors it, and the log of what was done to them."""

    def __init__(self, seed, worker, server, mirror):
        self.lot, self.seed, self.worker, self.server = random.Random(seed), seed, worker, server
        self.mirror, self.world = mirror, server.world
        self.done, self.began = Counter(), time.monotonic()
        self._kill_at = 0
        self.wrong_words = []
        server.watchers.append(self._watch)

    def begin(self):
        kinds = (*SURVIVABLE, *SILENT, "skew")
        self.server.faults.turn(**knobs(self.lot))
        self.server.faults.storm(0.12, kinds, seed=self.seed, seconds=SPANS)
        self.server.faults.add("hang", after=self.lot.randrange(200), seconds=HANG)

    def round(self):
        """Things happen in Kommo, and a visit comes that may not live to its end."""
        for _ in range(self.lot.randrange(10)):
            self.done[step(self.world, (*ACTS, *RARE)).split()[0]] += 1
        if self.lot.random() < 0.2:
            self.server.faults.burst(self.lot.randrange(1, 8), retry_after=0.01)
        if self.lot.random() < 0.2:
            begin_sweep(self.mirror)
        if self.lot.random() < 0.2:
            self._refuse()
        self._ready()
        how = self.lot.choice(("to its end", "at a request", "at a statement", "at a statement"))
        self._kill_at = self._count() + self.lot.randrange(1, 30) if how == "at a request" else 0
        is_whole = self.worker.visit(
            self.mirror.account_id,
            self.mirror.connection_id,
            page=10,
            patience=PATIENCE,
            slice=self.lot.choice((0.0, 20.0)),
            is_deep=self.lot.random() < 0.3,
            share=1,
            die_at=self.lot.randrange(1, 150) if how == "at a statement" else 0,
        )
        self._kill_at = 0
        self.wrong_words += untrue(self)
        self.done["visits" if is_whole else f"killed {how}"] += 1

    def end(self, monkeypatch):
        """Kommo is well: what a few minutes of visits bring, nobody pressing anything, equals it."""
        self.server.faults.clear()
        settle(self.mirror, monkeypatch)
        wrong, merged = wrong_merges(self.mirror.account_id, self.world)
        found = [*drift(self.mirror.account_id, self.world), *wrong, *self.wrong_words]
        compared = sum(len(rows) for rows in truth(self.world).values())
        told = f"{self.told(compared)}; {merged} contacts joined"
        print(f"\n{told}")
        assert not found, "\n".join([told, *found])

    def _refuse(self):
        """Kommo refuses for a while: a list, the token, the bill; or answers what is no answer."""
        status = self.lot.choice((401, 402, 403, 404))
        path = self.lot.choice(REFUSED) if status in (403, 404) else "/api/v4/.*"
        self.server.faults.add("status", path=path, status=status, times=self.lot.randrange(1, 6))

    def told(self, compared):
        """What this seed went through, in one line."""
        faults = Counter(
            one.kind if one.kind != "status" else str(one.status) for one in self.server.faults.log
        )
        kills = {name: count for name, count in self.done.items() if "killed" in name}
        acts = {name: count for name, count in self.done.items() if name in {**ACTS, **RARE}}
        parts = (
            f"seed {self.seed}: {self.done['visits']} whole visits, kill -9 {kills or 'never'}",
            f"{sum(faults.values())} faults {dict(sorted(faults.items()))}",
            f"{sum(acts.values())} changes {dict(sorted(acts.items()))}",
            f"{len(self.server.seen)} requests, {compared} entities compared",
            f"{time.monotonic() - self.began:.1f} s",
        )
        return "; ".join(parts)

    def _ready(self):
        """The next try is now, however the last ended; a person has answered what was asked."""
        from clarin_web.kommo.queries import find_connection

        db.release()
        with db.transaction():
            connection = find_connection(self.mirror.account_id, self.mirror.connection_id)
            connection.retry_at, connection.state = None, "backfilling"
        db.release()

    def _count(self):
        return len(self.server.seen)

    def _watch(self, _seen):
        if self._kill_at and self._count() >= self._kill_at:
            self.worker.kill()


def populated(seed):
    world = World(seed=seed)
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
    return world


def knobs(lot):
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


def untrue(ordeal):
    """What the page says of its lists against what was answered: none is said to be read that Kommo did not give."""
    db.release()
    streams = streams_of(ordeal.mirror.account_id, ordeal.mirror.connection_id)
    given = Counter(seen.path for seen in ordeal.server.seen if seen.status in (200, 204))
    found = []
    for listed in LISTS:
        stream, path = (
            streams.get(listed.name),
            f"/api/v4/{f'{listed.entity}/' if listed.entity else ''}{listed.kind}",
        )
        if stream is not None and stream.last_success_at and not given[path]:
            found.append(f"{listed.name} is said to be read, and {path} was never given")
    db.release()
    return found


def wrong_merges(account_id, world):
    """Contacts that became part of somebody here who is not who absorbed them there.

    One that was deleted in the same moment as another was merged looks just like the one that was taken in.
    """
    people = truth(world, ("contacts",))["contacts"]
    ids = dict(execute(select(Contact.id, Contact.kommo_id).where(Contact.account_id == account_id)).all())
    merges = execute(
        select(ContactMerge.winner_id, ContactMerge.loser_id).where(ContactMerge.undone_at.is_(None))
    ).all()
    found = []
    for winner, loser in merges:
        into = people.get(ids[loser], {}).get("into")
        if into != ids[winner] and not looks_merged(world, ids[loser], ids[winner]):
            found.append(f"contact {ids[loser]} became {ids[winner]} here and {into} there")
    return found, len(merges)


def looks_merged(world, loser, winner):
    """Whether what Kommo told of both cannot be told apart from a merge."""
    told = [
        (row["type"], row["entity_id"], row["created_at"])
        for row in world.rows["events"].values()
        if row["entity_id"] in (loser, winner)
    ]
    gone = [at for type_, id_, at in told if (type_, id_) == ("contact_deleted", loser)]
    merged = [at for type_, id_, at in told if (type_, id_) == ("entity_merged", winner)]
    return any(abs(one - other) <= SAME_MOMENT.total_seconds() for one in gone for other in merged)


@pytest.fixture(scope="module")
def worker(app, tmp_path_factory):
    with Worker(tmp_path_factory.mktemp("kommo") / "worker.log") as made:
        yield made


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_mix_of_changes_faults_and_kills_the_mirror_equals_kommo(worker, seed, monkeypatch):
    """Every tenth seed of the long form three accounts at once, by turns."""
    with ExitStack() as stack:
        accounts = 3 if seed % 10 == 9 else 1
        ordeals = [stack.enter_context(ordeal_of(seed * 10 + number, worker)) for number in range(accounts)]
        for _ in range(ROUNDS):
            for ordeal in ordeals:
                with tenant(ordeal.mirror.account_id):
                    ordeal.round()
                db.release()
        for ordeal in ordeals:
            with tenant(ordeal.mirror.account_id):
                ordeal.end(monkeypatch)
            db.release()


@contextmanager
def ordeal_of(seed, worker):
    world = populated(seed)
    with KommoServer(world, faults=Faults(rate=100_000, block_after=10**6)) as server:
        ordeal = Ordeal(seed, worker, server, mirror_of(server))
        ordeal.begin()
        yield ordeal
        db.release()


def test_the_comparison_sees_what_differs(app, monkeypatch):
    world = populated(9)
    for _ in range(30):
        step(world)
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        mirror = mirror_of(server)
        with tenant(mirror.account_id):
            settle(mirror, monkeypatch)
            assert drift(mirror.account_id, world) == []
            changed = lambda: {sentence.split()[0] for sentence in drift(mirror.account_id, world)}  # noqa: E731
            world.set_price(next(iter(world.rows["leads"])), 987_654)
            world.add_task("Llamar")
            world.rename_loss_reason(next(iter(world.rows["loss_reasons"])), "Otro precio")
            assert {"leads", "tasks", "loss_reasons"} <= changed()
        db.release()
