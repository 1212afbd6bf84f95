"""A clock that can be moved and stopped; the World's `now` comes from it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Runs like `base` until moved. `stop()` holds it, so that a test owns every second."""

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._offset = 0.0
        self._stopped: float | None = None

    def __call__(self) -> float:
        return self._stopped if self._stopped is not None else self._base() + self._offset

    def set(self, to: float) -> None:
        if self._stopped is not None:
            self._stopped = to
        else:
            self._offset = to - self._base()

    def move(self, seconds: float) -> None:
        self.set(self() + seconds)

    def stop(self) -> None:
        self._stopped = self()

    def start(self) -> None:
        now, self._stopped = self(), None
        self.set(now)
