"""Kommo's pace, measured at the server: over it 429, again and again over it the caller is blocked (403 HTML)."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class _Caller:
    seen: deque[float] = field(default_factory=deque)
    refused: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0


class RateLimit:
    """A sliding window per caller. Share one between servers when they count one address together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callers: dict[str, _Caller] = {}
        self._all_until = 0.0

    def gate(self, key: str, rate: int, window: float, block_after: int, block_seconds: float) -> int:
        """0 to pass, 429 over the rate, 403 while blocked. A refused request counts too."""
        now = time.monotonic()
        with self._lock:
            caller = self._callers.setdefault(key, _Caller())
            if now < max(caller.blocked_until, self._all_until):
                return 403
            _forget(caller.seen, now - window)
            _forget(caller.refused, now - 60)
            caller.seen.append(now)
            if len(caller.seen) <= rate:
                return 0
            caller.refused.append(now)
            if len(caller.refused) > block_after:
                caller.blocked_until = now + block_seconds
            return 429

    def block(self, seconds: float) -> None:
        """Block everybody, as after abuse."""
        with self._lock:
            self._all_until = time.monotonic() + seconds

    def forgive(self) -> None:
        with self._lock:
            self._callers.clear()
            self._all_until = 0.0


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
