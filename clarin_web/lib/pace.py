"""How fast something may go on: a bucket of tokens per key, kept in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

MOST_KEYS = 10_000


class Pace:
    """`burst` at once, then `rate` a second. A rate of 0 holds nobody up."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._spent: dict[Hashable, tuple[float, float]] = {}  # tokens missing, and when that was so
        self._lock = threading.Lock()

    def take(self, key: Hashable) -> float:
        """0 when it may go on, and it is counted; else the seconds until it may, and it is not."""
        if not self.rate:
            return 0.0
        now = time.monotonic()
        with self._lock:
            missing, since = self._spent.get(key, (0.0, now))
            missing = max(0.0, missing - (now - since) * self.rate)
            if missing > self.burst - 1:
                return (missing - self.burst + 1) / self.rate
            self._make_room(now)
            self._spent[key] = (missing + 1, now)
        return 0.0

    def _make_room(self, now: float) -> None:
        """Those who are full again are like those never seen."""
        if len(self._spent) < MOST_KEYS:
            return
        full = [key for key, (missing, since) in self._spent.items() if missing <= (now - since) * self.rate]
        for key in full or list(self._spent)[: MOST_KEYS // 2]:
            del self._spent[key]
