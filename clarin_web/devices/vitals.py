"""How this process is doing: where it runs, what it weighs, how long WhatsApp takes to confirm what it sends."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func

from clarin_web.models import Device

RECENT = 200
WEIGHED_EVERY = 60.0
_weighed: tuple[float, int] = (float("-inf"), 0)
_waits: deque[float] = deque(maxlen=RECENT)
_last_out: list[datetime] = []
_lock = threading.Lock()


def confirmed(seconds: float) -> None:
    """WhatsApp took so long for one send, just now."""
    with _lock:
        _waits.append(seconds)
        _last_out[:] = [datetime.now(UTC)]


def vitals() -> dict[str, object]:
    """Columns of the device, as a heartbeat writes them."""
    with _lock:
        waits = sorted(_waits)
    found: dict[str, object] = {"process": f"{socket.gethostname()}:{os.getpid()}", "memory_mb": _share_mb()}
    if waits:
        # Another program of the number's may have sent since: the row knows.
        found["last_out_at"] = func.greatest(Device.last_out_at, _last_out[0])
        found |= {"ack_p50_ms": _at(waits, 0.5), "ack_p95_ms": _at(waits, 0.95)}
    return found


def _share_mb() -> int | None:
    """What the system would have back (PSS): libraries that many numbers share are not counted for each. Once a minute,
    since the kernel counts for milliseconds; where it does not, all that is held."""
    global _weighed
    if time.monotonic() > _weighed[0] + WEIGHED_EVERY:
        try:
            lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
            share = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            return memory_mb()
        _weighed = (time.monotonic(), share)
    return _weighed[1]


def memory_mb(pid: int | str = "self") -> int | None:
    """What the process holds in memory; None where the system does not say, or once it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def _at(waits: list[float], share: float) -> int:
    return round(waits[min(len(waits) - 1, int(len(waits) * share))] * 1000)
