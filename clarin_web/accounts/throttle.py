"""Delays between guesses: failures counted in Redis, in this process's memory while Redis is away.

An attempt counts as a failure from its start until it proves right, so that many at once gain nothing. It is a
delay and never a lock: what is refused while waiting does not count.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import redis

from clarin_web.lib.errors import TooMany
from clarin_web.store import redis_connection

REMEMBERED_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Bucket:
    """`free` failures cost nothing; from the last of them each doubles the wait, from `first` seconds to `most`."""

    key: str
    free: int
    first: int
    most: int

    def delay(self, failures: int) -> int:
        return 0 if failures < self.free else min(self.most, self.first << min(failures - self.free, 20))

    @property
    def counter(self) -> str:
        return f"failures:{self.key}"

    @property
    def gate(self) -> str:
        return f"wait:{self.key}"


class Store(Protocol):
    """The five commands of Redis that are needed."""

    def pttl(self, name: str) -> Any: ...
    def incrby(self, name: str, amount: int) -> Any: ...
    def expire(self, name: str, time: int) -> Any: ...
    def set(self, name: str, value: str, *, nx: bool, ex: int) -> Any: ...
    def delete(self, *names: str) -> Any: ...


@dataclass(slots=True)
class Attempt:
    """One try that may go on. `failures` and `closed` say what it left in each bucket."""

    store: Store
    failures: dict[Bucket, int] = field(default_factory=dict)
    closed: list[Bucket] = field(default_factory=list)

    def take_back(self) -> None:
        """It did not happen."""
        for bucket in self.failures:
            self.store.incrby(bucket.counter, -1)
        if self.closed:
            self.store.delete(*(bucket.gate for bucket in self.closed))

    def forgive(self) -> None:
        """It was right: what the first bucket counted is forgotten, and taken off the others."""
        own, *others = self.failures
        for bucket in others:
            if self.store.incrby(bucket.counter, -self.failures[own]) <= 0:
                self.store.delete(bucket.counter)
        self.store.delete(own.counter, own.gate, *(bucket.gate for bucket in self.closed))


def begin(buckets: list[Bucket]) -> Attempt:
    """An attempt in all of them, that of the person and place first. Raises TooMany with the seconds to wait."""
    try:
        return _begin(redis_connection(), buckets)
    except redis.RedisError:
        return _begin(_memory, buckets)


def end(attempt: Attempt) -> None:
    """Forgive; with Redis gone meanwhile it has forgotten by itself."""
    try:
        attempt.forgive()
    except redis.RedisError:
        return


def _begin(store: Store, buckets: list[Bucket]) -> Attempt:
    if waits := [wait for bucket in buckets if (wait := _seconds(store.pttl(bucket.gate)))]:
        raise TooMany(seconds=max(waits))
    attempt = Attempt(store)
    for bucket in buckets:
        if wait := _enter(attempt, bucket):
            attempt.take_back()
            raise TooMany(seconds=wait)
    return attempt


def _enter(attempt: Attempt, bucket: Bucket) -> int:
    """Count it. Seconds to wait when another attempt of the same moment came first."""
    attempt.failures[bucket] = failures = int(attempt.store.incrby(bucket.counter, 1))
    attempt.store.expire(bucket.counter, REMEMBERED_SECONDS)
    if not (delay := bucket.delay(failures)):
        return 0
    if not attempt.store.set(bucket.gate, "1", nx=True, ex=delay):
        return _seconds(attempt.store.pttl(bucket.gate)) or 1
    attempt.closed.append(bucket)
    return 0


def _seconds(milliseconds: int) -> int:
    return math.ceil(max(0, milliseconds) / 1000)


class Memory:
    """As much of Redis as `Store` says, for one process and for as long as Redis is away."""

    MOST = 10_000

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float]] = {}
        self._lock = threading.RLock()

    def pttl(self, name: str) -> int:
        return max(0, int((self._read(name)[1] - time.monotonic()) * 1000))

    def incrby(self, name: str, amount: int) -> int:
        with self._lock:
            if len(self._kept) > self.MOST:
                self._kept.clear()
            value, until = self._read(name)
            self._kept[name] = (value + amount, until or time.monotonic() + REMEMBERED_SECONDS)
            return value + amount

    def expire(self, name: str, time: int) -> None:
        """Counters begin with their whole time."""

    def set(self, name: str, value: str, *, nx: bool, ex: int) -> bool:
        with self._lock:
            if self._read(name)[1]:
                return False
            self._kept[name] = (1, time.monotonic() + ex)
            return True

    def delete(self, *names: str) -> None:
        for name in names:
            self._kept.pop(name, None)

    def _read(self, name: str) -> tuple[int, float]:
        found = self._kept.get(name, (0, 0.0))
        return found if found[1] > time.monotonic() else (0, 0.0)


_memory = Memory()
