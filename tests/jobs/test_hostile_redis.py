"""Somebody else writes into Redis: nothing of theirs is imported, unpickled or called, by no road."""

from __future__ import annotations

import base64
import json
import pickle
import signal
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from rq.executions import Execution
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer

from clarin_web.devices import relaying
from clarin_web.events import MessageChanged
from clarin_web.jobs import Worker, enqueue, queue, registry, worker_connection
from clarin_web.jobs.registry import NotRegistered, RegisteredJob
from clarin_web.leads.queries import Directory
from clarin_web.leads.views.shared import directory_of
from clarin_web.live.hub import Hub, Listener
from clarin_web.store import MARK_BYTES, redis_connection, signed, verified
from clarin_web.web.cache import cache
from tests.support.cast import Person
from tests.support.told import told

QUEUE = "hostile"
OURS = "clarin_web.media.jobs.examine"


class Trap:
    """Three ways to be run: as a pickle, as a module that is imported, as a function that is called."""

    def __init__(self, place: Path) -> None:
        self.marks = place / "marks"
        self.marks.mkdir()
        code = f"from pathlib import Path\nPath({str(self.marks)!r}, 'imported').mkdir()\n"
        code += f"def call(*_, **__):\n    Path({str(self.marks)!r}, 'called').mkdir()\n"
        (place / "hostile_module.py").write_text(code)
        self.name = "hostile_module.call"

    def pickle(self) -> bytes:
        return pickle.dumps(self)

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.mkdir, (str(self.marks / "unpickled"),)

    def sprung(self) -> list[str]:
        return sorted(mark.name for mark in self.marks.iterdir())


