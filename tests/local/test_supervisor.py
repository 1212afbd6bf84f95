"""The supervisor of `./dev run`: what cannot start ends it with a sentence, an ignored signal stays so, stops are told."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from clarin_web.local import supervisor as supervisors
from clarin_web.local.processes import LocalError
from clarin_web.local.supervisor import Program, Supervisor


def program(name: str, code: str) -> Program:
    return Program(name, [sys.executable, "-c", code])


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[signal.Signals]:
    """The signals it took over."""
    found: list[signal.Signals] = []
    monkeypatch.setattr(supervisors.signal, "signal", lambda sig, _handler: found.append(sig))
    monkeypatch.setattr(supervisors, "LONGEST_WAIT", 0.01)
    return found


def hangups(handled: signal.Handlers) -> Iterator[None]:
    before = signal.signal(signal.SIGHUP, handled)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def hung_up() -> Iterator[None]:
    """As nohup starts us."""
    yield from hangups(signal.SIG_IGN)


@pytest.fixture
def by_hand() -> Iterator[None]:
    """As a terminal starts us, whatever started the tests."""
    yield from hangups(signal.SIG_DFL)


def test_what_cannot_start_ends_the_run_with_a_sentence(taken, capsys) -> None:
    with pytest.raises(LocalError, match="web cannot start: it ended 4 times; the reason is above"):
        Supervisor([], [program("web", "print('no such file'); raise SystemExit(3)")]).run()
    assert capsys.readouterr().out.count("no such file") == 4


def test_an_ignored_hangup_stays_ignored(hung_up, taken) -> None:
    assert signal.SIGHUP not in signals_taken_over(taken)


def test_a_hangup_of_a_terminal_is_a_stop(by_hand, taken) -> None:
    assert signal.SIGHUP in signals_taken_over(taken)


def signals_taken_over(taken: list[signal.Signals]) -> list[signal.Signals]:
    supervisor = Supervisor([], [])
    supervisor._on_signal(signal.SIGTERM, None)
    supervisor.run()
    return taken


def test_a_stop_says_whom_it_waits_for(taken, capsys) -> None:
    slow = "import signal, time; signal.signal(15, lambda *_: (time.sleep(1.5), exit(0))); print('up'); time.sleep(99)"
    supervisor = Supervisor([], [program("jobs", slow)])
    say, up = supervisor._say, threading.Event()
    supervisor._say = lambda name, line: (say(name, line), up.set() if line == "up" else None)
    stopper = threading.Thread(target=lambda: up.wait(60) and supervisor._on_signal(signal.SIGTERM, None))
    stopper.start()
    supervisor.run()
    stopper.join()
    said = capsys.readouterr().out
    assert "waiting for jobs to finish, 30s at most" in said
    assert "killed" not in said
