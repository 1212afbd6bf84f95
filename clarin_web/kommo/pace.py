"""The pace of one process, and of all processes of one machine through a small file; the only one while Redis is away.

The file holds one number, when the next call may leave, by the machine's monotonic clock, under flock.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from pathlib import Path

from clarin_web.kommo import limiter_scripts as scripts

# Alone: two in a hundred slower than asked, and a hair of lateness forgiven, so that rate + 1 turns span over a second.
MARGIN, SLACK, SLACK_SHARE = 1.02, 0.01, 0.06
_NUMBER = struct.Struct("d")
_TOO_FAR = 3600.0


def turn(following: float, now: float, rate: float, *, is_alone: bool = True) -> tuple[float, float]:
    """(seconds to wait, the next turn). With nothing to wait, the turn is taken. Not alone: Redis counts as well."""
    if now < following <= now + _TOO_FAR:
        return following - now, following
    if following > now:  # written before the machine started again
        following = 0.0
    interval = MARGIN / rate if is_alone else 1 / rate
    slack = min(SLACK, interval * SLACK_SHARE) if is_alone else interval * scripts.SLACK_SHARE
    return 0.0, max(following, now - slack) + interval


class ProcessPace:
    """The turns of this process alone."""

    def __init__(self) -> None:
        self._next = 0.0
        self._lock = threading.Lock()

    def ask(self, now: float, rate: float, *, is_alone: bool = True) -> float:
        """0 when a call may leave now, else how long until one may."""
        with self._lock:
            wait, self._next = turn(self._next, now, rate, is_alone=is_alone)
            return wait


class FilePace:
    """The turns of every process that shares the file, in containers or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, now: float, rate: float, *, is_alone: bool = True) -> float:
        """As ProcessPace. Raises OSError where the file cannot be kept: then nobody may call."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # released by closing, also when the process dies
            stored = os.pread(file, _NUMBER.size, 0)
            following = _NUMBER.unpack(stored)[0] if len(stored) == _NUMBER.size else 0.0
            wait, after = turn(following, now, rate, is_alone=is_alone)
            if not wait:
                os.pwrite(file, _NUMBER.pack(after), 0)
            return wait
        finally:
            os.close(file)
