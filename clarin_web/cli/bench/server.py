"""The server under measurement: gunicorn with the shapes Clarin is run in, on a port of loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from clarin_web.cli.bench.children import stop
from clarin_web.lib.ports import reserved

SHAPES = {"gevent": ["-k", "gevent", "-w", "1"], "gthread": ["-k", "gthread", "-w", "2", "--threads", "4"]}
START_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int

    def memory(self) -> list[tuple[str, float]]:
        """(process, MB) of the master and its workers: what they would free by ending (PSS)."""
        ids = [self.process.pid, *children(self.process.pid)]
        names = ["master", *(f"worker {at}" for at in range(1, len(ids)))]
        return list(zip(names, map(pss, ids), strict=True))


@contextmanager
def running(options: list[str]) -> Iterator[Server]:
    """gunicorn, ready to answer; ended with the block."""
    port = reserved()
    base = [
        sys.executable,
        "-m",
        "gunicorn",
        "--no-control-socket",
        "--log-level",
        "error",
        "-b",
        f"127.0.0.1:{port}",
    ]
    unlimited = {"CLARIN_REQUESTS_PER_MINUTE": "0", "CLARIN_SOCKETS_PER_PERSON": "0"}
    env = {**os.environ, "CLARIN_ORIGIN": "", **unlimited}
    process = subprocess.Popen([*base, *options, "wsgi:app"], env=env, start_new_session=True)
    try:
        _wait_ready(process, port)
        yield Server(process, port)
    finally:
        stop(process)


def _wait_ready(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise click.ClickException("the server did not start; what it said is above")


def children(pid: int) -> list[int]:
    """Ids of what the process started itself."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def pss(pid: int) -> float:
    """MB: its own pages, and its share of those it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
