"""Pages are read while others are stored: in order, two ahead at most, and nothing that was stored is lost."""

import os
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from sqlalchemy import func, select

from clarin_web import announcing, db, events
from clarin_web.db import execute, transaction
from clarin_web.events import KommoProgressed
from clarin_web.kommo.ahead import read_ahead
from clarin_web.kommo.cursors import Cursor, Step
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.storing.prepared import Taken
from clarin_web.local.home import ROOT
from clarin_web.models import Lead
from tests.support.kommo_mirror import drift

FAR = 1e12


class Shelf:
    """Pages by number; `reading` is set while one is being read, `read` counts those that were."""

    def __init__(self, count, broken=None):
        self.count, self.broken, self.read = count, broken, []
        self.was_read = threading.Condition()

    def pages(self, until=FAR, clock=lambda: 0.0):
        look = lambda step, cursor: Taken(step, cursor, None, Oddities())  # noqa: E731
        return closing(read_ahead(self.take, look, Cursor(), until, clock))

    def take(self, cursor):
        with self.was_read:
            self.read.append(cursor.page)
            self.was_read.notify_all()
        if cursor.page == self.broken:
            raise ConnectionError(f"page {cursor.page}")
        after = cursor.change(page=cursor.page + 1)
        is_last = cursor.page == self.count
        return Step([{"id": cursor.page}], None if is_last else after, 0)

    def wait_for(self, count):
        with self.was_read:
            assert self.was_read.wait_for(lambda: len(self.read) >= count, 30)


def id_of(taken):
    return taken.step.rows[0]["id"]


def test_pages_come_in_order_and_the_last_one_ends_it():
    with Shelf(5).pages() as pages:
        found = list(pages)
    assert [id_of(taken) for taken in found] == [1, 2, 3, 4, 5]
    assert [taken.is_last for taken in found] == [False] * 4 + [True]
    assert [taken.cursor.is_busy for taken in found] == [True] * 4 + [False]


def test_a_poll_of_one_page_starts_no_thread():
    before = threading.active_count()
    with Shelf(1).pages() as pages:
        assert next(pages).is_last
        assert threading.active_count() == before


def test_two_pages_are_begun_before_the_one_that_is_stored_and_no_more():
    shelf = Shelf(9)
    with shelf.pages() as pages:
        for number in range(1, 8):
            assert id_of(next(pages)) == number
            shelf.wait_for(number + 2)
            assert shelf.read == list(range(1, number + 3))


def test_a_page_that_cannot_be_read_fails_after_all_before_it_were_given_out():
    stored = []
    with Shelf(5, broken=3).pages() as pages, pytest.raises(ConnectionError, match="page 3"):
        for taken in pages:
            stored.append(id_of(taken))
    assert stored == [1, 2]


def test_no_page_is_begun_when_the_time_is_up_and_all_that_were_are_given_out():
    shelf, now, stored = Shelf(99), [0.0], []
    with shelf.pages(5.0, lambda: now[0]) as pages:
        for taken in pages:
            stored.append(id_of(taken))
            now[0] += 2
    assert stored == shelf.read
    assert 3 <= len(stored) <= 6


def test_whoever_leaves_early_drops_the_pages_under_way_and_their_failures():
    shelf, before = Shelf(5, broken=2), threading.active_count()
    with shelf.pages() as pages:
        next(pages)
    assert shelf.read == [1, 2]
    assert threading.active_count() == before


@pytest.fixture
def small(monkeypatch, world, pipeline):
    """Fifty leads on pages of ten."""
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    for number in range(50):
        world.add_lead(f"Lead {number}", pipeline, created_at=1_700_000_000 + number)


def count():
    return execute(select(func.count(Lead.id))).scalar_one()


def test_a_failure_while_reading_ahead_loses_no_page_before_it(mirror, world, small):
    mirror.server.faults.add("truncated", r"/leads\?.*from%5D=1700000016")
    mirror.visit()
    assert count() == 18  # pages share the rows of a second
    assert streams_of(mirror.account_id, mirror.connection_id)["leads"].error == "truncated"
    mirror.visit()
    leads = streams_of(mirror.account_id, mirror.connection_id)["leads"]
    assert leads.rows_done == leads.rows_total == count() == 50, (
        "rows that are here, however often they were given"
    )
    assert drift(mirror.account_id, world) == []


def test_a_pause_between_pages_is_obeyed_whatever_was_read_ahead(mirror, small):
    before = announcing._subscriptions

    def pause(_fact):
        if count() and find_connection(mirror.account_id, mirror.connection_id).state != "paused":
            with transaction():
                find_connection(mirror.account_id, mirror.connection_id).state = "paused"

    events.subscribe({KommoProgressed: [pause]})
    try:
        assert mirror.visit() is False
    finally:
        events.subscribe(before)
    assert count() == 10
    mirror.visit()
    assert count() == 50


VISIT = """
import sys
from clarin_web.db import tenant
from clarin_web.kommo import client, sync
from clarin_web.kommo.limiter import Limiter
client.LIMIT = 10
account_id, connection_id, url, token = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
stored = sync.store
def told(run, listed, taken, **options):
    changed = stored(run, listed, taken, **options)
    if listed.name == "leads":
        print("page", flush=True)
    return changed
sync.store = told
with tenant(account_id), client.Client(url, token, Limiter(None, 100_000.0)) as kommo:
    sync.sync(account_id, connection_id, kommo)
"""


def test_a_worker_killed_between_pages_is_followed_by_one_that_loses_nothing(mirror, world, small):
    """A real process and a real kill -9, while a page is read ahead."""
    mirror.server.faults.add("hang", r"/leads\?.*from%5D=1700000024", seconds=2)
    where = [str(mirror.account_id), str(mirror.connection_id), mirror.server.url, mirror.server.token]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", VISIT, *where], env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert [worker.stdout.readline() for _ in range(3)] == ["page\n"] * 3
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()
    db.release()
    assert 0 < count() < 50
    while mirror.visit():
        pass
    assert count() == 50
    assert drift(mirror.account_id, world) == []
