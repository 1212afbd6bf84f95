"""One pace for all calls of this installation, whatever the process: evenly spaced, never a burst.

Kommo counts 7 requests a second per address and blocks addresses that go on after a 429. The pace is shared
through Redis; without Redis each process keeps its own, slower one. A 429 silences that host for a while
and makes the pace slower for a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import redis
import structlog

from clarin_web.kommo.errors import RateLimited

log = structlog.get_logger()
MAX_WAIT = 10.0
SLOWDOWN = 3
SLOW_SECONDS = 60
FALLBACK_SHARE = 0.5

# KEYS: next free slot, host silence, slow mark. ARGV: interval ms, slow factor, longest wait ms.
# Answers the wait in ms; a negative one means "too long, nothing reserved".
_RESERVE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local interval = tonumber(ARGV[1])
if redis.call('EXISTS', KEYS[3]) == 1 then interval = interval * tonumber(ARGV[2]) end
local following = tonumber(redis.call('GET', KEYS[1]) or '0')
local silent = tonumber(redis.call('GET', KEYS[2]) or '0')
local slot = math.max(now, following, silent)
local wait = slot - now
if wait > tonumber(ARGV[3]) then return -wait end
redis.call('SET', KEYS[1], slot + interval, 'PX', math.ceil(wait + interval) + 60000)
return wait
"""
# KEYS: host silence, slow mark. ARGV: silence ms, slow seconds.
_SILENCE = """
local t = redis.call('TIME')
local untilms = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])
if untilms > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], untilms, 'PX', math.ceil(ARGV[1]) + 1000)
end
redis.call('SET', KEYS[2], '1', 'EX', ARGV[2])
return 1
"""


class Limiter:
    """`wait()` before each call, `silence()` after a 429. A wait over MAX_WAIT raises RateLimited."""

    def __init__(
        self,
        connection: redis.Redis | None,
        rate: float,
        host: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = connection
        self._interval = 1.0 / rate
        self._keys = ["kommo:pace:next", f"kommo:pace:silent:{host}", "kommo:pace:slow"]
        self._sleep, self._clock = sleep, clock
        self._local = _LocalPace(self._interval / FALLBACK_SHARE)

    def wait(self) -> None:
        """Return when it is this call's turn."""
        delay = self._reserve()
        if delay < 0:
            raise RateLimited(-delay, "our own pace")
        if delay:
            self._sleep(delay)

    def silence(self, seconds: float) -> None:
        """No call to this host for `seconds`, by any process."""
        self._local.silence(self._clock(), seconds)
        if self._redis is None:
            return
        try:
            self._redis.eval(_SILENCE, 2, self._keys[1], self._keys[2], int(seconds * 1000), SLOW_SECONDS)
        except redis.RedisError as error:
            log.warning("kommo pace is kept locally", error=type(error).__name__)

    def _reserve(self) -> float:
        if self._redis is not None:
            try:
                args = (self._interval * 1000, SLOWDOWN, MAX_WAIT * 1000)
                return float(self._redis.eval(_RESERVE, 3, *self._keys, *args)) / 1000  # type: ignore[arg-type]
            except redis.RedisError as error:
                log.warning("kommo pace is kept locally", error=type(error).__name__)
        return self._local.reserve(self._clock())


class _LocalPace:
    """This process's own pace, for when Redis is away: half the rate, since others may be calling too."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        with self._lock:
            wait = max(0.0, self._next - now)
            if wait > MAX_WAIT:
                return -wait
            self._next = now + wait + self._interval
            return wait

    def silence(self, now: float, seconds: float) -> None:
        with self._lock:
            self._next = max(self._next, now + seconds)
