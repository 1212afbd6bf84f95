"""Whatever happens in Kommo and on the way, the mirror ends equal to it: many random seeds."""

import os
import random

import pytest
from sqlalchemy import event

from clarin_web import db
from clarin_web.db import tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World, step
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import mirror_of, settle

SEEDS = range(int(os.environ.get("KOMMO_SEEDS", "3")))  # many more by hand


class Interrupted(Exception):
    """A process that stops between two statements."""


class Interruptions:
    """Raises before a statement of the database now and then."""

    def __init__(self, lot, probability):
        self.lot, self.probability, self.happened = lot, probability, 0

    def __enter__(self):
        event.listen(db.engine(), "before_cursor_execute", self._perhaps)
        return self

    def __exit__(self, *_):
        event.remove(db.engine(), "before_cursor_execute", self._perhaps)

    def _perhaps(self, _connection, _cursor, statement, *_):
        if "set_config" not in statement and self.lot.random() < self.probability:
            self.happened += 1
            raise Interrupted


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


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_mix_of_changes_faults_and_interruptions_the_mirror_equals_kommo(app, seed, monkeypatch):
    lot, world = random.Random(seed), populated(seed)
    with KommoServer(world, faults=Faults(rate=100_000)) as server:
        mirror = mirror_of(server)
        with tenant(mirror.account_id):
            server.faults.turn(**knobs(lot))
            server.faults.storm(0.15, seed=seed)
            interrupted = 0
            for _ in range(12):
                for _ in range(lot.randrange(8)):
                    step(world)
                with Interruptions(lot, 0.01) as interruptions:
                    try:
                        mirror.visit(budget=lot.choice((-1, 30)))
                    except Interrupted:
                        db.release()
                interrupted += interruptions.happened
            server.faults.clear()
            settle(mirror, monkeypatch)
            assert drift(mirror.account_id, world) == []
            assert server.faults.log
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
