"""What cannot wait until a long visit ends, done between two of its pages.

Hints are asked for and leads are polled by the visit itself, so that one connection never has two writers. Where
another connection waits for this worker and its turn is over, or the worker is to stop, the visit begins no page any
more, stores those it has asked for, and goes on behind the others where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clarin_web.jobs import is_stopping
from clarin_web.kommo.errors import Interrupted
from clarin_web.kommo.run import Run
from clarin_web.kommo.webhooks.refetching import work_off

POLL_EVERY = 5.0
TURN = 4.0  # seconds a visit has to itself: with a handful of others each is back within a minute
LOOK_EVERY = 0.5
Clock = Callable[[], float]


class SteppedAside(Interrupted):
    """Somebody else waits. What was read is written, and the cursors say where to go on."""


def nobody() -> bool:
    """Who waits, where nobody can."""
    return False


@dataclass
class Between:
    """`poll` reads what is new of leads; `somebody_waits` asks for other connections."""

    run: Run
    clock: Clock
    poll: Callable[[], object]
    somebody_waits: Callable[[], bool] = nobody
    _is_busy: bool = False

    def __post_init__(self) -> None:
        self._began = self._polled = self._looked = self.clock()
        self._is_over = False

    def is_over(self) -> bool:
        """Whether this visit is to make room, or to end because the worker does."""
        now = self.clock()
        if not self._is_over and now - self._looked >= min(LOOK_EVERY, TURN):
            self._looked = now
            self._is_over = is_stopping() or (now - self._began >= TURN and self.somebody_waits())
        return self._is_over

    def ends(self, until: float) -> float:
        """A clock by which time is up at `until`, or as soon as the turn is over."""
        return until + 1 if self.is_over() else self.clock()

    def lists(self) -> None:
        """Between two lists: hints, and leads when it is their time. What is read here is not interrupted itself."""
        if self._is_busy:
            return
        self._is_busy = True
        try:
            work_off(self.run)
            if self.clock() - self._polled >= POLL_EVERY:
                self.poll()
                self._polled = self.clock()
        finally:
            self._is_busy = False

    def batches(self) -> None:
        """Between two questions that are not read ahead: the same, and room for others."""
        self.lists()
        if not self._is_busy and self.is_over():
            raise SteppedAside
