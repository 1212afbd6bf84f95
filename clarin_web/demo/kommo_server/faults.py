"""What the simulated Kommo gets wrong on purpose, and its rate limit."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field

KINDS = ("status", "html", "truncated", "empty", "reset", "hang", "garbage", "empty_page", "redirect")


@dataclass
class Fault:
    """The next `times` requests whose path and query match `path` (a regex) go wrong as `kind` says."""

    kind: str
    path: str = ".*"
    times: int = 1
    status: int = 500
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: one of {', '.join(KINDS)}")
        re.compile(self.path)


@dataclass
class Faults:
    """Faults to come and the knobs of open points (`facts`: what nobody could confirm is a knob)."""

    rate: int = 7
    window: float = 1.0
    retry_after: float = 1
    block_after: int = 20
    block_seconds: float = 5
    public_base: str = "https://demo.kommo.com"
    default_limit: int = 50
    filters_enabled: bool = True
    pending: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _seen: deque[float] = field(default_factory=deque, repr=False)
    _refused: deque[float] = field(default_factory=deque, repr=False)
    _blocked_until: float = 0.0

    def add(self, kind: str, path: str = ".*", times: int = 1, **options: float) -> None:
        with self._lock:
            self.pending.append(Fault(kind, path, times, **options))  # type: ignore[arg-type]

    def clear(self) -> None:
        with self._lock:
            self.pending.clear()
            self._blocked_until = 0.0

    def take(self, target: str) -> Fault | None:
        """The fault this request meets, used up once."""
        with self._lock:
            for fault in self.pending:
                if fault.times > 0 and re.search(fault.path, target):
                    fault.times -= 1
                    return fault
        return None

    def gate(self) -> int:
        """0 to pass, 429 over the rate, 403 while the caller's address is blocked."""
        now = time.monotonic()
        with self._lock:
            if now < self._blocked_until:
                return 403
            _forget(self._seen, now - self.window)
            _forget(self._refused, now - 60)
            self._seen.append(now)
            if len(self._seen) <= self.rate:
                return 0
            self._refused.append(now)
            if len(self._refused) > self.block_after:
                self._blocked_until = now + self.block_seconds
            return 429


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
