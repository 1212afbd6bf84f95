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

    def gate(self, key: str, rate: int, window: float, block_after: int, block_seconds: float) -> int:
        """0 to pass, 429 over the rate, 403 while blocked. A refused request counts too."""
        now = time.monotonic()
        with self._lock:
            caller = self._callers.setdefault(key, _Caller())
            if now < caller.blocked_until:
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

    def block(self, key: str, seconds: float) -> None:
        with self._lock:
            self._callers.setdefault(key, _Caller()).blocked_until = time.monotonic() + seconds

    def is_blocked(self, key: str) -> bool:
        with self._lock:
            return key in self._callers and self._callers[key].blocked_until > time.monotonic()

    def forgive(self) -> None:
        with self._lock:
            self._callers.clear()


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
