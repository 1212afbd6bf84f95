"""RQ inside a device's process: a stop is obeyed whenever it comes, and no job runs after it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from clarin_web.devices.child import DeviceWorker
from clarin_web.jobs import registry
from clarin_web.store import redis_connection

NAME = "device:0"


class Stopped:
    """A process that was asked to end, or not yet."""

    def __init__(self) -> None:
        self.ending = threading.Event()
        self.queue = Queue(NAME, connection=redis_connection(), serializer=JSONSerializer)
        self.queue.enqueue_call("os.getpid", result_ttl=0)

    def worker(self, made: type[DeviceWorker] = DeviceWorker) -> DeviceWorker:
        worker = made(
            [NAME], name=f"device-0-{os.getpid()}", connection=redis_connection(), serializer=JSONSerializer
        )
        worker.on_stop, worker.is_ending = self.ending.set, self.ending.is_set
        return worker


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stopped]:
    monkeypatch.setattr(registry, "REGISTERED", {"os.getpid"})
    before = {sig: signal.getsignal(sig) for sig in (signal.SIGINT, signal.SIGTERM)}
    made = Stopped()
    signal.signal(signal.SIGTERM, lambda *_: made.ending.set())
    yield made
    made.queue.empty()
    for sig, handler in before.items():
        signal.signal(sig, handler)


def test_a_stop_that_came_before_rqs_own_handlers_ends_the_worker_at_once(process: Stopped) -> None:
    class Interrupted(DeviceWorker):
        def register_birth(self) -> None:
            """Where RQ still is when the signal arrives: registering, its handlers not yet installed."""
            super().register_birth()
            os.kill(os.getpid(), signal.SIGTERM)

    assert process.worker(Interrupted).work(burst=True, logging_level="WARNING") is False
    assert process.ending.is_set()
    assert process.queue.count == 1, "a job ran after the stop"


def test_without_a_stop_the_job_runs(process: Stopped) -> None:
    assert process.worker().work(burst=True, logging_level="WARNING") is True
    assert process.queue.count == 0
    assert process.queue.failed_job_registry.count == 0
