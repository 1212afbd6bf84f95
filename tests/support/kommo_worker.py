"""Visits to a simulated Kommo in processes of their own, which can be killed -9.

`Worker` starts this module as a program; that one forks for each visit before it holds any connection. Orders and
answers are lines of JSON on its standard input and output.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import httpx

from clarin_web.local.home import ROOT
from clarin_web.local.processes import die_with_parent, stop

Order = dict[str, Any]


MORE = 3  # how a visit ends that says itself that there is more to read at once


class Worker:
    """`visit` answers whether the visit came to its end: otherwise it was killed. Any other end is a failure.

    `has_more`: the last visit asked for another at once, as it asks the queue. `begin` and `end` are the two halves
    of `visit`, for several workers at a time.
    """

    def __init__(self, log: Path) -> None:
        self.log, self.pid, self.has_more = log, 0, False
        with open(log, "wb") as errors:
            self._program = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def visit(self, account_id: int, connection_id: int, **order: Any) -> bool:
        self.begin(account_id, connection_id, **order)
        return self.end()

    def begin(self, account_id: int, connection_id: int, **order: Any) -> None:
        about = {"account_id": account_id, "connection_id": connection_id, **order}
        assert self._program.stdin
        self._program.stdin.write(json.dumps(about).encode() + b"\n")
        self._program.stdin.flush()
        self.pid = self._heard()["pid"]

    def end(self) -> bool:
        end = self._heard()["end"]
        self.pid, self.has_more = 0, end == MORE
        assert end in (0, MORE, -signal.SIGKILL), self.log.read_text(errors="replace")[-6000:]
        return bool(end != -signal.SIGKILL)

    def kill(self) -> None:
        """kill -9 of the visit under way, if there is one."""
        pid, self.pid = self.pid, 0
        if pid:
            os.kill(pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._program, ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)))

    def _heard(self) -> Order:
        assert self._program.stdout
        line = self._program.stdout.readline()
        assert line, self.log.read_text(errors="replace")[-6000:]
        heard: Order = json.loads(line)
        return heard


def main() -> None:
    from clarin_web.app import create_app

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what is logged goes to the log
    app = create_app(check=False)
    with app.app_context():
        for line in sys.stdin:
            pid = os.fork()
            if not pid:
                os._exit(_visit(json.loads(line)))
            _say(answers, pid=pid)
            _, status = os.waitpid(pid, 0)
            _say(answers, end=os.waitstatus_to_exitcode(status))


def _say(answers: IO[str], **words: int) -> None:
    print(json.dumps(words), file=answers, flush=True)


def _visit(order: Order) -> int:
    """One visit as the jobs' worker makes it, with small pages and without the waiting."""
    import traceback

    from clarin_web.kommo import jobs

    has_more: list[int] = []
    jobs.enqueue_visit = lambda _account, connection_id, **_: has_more.append(connection_id)
    _hurry(order)
    _move_clock(order.get("ahead", 0.0))
    try:
        with _mortal(order.get("die_at", 0)):
            jobs.sync_connection(order["account_id"], order["connection_id"], order.get("goes_on", False))
    except BaseException:  # noqa: BLE001 - shown by the test that asked
        traceback.print_exc()
        return 1
    return MORE if has_more else 0


def _hurry(order: Order) -> None:
    """Small pages and no waiting inside a visit; what is due when is the product's own."""
    from clarin_web.kommo import client, connecting, sweeping, sync, wire
    from clarin_web.kommo.limiter import Limiter

    client.LIMIT = client.EVENTS_LIMIT = sweeping.IDS_PER_REQUEST = client.IDS_PER_REQUEST = order["page"]
    connecting.limiter_for = lambda *_, **__: Limiter(None, 100_000.0, sleep=lambda _: None)
    wire.TIMEOUT, wire.BACK_OFF = httpx.Timeout(order.get("patience", 5.0)), 0.001
    sync.SLICE = order.get("slice", 20.0)


def _move_clock(ahead: float) -> None:
    """The clock of this process is ahead by so many seconds: waiting for what is due is done by moving it."""
    import time
    from datetime import datetime

    real = time.time

    class Moved(datetime, metaclass=_AnyDatetime):
        fromtimestamp, fromisoformat = datetime.fromtimestamp, datetime.fromisoformat
        combine, strptime = datetime.combine, datetime.strptime

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(real() + ahead, tz)

    time.time = lambda: real() + ahead
    for name, module in list(sys.modules.items()):
        if name.startswith("clarin_web.") and getattr(module, "datetime", None) is datetime:
            module.datetime = Moved  # type: ignore[attr-defined]


class _AnyDatetime(type):
    """Every moment is one of the class, so that what asks for its type goes on as before."""

    def __instancecheck__(cls, thing: Any) -> bool:
        return isinstance(thing, cls.__mro__[1])


@contextmanager
def _mortal(statement: int) -> Iterator[None]:
    """The process kills itself -9 right before this statement or commit, counted from 1; 0 for never."""
    from sqlalchemy import event

    from clarin_web import db

    left = statement

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if statement:
        event.listen(db.engine(), "before_cursor_execute", count)
        event.listen(db.engine(), "commit", count)
    yield


if __name__ == "__main__":
    main()
