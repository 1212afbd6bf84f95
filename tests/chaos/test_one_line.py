"""What is away is one line in the log of each process, and one when it is back: not one for every try."""

from __future__ import annotations

import signal

import pytest
import redis
from flask import Flask
from rq.serializers import JSONSerializer

import worker
from clarin_web import jobs
from clarin_web.jobs import Worker, database_outage, enqueue
from clarin_web.live.publish import poke
from clarin_web.store import redis_outage
from tests.support.outage import database_away


class Log(list[str]):
    """What was said, in order."""

    def warning(self, event: str, **_about: object) -> None:
        self.append(event)

    info = warning


@pytest.fixture
def log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Log:
    database_outage.is_on = redis_outage.is_on = False
    heard = Log()
    monkeypatch.setattr("clarin_web.lib.outage.log", heard)
    return heard


def test_the_clock_says_once_that_the_database_is_away(log: Log, capfd: pytest.CaptureFixture[str]) -> None:
    with database_away():
        for _ in range(3):
            worker._tick({name: 0.0 for _every, name in worker.CLOCK})
    worker._tick({name: 0.0 for _every, name in worker.CLOCK})
    assert log == ["database away", "database is back"]
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_redis_that_is_away_is_said_once_by_whoever_misses_it_first(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = jobs.worker_connection()
    nowhere = redis.Redis.from_url("unix:///tmp/no-redis-here.sock")
    monkeypatch.setattr(jobs, "worker_connection", lambda: nowhere)
    assert not enqueue("pictures", "clarin_web.media.jobs.examine", 1)
    assert not enqueue("pictures", "clarin_web.media.jobs.examine", 2)
    monkeypatch.setattr(jobs, "worker_connection", lambda: there)
    poke(1, "inbox")
    poke(1, "inbox")
    assert log == ["redis away", "redis is back"]


def test_a_worker_that_waits_for_redis_says_it_in_our_words(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    jobs.quieten_rq()
    refused = redis.ConnectionError("Connection refused")
    worker_log = Worker(["pictures"], name="w", connection=jobs.worker_connection()).log
    for _ in range(3):
        worker_log.error("Worker %s: could not connect to Redis instance: %s retrying", "w", refused)
    worker_log.error("Worker %s: something else", "w")
    assert log == ["redis away"]
    assert [record.getMessage() for record in caplog.records] == ["Worker w: something else"]


def test_a_redis_that_forgot_the_job_that_runs_costs_a_line_and_no_worker(
    app: Flask,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs.registry, "REGISTERED", {"tests.support.world.wipe"})
    before = {sig: signal.getsignal(sig) for sig in (signal.SIGINT, signal.SIGTERM)}
    jobs.queue("pictures").enqueue_call("tests.support.world.wipe", result_ttl=0)
    made = Worker(["pictures"], name="w", connection=jobs.worker_connection(), serializer=JSONSerializer)
    assert made.work(burst=True, logging_level="WARNING")
    for sig, handler in before.items():
        signal.signal(sig, handler)
    assert "Traceback" not in "".join(capfd.readouterr()) + caplog.text
