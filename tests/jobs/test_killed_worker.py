"""What a killed worker had begun blocks nothing: the same work can be asked for again at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarin_web import jobs
from clarin_web.jobs import enqueue, queue, registry
from clarin_web.local.processes import stop
from tests.support.errands import ERRANDS
from tests.support.running import PATIENCE, _start
from tests.support.waiting import until

QUEUE, NAP = "killed", 3600


@pytest.fixture(autouse=True)
def errands_are_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here too, where they are asked for."""
    monkeypatch.setattr(jobs, "REGISTERED", registry.REGISTERED | ERRANDS)


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    """`worker.py work killed`, as often as asked for; none is left behind."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        stop(process, PATIENCE)
    queue(QUEUE).delete(delete_jobs=True)


def start(workers: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    workers.append(_start([sys.executable, "tests/support/errands.py", "work", QUEUE]))
    return workers[-1]


def test_a_killed_workers_job_is_asked_for_again(
    own_world: None, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    enqueue(QUEUE, "time.sleep", NAP, once="tidy-7")
    worker = start(workers)
    until(lambda: queue(QUEUE).count == 0)
    until(lambda: queue(QUEUE).started_job_registry.count == 1)
    worker.send_signal(signal.SIGKILL)
    worker.wait(120)

    made = tmp_path / "made"
    assert enqueue(QUEUE, "os.mkdir", str(made), once="tidy-7")  # type: ignore[arg-type]
    assert queue(QUEUE).count == 1, "what was begun and never ended stands in the way"
    start(workers)
    until(made.exists)


def test_what_waits_is_not_asked_for_twice(own_world: None) -> None:
    for name in ("tidy-7", "tidy-7", "tidy-70", "tidy-7"):
        assert enqueue(QUEUE, "os.getpid", 1, once=name)
    assert queue(QUEUE).count == 2
    assert enqueue(QUEUE, "os.getpid", 1)
    assert queue(QUEUE).count == 3
    queue(QUEUE).delete(delete_jobs=True)


def test_a_job_that_failed_for_good_does_not_block_the_next(
    own_world: None, workers: list[subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    """RQ keeps failures for an hour to look at; their name is free at once."""
    enqueue(QUEUE, "os.rmdir", str(tmp_path / "missing"), once="tidy-7")  # type: ignore[arg-type]
    start(workers)
    until(lambda: queue(QUEUE).failed_job_registry.count == 1)
    made = tmp_path / "made"
    enqueue(QUEUE, "os.mkdir", str(made), once="tidy-7")  # type: ignore[arg-type]
    until(made.exists)
    assert os.path.isdir(made)
