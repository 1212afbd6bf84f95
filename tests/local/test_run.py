"""`./dev run`: from nothing to an address, through the death of its parts, to nothing left."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from clarin_web.local import run as run_module
from clarin_web.local.home import ROOT
from clarin_web.local.ports import hold


def eventually(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"still not so: {what}"
        time.sleep(0.05)


PARTS = ("bin/postgres", "valkey-server", "gunicorn", "worker.py jobs", "worker.py devices")


class Run:
    """A `./dev run --empty` with a home of its own."""

    def __init__(self, home: Path) -> None:
        given = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CLARIN_STATE_DIR", "CLARIN_SECRET_KEY")
        env = {name: value for name, value in os.environ.items() if name not in given}
        env |= {"CLARIN_HOME": str(home), "PORT": "0"}
        self.log = home.with_suffix(".log")
        with open(self.log, "wb") as log:
            command = [sys.executable, "dev", "run", "--empty"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def address(self) -> str:
        eventually(
            lambda: "Clarin is at" in self.said() or self.process.poll() is not None, "it has an address"
        )
        found = re.search(r"Clarin is at (\S+)", self.said())
        assert found, self.said()
        return found[1]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address()}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def children(self) -> dict[str, int]:
        """The supervised processes by the word that tells them apart."""
        found = {}
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in map(int, listed.split()):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found |= {word: pid for word in PARTS if word in command}
        return found


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    started = Run(tmp_path / "home")
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGINT)
        started.process.wait(120)


def test_every_part_that_is_killed_comes_back_and_ctrl_c_ends_it_all(run: Run) -> None:
    eventually(run.answers, "Clarin answers")
    assert re.search(r"password\W+\S{12,}", run.said()), "the first start says how to sign in"
    before = run.children()
    assert len(before) == 5
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: len(run.children()) == 5 and not set(run.children().values()) & set(before.values()),
        "all are new",
    )
    eventually(run.answers, "Clarin answers again")
    after = run.children()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(120) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in after.values())


def test_ready_is_said_once_pages_answer_with_all_the_time_it_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answers = iter([False, False, True])
    monkeypatch.setattr(run_module, "_answers", lambda _host, _port: next(answers))
    monkeypatch.setattr(run_module.time, "monotonic", lambda: 275.0)
    asked = SimpleNamespace(asked=SimpleNamespace(wait=lambda _seconds: capsys.readouterr().out))
    with hold("127.0.0.1", 0) as web:
        run_module._tell_when_ready(web, tmp_path, 100.0, "  Sign in\n", asked)
    assert "ready in 175.0s" in capsys.readouterr().out, (
        "from the first thing it did, the database's making too"
    )
    assert next(answers, None) is None
