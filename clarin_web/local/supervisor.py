"""Keeps servers and programs running: prefixed output, restart with back-off, an orderly stop.

A program that had been up for ten seconds comes back at once; one that keeps dying after half a second, then one, two …
eight, for ever. Only what never could start ends the run: with a setting or a file that is wrong no try is the last.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clarin_web.local.processes import LocalError, kill_group, spawn

COLOURS = (36, 33, 35, 32, 34)
LONGEST_WAIT, STEADY, STOP_WITHIN = 8.0, 10.0, 30.0
MOST_STARTS = 4  # of what ends by itself each time, and never was steady


def is_ignored(sig: signal.Signals) -> bool:
    """Whoever started us wants it so: nohup, for one."""
    return signal.getsignal(sig) is signal.SIG_IGN


class Kept(Protocol):
    """Anything that is started, may die, and is started again."""

    name: str

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...


@dataclass
class Program:
    """One child process with its command line."""

    name: str
    command: Sequence[str]
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    fds: tuple[int, ...] = ()

    def start(self) -> None:
        if self.process:
            kill_group(self.process)  # what it left behind would hold its port or its locks
        env = {**os.environ, "PYTHONUNBUFFERED": "1", **self.env}
        self.process = spawn(
            self.command, stop=signal.SIGTERM, output=subprocess.PIPE, env=env, pass_fds=self.fds
        )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def has_ended_by(self, end: float) -> bool:
        try:
            if self.process:
                self.process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def ended_itself(self) -> bool:
        """Not killed by anybody."""
        return self.process is not None and (self.process.poll() or 0) > 0

    def signal(self, sig: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)


@dataclass
class Restarts:
    """When a dead one may start again."""

    failures: int = 0
    started: float = 0.0
    due: float | None = None
    was_steady: bool = False
    false_starts: int = 0

    def died(self, now: float, *, by_itself: bool = True) -> float:
        """Note a death and answer how long to wait."""
        is_steady = now - self.started > STEADY
        self.was_steady |= is_steady
        self.false_starts = 0 if self.was_steady or not by_itself else self.false_starts + 1
        self.failures = 0 if is_steady else self.failures + 1
        wait = min(LONGEST_WAIT, 0.25 * 2.0**self.failures) if self.failures else 0.0
        self.due = now + wait
        return wait


class Supervisor:
    """Runs until a signal asks it to stop; a second signal stops everything at once."""

    def __init__(self, servers: Sequence[Kept], programs: Sequence[Program]) -> None:
        self.kept: list[Kept] = [*servers, *programs]
        self.programs = list(programs)
        self.restarts = {kept.name: Restarts(started=time.monotonic()) for kept in self.kept}
        self.output = selectors.DefaultSelector()
        self.signals = 0
        self.hopeless = ""
        self.asked, self.ended = threading.Event(), threading.Event()
        self.names = ["dev", *(kept.name for kept in self.kept)]

    def run(self) -> None:
        """Start the programs (the servers are up), look after all, and stop the programs at the end.

        Raises LocalError when one of them cannot start at all.
        """
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if sig == signal.SIGINT or not is_ignored(sig):
                signal.signal(sig, self._on_signal)
        # In a thread: a server takes seconds to come back, and programs that nobody reads stop at a full pipe.
        pump = threading.Thread(target=self._pump_for_ever, name="output", daemon=True)
        pump.start()
        try:
            for program in self.programs:
                self._start(program)
            while not self.asked.wait(0.2):
                # Programs first: they load while a server takes its seconds to come back.
                for kept in reversed(self.kept):
                    self._look_after(kept)
        finally:
            self._stop()
            self.ended.set()
            pump.join(5)
        if self.hopeless:
            raise LocalError(self.hopeless)

    def _on_signal(self, _sig: int, _frame: object) -> None:
        self.signals += 1
        self.asked.set()
        if self.signals > 1:
            self._kill()

    def _start(self, kept: Kept) -> None:
        record = self.restarts[kept.name]
        record.started, record.due = time.monotonic(), None
        try:
            kept.start()
        except LocalError as error:
            self._say("dev", str(error))
            return
        if isinstance(kept, Program) and kept.process and kept.process.stdout:
            self.output.register(kept.process.stdout, selectors.EVENT_READ, (kept.name, bytearray()))

    def _look_after(self, kept: Kept) -> None:
        if kept.is_alive() or self.signals:
            return
        record, now = self.restarts[kept.name], time.monotonic()
        if record.due is None:
            wait = record.died(now, by_itself=isinstance(kept, Program) and kept.ended_itself)
            if record.false_starts >= MOST_STARTS:
                self.hopeless = f"{kept.name} cannot start: it ended {MOST_STARTS} times; the reason is above"
                self.asked.set()
                return
            self._say("dev", f"{kept.name} ended; starting it again in {wait:.1f}s")
        elif now >= record.due:
            self._start(kept)

    def _stop(self) -> None:
        self._say("dev", "stopping")
        for program in reversed(self.programs):
            program.signal(signal.SIGTERM)
        began = time.monotonic()
        for program in self.programs:
            if not program.has_ended_by(min(time.monotonic() + 1, began + STOP_WITHIN)):
                self._say(
                    "dev",
                    f"waiting for {program.name} to finish, {STOP_WITHIN:.0f}s at most (Ctrl-C ends it now)",
                )
            if not program.has_ended_by(began + STOP_WITHIN):
                self._say("dev", f"{program.name} did not stop in {STOP_WITHIN:.0f}s: killed")
        self._kill()

    def _kill(self) -> None:
        """Programs and whatever shares their sessions."""
        for program in self.programs:
            if program.process:
                kill_group(program.process)

    def _pump_for_ever(self) -> None:
        """Until everything ended and has been read: what a program says last is what one wants to know."""
        while not self.ended.is_set():
            self._pump(0.2)
        self._pump(0)

    def _pump(self, timeout: float) -> None:
        if not self.output.get_map():
            self.ended.wait(timeout)
            return
        for key, _events in self.output.select(timeout):
            name, partial = key.data
            chunk = os.read(key.fd, 65536)
            *lines, rest = (partial + chunk).split(b"\n")
            partial[:] = rest
            if not chunk:
                self.output.unregister(key.fileobj)
                lines.append(rest)
            for line in filter(None, lines):
                self._say(name, line.decode(errors="replace"))

    def _say(self, name: str, line: str) -> None:
        width = max(map(len, self.names))
        tag = f"{name:>{width}}"
        if sys.stdout.isatty():
            tag = f"\033[{COLOURS[self.names.index(name) % len(COLOURS)]}m{tag}\033[0m"
        print(f"{tag} │ {line}", flush=True)
