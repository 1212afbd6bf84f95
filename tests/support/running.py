"""A whole Clarin for tests that need the real thing: gunicorn with sockets, and a jobs worker."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from clarin_web.local.home import ROOT
from clarin_web.local.processes import spawn, stop

PATIENCE = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
WEB = ["-m", "gunicorn", "-k", "gevent", "-w", "1", "--no-control-socket", "--graceful-timeout", "2"]


@pytest.fixture(scope="session")
def server(own_world: None) -> Iterator[str]:
    """The address of a running Clarin on this worker's database, with its jobs worker."""
    address = f"127.0.0.1:{_free_port()}"
    log = Path(os.environ["CLARIN_STATE_DIR"]) / "server.log"
    commands = [
        [sys.executable, *WEB, "--log-level", "warning", "-b", address, "wsgi:app"],
        [sys.executable, "worker.py", "jobs"],
    ]
    with ExitStack() as stack:
        output = stack.enter_context(open(log, "ab"))
        for command in commands:
            env = {**os.environ, "PYTHONPATH": str(ROOT)}
            child = spawn(command, stop=signal.SIGTERM, output=output, env=env, cwd=ROOT)
            stack.callback(stop, child, PATIENCE)
        _wait_until_healthy(f"http://{address}/healthz", log)
        yield f"http://{address}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    pytest.fail(f"Clarin did not become healthy:\n{log.read_text(errors='replace')[-4000:]}")
