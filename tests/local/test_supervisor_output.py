"""The supervisor of `./dev run` reads what programs say also while a server takes its time to come back."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from clarin_web.local import supervisor as supervisors
from clarin_web.local.supervisor import Program, Supervisor

TALKS = "print('x' * 99 + '\\n' + 'y' * 300_000); open({done!r}, 'w').close()"


class SlowServer:
    """Dead at first; coming back takes until the program has said all it has to say."""

    name = "server"

    def __init__(self, said: Path) -> None:
        self.said, self.was_heard, self.alive = said, False, False

    def start(self) -> None:
        deadline = threading.Event()
        for _ in range(400):
            self.was_heard = self.was_heard or self.said.exists()
            if self.was_heard:
                break
            deadline.wait(0.05)
        self.alive = True

    def is_alive(self) -> bool:
        return self.alive


def test_a_server_that_comes_back_slowly_stops_nobody_from_speaking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervisors.signal, "signal", lambda *_: None)
    server = SlowServer(tmp_path / "said")
    talks = [
        sys.executable,
        "-c",
        TALKS.format(done=str(tmp_path / "said")) + "; import time; time.sleep(99)",
    ]
    supervisor = Supervisor([server], [Program("talks", talks)])
    stop = threading.Thread(target=lambda: (until_alive(server), supervisor._on_signal(15, None)))
    stop.start()
    supervisor.run()
    stop.join()
    assert server.was_heard, "the program waited for somebody to read what it said"
    assert "y" * 300_000 in capsys.readouterr().out


def until_alive(server: SlowServer) -> None:
    pause = threading.Event()
    while not server.alive:
        pause.wait(0.05)
