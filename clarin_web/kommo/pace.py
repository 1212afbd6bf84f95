"""The pace without Redis: the turns of one process, and of all processes of one machine through a small file.

The file holds one number, when the next call may leave, by the machine's monotonic clock, under flock.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from pathlib import Path

from clarin_web.kommo.limiter_scripts import MARGIN, SLACK_MS, SLACK_SHARE

_NUMBER = struct.Struct("d")
_TOO_FAR = 3600.0


def turn(following: float, now: float, rate: float) -> tuple[float, float]:
    """(seconds to wait, the next turn). With nothing to wait, the turn is taken."""
    if now < following <= now + _TOO_FAR:
        return following - now, following
    if following > now:  # written before the machine started again
        following = 0.0
    interval = MARGIN / rate
    slack = min(SLACK_MS / 1000, interval * SLACK_SHARE)
    return 0.0, max(following, now - slack) + interval


class ProcessPace:
    """The turns of this process alone."""

    def __init__(self) -> None:
        self._next = 0.0
        self._lock = threading.Lock()

    def ask(self, now: float, rate: float) -> float:
        """0 when a call may leave now, else how long until one may."""
        with self._lock:
            wait, self._next = turn(self._next, now, rate)
            return wait


class FilePace:
    """The turns of every process that shares the file, in containers or not."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, now: float, rate: float) -> float:
        """As ProcessPace. Raises OSError where the file cannot be kept: then nobody may call."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)  # released by closing, also when the process dies
            stored = os.pread(file, _NUMBER.size, 0)
            following = _NUMBER.unpack(stored)[0] if len(stored) == _NUMBER.size else 0.0
            wait, after = turn(following, now, rate)
            if not wait:
                os.pwrite(file, _NUMBER.pack(after), 0)
            return wait
        finally:
            os.close(file)