@pytest.fixture
def trap(own_world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    monkeypatch.syspath_prepend(tmp_path)
    yield Trap(tmp_path)
    sys.modules.pop("hostile_module", None)
    queue(QUEUE).delete(delete_jobs=True)


def plant(number: str, data: Any, **fields: Any) -> str:
    """A job's hash as an attacker writes it; it waits first in the queue."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    job_id, redis = f"hostile-{number}", worker_connection()
    redis.hset(
        f"rq:job:{job_id}",
        mapping={
            "data": zlib.compress(raw),
            "origin": QUEUE,
            "status": "queued",
            "created_at": "2026-01-01T00:00:00Z",
            "timeout": "60",
            **fields,
        },
    )
    redis.rpush(f"rq:queue:{QUEUE}", job_id)
    redis.sadd("rq:queues", f"rq:queue:{QUEUE}")
    return job_id


def work() -> None:
    """Everything that waits, and what a worker does about abandoned jobs."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    worker = Worker([queue(QUEUE)], name="hostile", connection=worker_connection(), serializer=JSONSerializer)
    try:
        worker.clean_registries()
        worker.work(burst=True, logging_level="WARNING")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def test_the_trap_works(trap: Trap) -> None:
    """Else the others prove nothing."""
    pickle.loads(trap.pickle())
    Job.create(trap.name, connection=worker_connection(), serializer=JSONSerializer).perform()
    assert trap.sprung() == ["called", "imported", "unpickled"]


def test_a_worker_runs_nothing_that_is_not_registered(trap: Trap) -> None:
    evil = trap.pickle()
    good = [OURS, None, [1, 0], {}]
    callbacks = dict.fromkeys(
        ("success_callback_name", "failure_callback_name", "stopped_callback_name"), trap.name
    )
    plant("name", [trap.name, None, [], {}])
    plant("system", ["os.mkdir", None, [str(trap.marks / "system")], {}])
    plant("method", ["format", "{0.__class__}", [1], {}])
    plant("alias", ["clarin_web.jobs.registry.import_attribute", None, [trap.name], {}])
    plant("pickle", evil)
    plant("meta", good, meta=evil)
    plant("result", good, result=evil)
    plant("callbacks", good, **callbacks)
    plant("fails", [OURS, None, ["not an account"], {}], **callbacks, retries_left="1")
    abandoned = plant("abandoned", good, meta=evil, **callbacks)
    worker_connection().zadd(f"rq:wip:{QUEUE}", {f"{abandoned}:run": 1.0})

    work()

    assert trap.sprung() == []
    assert queue(QUEUE).count == 0, "it did look at each of them"
    assert StartedJobRegistry(QUEUE, connection=worker_connection()).count == 0


def test_what_rq_reads_beside_its_jobs_is_text_too(trap: Trap) -> None:
    evil = trap.pickle()
    job_id = plant("beside", [OURS, None, [1, 0], {}], meta=evil, result=evil)
    worker_connection().xadd(
        f"rq:results:{job_id}", {"type": 1, "return_value": base64.b64encode(evil), "created_at": "x"}
    )
    for read in (
        lambda: Execution("run", job_id, connection=worker_connection()).job,
        lambda: Job.fetch(job_id, connection=worker_connection()).args,
        lambda: RegisteredJob.fetch(job_id, connection=worker_connection()).latest_result(),
        lambda: Job.fetch(job_id, connection=worker_connection()).results(),
    ):
        try:
            read()
        except Exception:  # noqa: BLE001 -- refusing is as good as reading text
            continue
    assert trap.sprung() == []


def test_a_job_calls_no_address(trap: Trap) -> None:
    hooks = json.dumps(
        [{"url": "http://169.254.169.254/", "job_status": "finished", "method": "GET", "timeout": 1}]
    )
    job_id = plant("hooks", [OURS, None, [1, 0], {}], webhooks=hooks)
    assert Job.fetch(job_id, connection=worker_connection(), serializer=JSONSerializer).webhooks, "RQ would"
    assert queue(QUEUE).fetch_job(job_id).webhooks == []


def test_a_worker_takes_no_orders_from_a_channel(trap: Trap) -> None:
    enqueue_nothing = Worker([queue(QUEUE)], name="deaf", connection=worker_connection())
    enqueue_nothing.subscribe()
    assert worker_connection().publish("rq:pubsub:deaf", json.dumps({"command": "shutdown"})) == 0


def test_nothing_else_can_be_asked_for(own_world: None) -> None:
    with pytest.raises(NotRegistered):
        enqueue(QUEUE, "os.getpid", 1)


def test_the_cache_reads_text_and_makes_again_what_is_none(trap: Trap, app: Flask, ana: Person) -> None:
    key = ""
    with app.test_request_context():
        made = directory_of(ana.account_id)
        key = next(iter(redis_connection().scan_iter("cache:*:names:*:directory"))).decode()
        said = verified(key.removeprefix("cache:"), redis_connection().get(key))
        assert json.loads(said), "what lies in Redis is JSON"
    for planted in (
        trap.pickle(),
        b"!" + trap.pickle(),
        b"[]",
        b'{"py/object": "os.system"}',
        b"[" * 90_000,
        said,
        signed("x", said),
    ):
        redis_connection().set(key, planted)
        cache_forget_near()
        with app.test_request_context():
            again = directory_of(ana.account_id)
            assert (type(again), again.users) == (Directory, made.users)
            cache.get(key.removeprefix("cache:"))
    assert trap.sprung() == []


def test_html_that_clarin_did_not_publish_reaches_no_page(own_world: None, ana: Person) -> None:
    """Put into a page, it would act as whoever looks at it."""
    hub, wire = Hub(), Mock()
    listener = Listener(wire, ana.account_id, user_id=1)
    listener.topics = frozenset({"inbox"})
    hub.listeners[ana.account_id].add(listener)
    channel, evil = (
        f"live:{ana.account_id}",
        json.dumps({"topics": ["inbox"], "html": "<b hx-post=/>"}).encode(),
    )
    for planted in (evil, b"0" * MARK_BYTES + evil, signed("live:0", evil), b"", b"\xff" * 99):
        hub._hear(channel, b"1 " + planted)
    assert wire.push.mock_calls == []
    hub._hear(channel, b"1 " + signed(channel, evil))
    assert len(wire.push.mock_calls) == 1


def test_a_fact_that_no_number_told_is_told_to_nobody(own_world: None, ana: Person) -> None:
    fact = {"kind": "MessageChanged", "account_id": ana.account_id, "chat_id": 1, "message_id": 1}
    key = f"clarin:told:{ana.account_id}"
    redis_connection().rpush(key, json.dumps(fact | {"actor": {"kind": "user", "id": 1}}), b"\xff")
    with told(MessageChanged) as found:
        relaying.tell_relayed(ana.account_id)
    assert found == []
    assert redis_connection().llen(key) == 0


def cache_forget_near() -> None:
    from clarin_web.web import cache as module

    module._near.clear()


def test_every_job_is_registered_and_no_other() -> None:
    import importlib

    found = set()
    for name in registry.REGISTERED:
        module, _, function = name.rpartition(".")
        if hasattr(getattr(importlib.import_module(module), function), "__wrapped__"):
            found.add(name)
    assert found == registry.REGISTERED, "each enters its account: it wears @job"


def test_nothing_of_ours_knows_pickle() -> None:
    root = Path(__file__).resolve().parents[2] / "clarin_web"
    guilty = [path.name for path in root.rglob("*.py") if "import pickle" in path.read_text()]
    assert guilty == []
