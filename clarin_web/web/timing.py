"""How long a request and its SQL took, in a Server-Timing header; tests count statements with `counted()`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from flask import Flask, Response, g
from sqlalchemy import event
from sqlalchemy.engine import Engine


@dataclass(slots=True)
class Tally:
    """Statements sent and the seconds they took."""

    seconds: float = 0.0
    statements: list[str] = field(default_factory=list)
    _started: float = 0.0


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def counted() -> Iterator[Tally]:
    """Collect every statement of the block."""
    token = _tally.set(Tally())
    try:
        yield _tally.get()  # type: ignore[misc]
    finally:
        _tally.reset(token)


@event.listens_for(Engine, "before_cursor_execute")
def _before(_connection: object, *_: object) -> None:
    if tally := _tally.get():
        tally._started = time.perf_counter()


@event.listens_for(Engine, "after_cursor_execute")
def _after(_connection: object, _cursor: object, statement: str, *_: object) -> None:
    if tally := _tally.get():
        tally.seconds += time.perf_counter() - tally._started
        tally.statements.append(statement)


def init_timing(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()
        g.tally = Tally()
        _tally.set(g.tally)

    @app.after_request
    def report(response: Response) -> Response:
        if "tally" in g and g.get("signed_in"):  # strangers learn nothing of how answers come about
            spent, tally = (time.perf_counter() - g.started) * 1000, g.tally
            response.headers["Server-Timing"] = (
                f'app;dur={spent:.2f}, sql;dur={tally.seconds * 1000:.2f};desc="{len(tally.statements)}"'
            )
        return response
