"""What cannot wait until a long visit ends, done between two of its pages.

Hints are asked for and leads are polled by the visit itself, so that one connection never has two writers. Where
another connection waits for this worker, the visit steps aside and goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clarin_web.kommo.errors import Interrupted
from clarin_web.kommo.run import Run
from clarin_web.kommo.webhooks.refetching import work_off

POLL_EVERY = 5.0
TURN = 0.5  # a visit that began gets somewhere before it steps aside
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
        self._began = self._polled = self.clock()

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

    def pages(self) -> None:
        """Between two pages of a list: the same, and room for others. A page was written, so it gets on each time."""
        self.lists()
        if not self._is_busy and self.clock() - self._began >= TURN and self.somebody_waits():
            raise SteppedAside
