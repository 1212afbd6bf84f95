"""A long visit is in nobody's way: hints, leads and other accounts do not wait until it ends."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from clarin_web.db import execute
from clarin_web.jobs import enqueue
from clarin_web.kommo import between, jobs, sync
from clarin_web.kommo.webhooks import waiting
from clarin_web.models import Lead
from clarin_web.store import redis_connection
from tests.support.kommo_mirror import drift

PAGE = 250


@pytest.fixture
def leads(mirror, world, pipeline):
    """Three pages of them."""
    redis_connection().flushall()
    return [world.add_lead(f"Curso {number}", pipeline) for number in range(2 * PAGE + 50)]


@pytest.fixture
def tasks(world, leads):
    """Enough for several questions."""
    return [world.add_task("Llamar", "leads", lead) for lead in leads[: PAGE + 50]]


def asked(mirror):
    return [seen.path + ("?ids" if "filter%5Bid%5D" in seen.target else "") for seen in mirror.server.seen]


def title(kommo_id):
    return execute(select(Lead.title).where(Lead.kommo_id == kommo_id)).scalar()


def after_the_first_page(monkeypatch, happens):
    """`happens` when the first page of leads was stored."""
    stored, done = sync.store, []

    def store(run, listed, *args, **kwargs):
        changed = stored(run, listed, *args, **kwargs)
        if listed.name == "leads" and not done:
            done.append(happens())
        return changed

    monkeypatch.setattr(sync, "store", store)


def test_what_kommo_hints_at_during_an_import_is_there_before_it_ends(mirror, world, leads, monkeypatch):
    first, shown = leads[0], []

    def changed():
        world.change("leads", first, name="Pedido de Rosa")
        waiting.add(mirror.account_id, mirror.connection_id, [f"leads:{first}"])

    after_the_first_page(monkeypatch, changed)
    goes_on = sync._goes_on
    monkeypatch.setattr(sync, "_goes_on", lambda *about: (goes_on(*about), shown.append(title(first)))[0])
    mirror.visit()
    assert "/api/v4/leads?ids" in asked(mirror)
    assert "Pedido de Rosa" in shown[:-1], "while pages of the import were still to come"
    assert waiting.pending() == []
    assert drift(mirror.account_id, world) == []


def test_leads_are_polled_between_the_pages_of_a_long_history(mirror, tasks, monkeypatch):
    monkeypatch.setattr(between, "POLL_EVERY", 0.0)
    mirror.visit()
    order = asked(mirror)
    about_tasks = [place for place, path in enumerate(order) if path == "/api/v4/tasks"]
    assert len(about_tasks) > 2, "it takes several questions"
    assert "/api/v4/leads" in order[about_tasks[0] : about_tasks[-1]]


def test_leads_come_first_once_they_are_imported(mirror, leads):
    while mirror.visit():
        pass
    mirror.server.seen.clear()
    mirror.visit()
    assert asked(mirror)[0] == "/api/v4/leads"


def test_a_visit_steps_aside_for_others_and_goes_on_where_it_was(mirror, world, leads, monkeypatch):
    monkeypatch.setattr(between, "TURN", -1.0)
    visits = 1
    mirror.visit(somebody_waits=lambda: True)
    while mirror.poll(1.0, somebody_waits=lambda: True, goes_on=True):
        visits += 1
        assert visits < 50
    assert visits > 2
    assert drift(mirror.account_id, world) == []


def test_a_worker_that_is_to_stop_stores_what_it_asked_for_and_no_more(mirror, world, pipeline, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.client.LIMIT", 10)
    monkeypatch.setattr(between, "LOOK_EVERY", -1.0)
    for number in range(60):
        world.add_lead(f"Curso {number}", pipeline, created_at=1_700_000_000 + 5 * number)
    monkeypatch.setattr("clarin_web.jobs._stopping", stopping := threading.Event())
    before = []

    def stop():
        before.extend(asked(mirror))
        stopping.set()

    after_the_first_page(monkeypatch, stop)
    assert mirror.visit(), "there is more, for the next worker"
    assert set(asked(mirror)[len(before) :]) <= {"/api/v4/leads"}
    assert len(asked(mirror)) - len(before) <= 2, "pages that were begun already"
    came = execute(select(func.count(Lead.id))).scalar_one()
    assert 10 <= came <= 30
    stopping.clear()
    while mirror.visit():
        pass
    assert drift(mirror.account_id, world) == []


def test_only_other_connections_count_as_somebody(own_world):
    redis_connection().flushall()
    function = "clarin_web.kommo.jobs.sync_connection"
    assert not jobs.somebody_waits(7)
    enqueue("kommo", function, 1, 7, once="kommo-7")
    enqueue("kommo-hints", function, 1, 7, once="kommo-hints-7")
    assert not jobs.somebody_waits(7), "its own work it does itself"
    assert jobs.somebody_waits(77)
    enqueue("kommo-hints", function, 2, 77, once="kommo-hints-77")
    assert jobs.somebody_waits(7)
    redis_connection().flushall()


def test_a_visit_that_goes_on_needs_no_rest(hooked, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.jobs.JUST_NOW", jobs.timedelta(hours=1))
    hooked.server.seen.clear()
    jobs.sync_connection(hooked.account_id, hooked.connection.id)
    assert hooked.server.seen == [], "what piled up does nothing"
    redis_connection().flushall()
    jobs.sync_connection(hooked.account_id, hooked.connection.id, True)
    assert hooked.server.seen
    assert hooked.connection.last_attempt_at <= datetime.now(UTC)
