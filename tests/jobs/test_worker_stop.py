"""A worker that was asked to end is gone at once: nothing is waited for, nothing taken apart."""

from __future__ import annotations

import sys
from typing import NoReturn

import pytest
from rq.exceptions import StopRequested

import worker
from clarin_web import jobs


@pytest.mark.parametrize(
    "command", [["jobs"], ["devices"], ["work", "nothing"], ["files"]], ids=lambda it: it[0]
)
def test_what_ended_leaves_without_taking_python_apart(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """That was half a second of a processor for each, and a stop of all of them four seconds on a busy machine."""
    monkeypatch.setattr(worker, command[0], lambda _: print("last words"))
    monkeypatch.setattr(worker.os, "_exit", _gone)
    monkeypatch.setattr(sys, "argv", ["worker.py", *command])
    with pytest.raises(Gone, match="0"):
        worker.main()
    assert "last words" in capfd.readouterr().out


def test_a_stop_while_redis_is_away_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_seconds: float) -> NoReturn:
        """RQ's handler, which stays installed."""
        raise StopRequested()

    monkeypatch.setattr(worker, "_work", lambda _: False)
    monkeypatch.setattr(worker.time, "sleep", interrupted)
    worker._work_on(["nothing"])


def test_a_stop_somebody_caught_is_obeyed_before_the_next_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_stopping", jobs.threading.Event())
    one = jobs.Worker(["nothing"], name="caught", connection=jobs.redis_connection())
    one.handle_warm_shutdown_request()
    assert jobs.is_stopping()
    assert one.work(logging_level="WARNING") is False


class Gone(Exception):
    """The process would have ended with this code."""


def _gone(code: int) -> NoReturn:
    raise Gone(code)
