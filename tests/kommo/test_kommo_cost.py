"""What an account costs in requests: at rest, after a bulk edit, and how late lists are while others import."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from clarin_web.db import release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.kommo import due_lists
from clarin_web.kommo.client import Client
from clarin_web.kommo.cursors import CROWD_LAG
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.sync import sync
from clarin_web.store import redis_connection
from tests.support.kommo_mirror import drift
from tests.support.kommo_visits import mirror_of

PROMISED = ("leads", "contacts", "tasks", "lead_notes", "contact_notes", "events", "unsorted")


class Time:
    """The clock of everything that decides when to ask; visits take no time of it."""

    def __init__(self, monkeypatch):
        self.now = datetime.now(UTC).timestamp()
        for name in ("due_lists", "sync"):
            monkeypatch.setattr(f"clarin_web.kommo.{name}.time", self)
        monkeypatch.setattr("clarin_web.kommo.reading.time", self)
        monkeypatch.setattr("clarin_web.kommo.references.datetime", self._dates())

    def time(self):
        return self.now

    def monotonic(self):
        return self.now

    def _dates(self):
        clock = self

        class At(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromtimestamp(clock.now, tz)

        return At


@pytest.fixture
def hours(monkeypatch):
    redis_connection().flushall()
    return Time(monkeypatch)


def polls(mirror, hours, minutes, *, every, is_watched=True):
    """Visits for so many minutes; answers the requests each minute cost."""
    mirror.server.seen.clear()
    for _ in range(minutes * 60 // every):
        hours.now += every
        mirror.poll(1.0, is_watched=is_watched)
    return len(mirror.server.seen) / minutes


@pytest.mark.parametrize(("every", "is_watched", "most"), [(15, True, 15), (60, False, 3)])
def test_an_account_at_rest_costs_little_also_after_a_bulk_edit(
    mirror, world, pipeline, hours, monkeypatch, every, is_watched, most
):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 20)
    leads = [world.add_lead(f"Curso {number}", pipeline) for number in range(130)]
    while mirror.visit():
        pass
    second = int(hours.now)
    for lead in leads:  # as an edit of a whole list leaves them: six pages and a half of one second
        world.rows["leads"][lead]["updated_at"] = second
    hours.now += 1
    while mirror.poll_all():  # it is read once; then nothing happens any more
        pass
    redis_connection().delete(due_lists._news_key(mirror.connection_id))
    hours.now += 5
    assert drift(mirror.account_id, world) == []
    cost = polls(mirror, hours, 12 if is_watched else 20, every=every, is_watched=is_watched)
    assert cost <= most, Counter(seen.path for seen in mirror.server.seen)
    changed = world.add_lead("Nuevo", pipeline)
    world.rows["leads"][changed]["updated_at"] = second + 1
    polls(mirror, hours, 2, every=every, is_watched=is_watched)
    assert drift(mirror.account_id, world) == []


def test_a_row_that_comes_late_into_a_crowded_second_is_met(mirror, world, pipeline, hours, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 20)
    second = int(hours.now)
    leads = [world.add_lead(f"Curso {number}", pipeline, updated_at=second) for number in range(50)]
    while mirror.visit():
        pass
    world.rows["leads"][leads[3]]["name"] = "Cambió en el mismo segundo"
    hours.now += CROWD_LAG + 5
    mirror.poll(1.0)
    assert drift(mirror.account_id, world) == []


class Paced(Limiter):
    """Each call takes a third of a second of the clock: the pace after a 429."""

    def __init__(self, hours):
        super().__init__(None, 100_000.0)
        self.hours = hours

    def wait(self):
        self.hours.now += 1 / 3
        return super().wait()


def turn(mirror, hours, *, last=1.0):
    """One visit of the worker that all share, while somebody always waits for it."""
    with (
        tenant(mirror.account_id),
        Client(mirror.server.url, mirror.server.token, Paced(hours)) as client,
    ):
        about = mirror.account_id, mirror.connection_id, client
        options = {"clock": hours.monotonic, "somebody_waits": lambda: True, "goes_on": True}
        return sync(*about, last_visit=last, **options)


def test_a_live_account_is_served_while_two_others_import(app, hours, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 5)
    with ExitStack() as servers:
        mirrors = []
        for place, size in enumerate((3, 90, 90)):
            world = World(seed=place)
            world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
            pipeline = world.add_pipeline("Ventas", ("Contactado",))
            for number in range(size):
                world.add_task("Llamar", "leads", world.add_lead(f"Lead {number}", pipeline))
            mirrors.append(mirror_of(servers.enter_context(KommoServer(world, faults=Faults(rate=100_000)))))
        live, *importing = mirrors
        while turn(live, hours):
            pass
        due_lists.note_news(live.connection_id)
        polled, lag, began = due_lists.polled_at(live.connection_id), Counter(), hours.now
        while importing:
            for mirror in (live, *importing):
                if not turn(mirror, hours) and mirror is not live:
                    importing.remove(mirror)
            for name, at in due_lists.polled_at(live.connection_id).items():
                lag[name] = max(lag[name], at - polled[name])
                polled[name] = at
        assert hours.now - began > 60, "the others took long enough to starve it"
        assert {name: round(lag[name]) for name in PROMISED if not 0 < lag[name] <= 60} == {}
        for mirror in mirrors:
            with tenant(mirror.account_id):
                assert drift(mirror.account_id, mirror.server.world) == []
    release()
