"""Processes of simulated numbers, forked from one that has the product's modules loaded: to load them takes a second.

Production execs them, because neonize's library cannot be forked; tests of the supervisor and of the real neonize do
too. This module is also the program that forks: orders and answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO, Any

from clarin_web.local.home import ROOT
from clarin_web.local.processes import die_with_parent


class Fork:
    """One process, with the parts of subprocess.Popen that tests use."""

    def __init__(self, forks: Forks, pid: int) -> None:
        self._forks, self.pid = forks, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self.returncode = self._forks.ends.get(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        with self._forks.told:
            if not self._forks.told.wait_for(lambda: self.poll() is not None, timeout):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forks:
    """The program that forks, which ends with this process."""

    def __init__(self) -> None:
        self.ends: dict[int, int] = {}
        self.told = threading.Condition()
        self._begun: list[int] = []
        self._program = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, account_id: int, device_id: int, log: Path) -> Fork:
        order = {"ids": (account_id, device_id), "log": str(log), "env": dict(os.environ)}
        assert self._program.stdin
        self._program.stdin.write(json.dumps(order).encode() + b"\n")
        self._program.stdin.flush()
        with self.told:
            assert self.told.wait_for(lambda: self._begun, 120), "the program that forks does not answer"
            pid = self._begun.pop()
            self.ends.pop(pid, None)  # an older one's, which had this number
        return Fork(self, pid)

    def _listen(self) -> None:
        assert self._program.stdout
        for line in self._program.stdout:
            heard = json.loads(line)
            with self.told:
                if "end" in heard:
                    self.ends[heard["pid"]] = heard["end"]
                else:
                    self._begun.append(heard["pid"])
                self.told.notify_all()


@cache
def forks() -> Forks:
    return Forks()


def main() -> None:
    from clarin_web.devices import child

    answers, lock = os.fdopen(os.dup(1), "w"), threading.Lock()
    os.dup2(2, 1)
    for line in sys.stdin:
        order, me = json.loads(line), os.getpid()
        pid = os.fork()
        if not pid:
            _become(order)
            child.main(*order["ids"], me)
        _say(answers, lock, pid=pid)
        threading.Thread(target=_tell_end, args=(answers, lock, pid), daemon=True).start()


def _become(order: dict[str, Any]) -> None:
    """What exec would have given it: its environment, its output, nothing to read."""
    os.environ.clear()
    os.environ.update(order["env"])
    log, nothing = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), os.open(os.devnull, 0)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)


def _tell_end(answers: IO[str], lock: threading.Lock, pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    _say(answers, lock, pid=pid, end=os.waitstatus_to_exitcode(status))


def _say(answers: IO[str], lock: threading.Lock, **words: int) -> None:
    with lock:
        print(json.dumps(words), file=answers, flush=True)


if __name__ == "__main__":
    main()
