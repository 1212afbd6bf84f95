"""After a refusal or a loss a connection comes back by itself, on a time that its page tells."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from clarin_web.db import execute, transaction
from clarin_web.kommo import jobs
from clarin_web.kommo.connection_state import read_state
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import find_connection, is_due, progress_of, streams_of
from clarin_web.models import FactRow, KommoRecord, LeadNote, LostReason
from clarin_web.store import redis_connection


def connection_of(mirror):
    return find_connection(mirror.account_id, mirror.connection_id)


def state_of(mirror):
    streams = streams_of(mirror.account_id, mirror.connection_id)
    return read_state(connection_of(mirror), streams.values(), datetime.now(UTC))


def waits(mirror):
    """Seconds until the next try; then it is time."""
    connection = connection_of(mirror)
    seconds = round((connection.retry_at - datetime.now(UTC)).total_seconds())
    now = datetime.now(UTC)
    assert not is_due(connection, now, somebody_looks=True)
    assert is_due(connection, connection.retry_at + timedelta(seconds=1), somebody_looks=False)
    with transaction():
        connection_of(mirror).retry_at = now - timedelta(seconds=1)
    return seconds


@pytest.mark.parametrize(
    ("status", "code", "schedule"),
    [
        (401, "token_refused", [300, 900, 3600, 3600]),
        (402, "payment_required", [3600, 3600, 3600]),
        (429, "rate_limited", [10, 10, 10, 10, 10]),
    ],
)
def test_a_refusal_is_tried_again_by_itself_and_heals(mirror, world, pipeline, status, code, schedule):
    mirror.visit()
    mirror.server.faults.add("status", status=status, times=len(schedule))
    seen = []
    for _ in schedule:
        mirror.poll(None)
        connection = connection_of(mirror)
        assert (connection.error, state_of(mirror).is_up_to_date) == (code, False)
        seen.append(waits(mirror))
    assert seen == pytest.approx(schedule, abs=2)
    world.add_lead("Curso", pipeline)
    mirror.poll(None)
    assert (connection_of(mirror).error, state_of(mirror).name) == ("", "live")


def test_a_dead_token_is_tried_daily_in_the_end(mirror):
    mirror.server.faults.add("status", status=401, times=99)
    with transaction():
        connection = connection_of(mirror)
        connection.state, connection.error, connection.failures = "refused", "token_refused", 60
    mirror.poll(1.0)
    assert waits(mirror) == pytest.approx(86_400, abs=2)


def test_lists_that_are_refused_at_first_are_no_news_when_they_come(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    for number in range(3):
        note = world.add_note("leads", lead, text=f"Hola {number}")
        world.rows["notes"][note]["created_at"] = 1_700_000_000 + number
    mirror.server.faults.add("status", r"/leads/notes\?", status=403, times=99)
    mirror.server.faults.add("garbage", r"/tasks\?", times=99)
    mirror.visit()
    state, streams = state_of(mirror), streams_of(mirror.account_id, mirror.connection_id)
    assert (state.unread, state.is_up_to_date) == (("tasks", "lead_notes"), False)
    assert streams["census"].last_success_at is None, "nothing is complete that was never read"
    assert streams["lead_notes"].phase == "backfill"
    mirror.server.faults.pending.clear()
    with transaction():
        for stream in streams_of(mirror.account_id, mirror.connection_id).values():
            stream.retry_at = None
    mirror.poll(1.0)
    told = select(FactRow.at).where(FactRow.kind == "LeadNoted")
    assert [at.timestamp() for at in execute(told.order_by(FactRow.at)).scalars()] == [
        1_700_000_000, 1_700_000_001, 1_700_000_002
    ]  # fmt: skip
    assert execute(select(func.count(LeadNote.id))).scalar_one() == 3
    assert (
        state_of(mirror).name,
        progress_of(streams_of(mirror.account_id, mirror.connection_id)).is_finished,
    ) == (
        "live",
        True,
    )


def test_a_visit_whose_worker_was_killed_is_said_by_the_next(mirror, monkeypatch):
    free = Limiter(None, 100_000.0, sleep=lambda _: None)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr("clarin_web.kommo.jobs.JUST_NOW", timedelta(seconds=-1))
    mirror.visit()
    mark = f"kommo:visit:{mirror.connection_id}"
    said = []
    monkeypatch.setattr(jobs, "_visit", lambda *_, **__: said.append(connection_of(mirror).error))
    for _ in range(3):
        redis_connection().set(mark, "1")  # as a killed worker leaves it
        jobs.sync_connection(mirror.account_id, mirror.connection_id)
    connection = connection_of(mirror)
    assert said == ["killed"] * 3
    assert (connection.state, connection.retry_at is not None) == ("unreachable", True)
    assert not redis_connection().exists(mark)


def test_an_account_that_is_gone_names_every_list(mirror):
    mirror.visit()
    mirror.server.faults.add("status", status=404, times=999)
    mirror.poll(None)
    state = state_of(mirror)
    assert (state.is_up_to_date, "leads" in state.unread, "contacts" in state.unread) == (False, True, True)
    assert (
        execute(select(func.count(KommoRecord.id)).where(KommoRecord.gone_at.is_not(None))).scalar_one() == 0
    )


def test_nothing_of_a_list_that_was_counted_is_not_believed_at_once(mirror, world, pipeline):
    lead = world.add_lead("Curso", pipeline)
    world.add_note("leads", lead, text="Hola")
    mirror.server.faults.add("no_embedded", r"/leads/notes\?.*from", times=1)
    mirror.visit()
    assert state_of(mirror).unread == ("lead_notes",)
    mirror.visit()
    assert (state_of(mirror).name, execute(select(func.count(LeadNote.id))).scalar_one()) == ("live", 1)


@pytest.mark.parametrize(("path", "name"), [("/companies/tags", "tags"), ("/leads/custom_fields", "fields")])
def test_names_that_are_refused_are_told_and_asked_again_in_time(mirror, world, pipeline, path, name):
    """The other kinds of the same list count; the pipelines, which are fresh, decide nothing about it."""
    lead = world.add_lead("Curso", pipeline)
    world.tag("leads", lead, "vip")
    world.add_field("contacts", "Origen", "text")
    mirror.server.faults.add("status", path, status=403, times=2)
    mirror.visit()
    mirror.poll(1.0)
    stream = streams_of(mirror.account_id, mirror.connection_id)[name]
    assert (state_of(mirror).unread, stream.error, stream.failures) == ((name,), "no_rights", 1)
    kept = select(func.count(KommoRecord.id)).where(KommoRecord.kind == name)
    assert execute(kept).scalar_one() >= 1
    with transaction():
        streams_of(mirror.account_id, mirror.connection_id)[name].retry_at = datetime.now(UTC)
    mirror.server.faults.clear()
    mirror.poll(1.0)
    assert state_of(mirror).name == "live"


def test_every_reason_is_read_however_many(mirror, world):
    names = {f"Motivo {number}" for number in range(60)}
    for name in names:
        world.add_loss_reason(name)
    mirror.visit()
    assert set(execute(select(LostReason.name)).scalars()) >= names
