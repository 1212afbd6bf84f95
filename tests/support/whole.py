"""A whole Clarin as `./dev run --empty` makes it, with its own PostgreSQL and Valkey, whose processes can be killed.

Nobody here starts anything again: what comes back was brought back by Clarin's own supervisors.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from clarin_web.local.home import ROOT
from clarin_web.local.processes import LINUX, spawn, stop
from clarin_web.local.services import addresses
from tests.support.waiting import until

OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CLARIN_STATE_DIR")
PATIENCE = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))


@dataclass
class Whole:
    """A running Clarin: its address, its files, its processes."""

    place: Path
    process: subprocess.Popen[bytes]
    _connection: psycopg.Connection[Any] | None = None

    @property
    def log(self) -> str:
        return (self.place / "run.log").read_text(errors="replace")

    def said(self, pattern: str) -> str:
        """The first group of `pattern` in what it printed; fails at once with the log when it ended."""

        def heard() -> re.Match[str] | None:
            assert self.process.poll() is None, (
                f"it ended with {self.process.returncode}:\n{self.log[-4000:]}"
            )
            return re.search(pattern, self.log)

        return str(until(heard, 120)[1])

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows, read as the owner; while PostgreSQL is away it is asked again."""

        def answer() -> list[list[tuple[Any, ...]]]:
            try:
                return [self._connected().execute(query, values).fetchall()]
            except psycopg.OperationalError:
                self._connection = None
                return []

        return list(until(answer)[0])

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            url = addresses(self.place)["DATABASE_OWNER_URL"].replace("+psycopg", "")
            self._connection = psycopg.connect(url, connect_timeout=5, autocommit=True)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def pids(self, words: str) -> list[int]:
        """Processes of ours whose command line has these words; parents before their children."""
        return pids_under(self.process.pid, words)

    def kill(self, words: str) -> int:
        """kill -9 of the first of them."""
        pid = until(lambda: self.pids(words))[0]
        os.kill(pid, signal.SIGKILL)
        return int(pid)


@contextmanager
def whole(place: Path, port: int, settings: Mapping[str, str]) -> Iterator[Whole]:
    """Running for as long as the block, and then nothing of it."""
    place.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    env = {**inherited, "CLARIN_HOME": str(place), "PORT": str(port), "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "clarin_web.local.run", "--empty"]
    with open(place / "run.log", "wb") as output:
        process = spawn(command, stop=signal.SIGTERM, output=output, env=env, cwd=ROOT)
    running = Whole(place, process)
    try:
        yield running
    finally:
        running.close()
        stop(process, PATIENCE)


def pids_under(root: int, words: str) -> list[int]:
    """Processes that `root` started, directly or not, whose command line has these words; parents first."""
    table, ours, last = _processes(), [root], 0
    while last < len(ours):
        ours += [pid for pid, (parent, _) in table.items() if parent == ours[last]]
        last += 1
    return [pid for pid in ours if pid in table and words in table[pid][1]]


def _processes() -> dict[int, tuple[int, str]]:
    """pid -> its parent and its command line."""
    return dict(_from_proc() if LINUX else _from_ps())


def _from_proc() -> Iterator[tuple[int, tuple[int, str]]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended while we looked
        yield int(folder.name), (parent, command)


def _from_ps() -> Iterator[tuple[int, tuple[int, str]]]:
    shown = subprocess.run(["ps", "-axo", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    for line in shown.stdout.splitlines():
        pid, parent, command = line.split(None, 2)
        yield int(pid), (int(parent), command)
