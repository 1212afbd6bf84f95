"""What reading very many rows does differently from a poll.

Three threads share one interpreter: each statement's answer must not wait five milliseconds for its turn, nor for the
collector to look at every page's rows again. The search index gathers what is new and takes it in by the megabyte;
meanwhile a search also looks through what was gathered, and rarely a person's change waits while it is taken in. And
the planner is told while the import goes on (`statistics`).
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clarin_web.db import elsewhere, execute, transaction
from clarin_web.kommo import statistics
from clarin_web.models import KommoStream

log = structlog.get_logger()
MANY = 2000
TURN = 0.0001  # seconds a thread keeps the interpreter to itself
COLLECT = (20_000, 20, 50)


class Growth:
    """Tells the planner of rows as they come, on a thread and a connection of its own."""

    def __init__(self, stream: KommoStream, thread: ThreadPoolExecutor) -> None:
        self._written, self._thread = stream.rows_written, thread
        self._telling: Future[None] | None = None

    def stored(self, changed: int) -> None:
        """So many rows more. While it is being told, what else has grown waits for the next step."""
        is_told = self._telling is None or self._telling.done()
        if is_told and statistics.has_grown(self._written, self._written + changed):
            self._telling = self._thread.submit(elsewhere(_tell))
        self._written += changed


@contextmanager
def reading(stream: KommoStream) -> Iterator[Growth]:
    """While a list is read. A long one is read in a hurry; the first import of leads lets the search gather."""
    is_long = (stream.rows_total or 0) >= MANY
    with ExitStack() as stack:
        if is_long:
            stack.enter_context(_own_turns())
        if is_long and stream.phase == "backfill" and stream.name == "leads":
            stack.enter_context(_gathered_search())
        thread = stack.enter_context(ThreadPoolExecutor(1, "kommo-statistics"))
        yield Growth(stream, thread)


def settle() -> None:
    """What a killed import left: the search index takes in at once again. Costs nothing when it does already."""
    with transaction():
        execute(text("SELECT gather_search(false)"))


@contextmanager
def _own_turns() -> Iterator[None]:
    turn, collect = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(TURN)
    gc.freeze()
    gc.set_threshold(*COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*collect)
        gc.unfreeze()
        sys.setswitchinterval(turn)


@contextmanager
def _gathered_search() -> Iterator[None]:
    with transaction():
        execute(text("SELECT gather_search(true)"))
    try:
        yield
    finally:
        try:
            settle()
        except DBAPIError as error:
            log.warning("the search index is settled later", error=type(error).__name__)


def _tell() -> None:
    try:
        statistics.refresh()
    except DBAPIError as error:
        log.warning("statistics not refreshed", error=type(error).__name__)
