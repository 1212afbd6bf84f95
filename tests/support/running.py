"""A whole Clarin for tests that need the real thing: gunicorn with sockets, and a jobs worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarin_web.lib.ports import reserved
from clarin_web.local.home import ROOT
from clarin_web.local.processes import kill_group, spawn, stop

PATIENCE = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
WEB = ["-m", "gunicorn", "-k", "gevent", "-w", "1", "--no-control-socket", "--graceful-timeout", "2"]


class Jobs:
    """The jobs worker beside `server`. It must not touch the rows of a test that never asked for it."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        if self.child is None:
            self.child = _start([sys.executable, "worker.py", "jobs"])

    def rest(self) -> None:
        if self.child is not None:
            stop(self.child, PATIENCE)
            self.child = None


jobs = Jobs()


class Web:
    """gunicorn, on a port it keeps when it is killed and started again."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{reserved()}"
        self.url = f"http://{self.address}"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.child = _start([sys.executable, *WEB, "--log-level", "warning", "-b", self.address, "wsgi:app"])
        _wait_until_healthy(f"{self.url}/healthz", self.child, _log())

    def kill(self) -> None:
        """The master and its worker at once, as a machine that loses power."""
        if self.child is not None:
            kill_group(self.child)
            self.child.wait(5)

    def stop(self) -> None:
        if self.child is not None:
            stop(self.child, PATIENCE)


@pytest.fixture(scope="session")
def server(own_world: None) -> Iterator[str]:
    """The address of a running Clarin on this worker's database. `clean_world` runs its jobs worker."""
    web = Web()
    try:
        web.start()
        yield web.url
    finally:
        jobs.rest()
        web.stop()


def _log() -> Path:
    return Path(os.environ["CLARIN_STATE_DIR"]) / "server.log"


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    with open(_log(), "ab") as output:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return spawn(command, stop=signal.SIGTERM, output=output, env=env, cwd=ROOT)


def _wait_until_healthy(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and child.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"Clarin did not become healthy:\n{log.read_text(errors='replace')[-4000:]}")
