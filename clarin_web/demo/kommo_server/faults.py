"""What the simulated Kommo gets wrong on purpose, and the knobs on everything nobody could confirm."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from clarin_web.demo.kommo_server.rate import RateLimit

# Whole answers that are wrong, then answers that are the right one but for a detail.
WRONG = (
    "status html truncated short empty garbage reset reset_after hang timeout slow empty_page redirect no_embedded"
).split()
BENT = "false_next no_next duplicate_rows drop_rows odd_rows stale gzip mutate skew".split()
KINDS = (*WRONG, *BENT)
# What a client must survive without losing anything, and what only a later pass over the same rows brings back.
SURVIVABLE = (
    "status html truncated short empty garbage reset reset_after duplicate_rows odd_rows false_next gzip mutate"
).split()
SILENT = "empty_page no_embedded no_next drop_rows stale".split()


@dataclass
class Fault:
    """The next `times` requests whose path and query match `path` (a regex) go wrong as `kind` says.

    The first `after` matches pass. `status` for status and html; `seconds` for hang, timeout, skew and stale;
    `count` rows or changes for duplicate_rows, drop_rows, odd_rows and mutate; `speed` in bytes a second for slow.
    """

    kind: str
    path: str = ".*"
    times: int = 1
    status: int = 500
    seconds: float = 1.0
    count: int = 1
    speed: int = 20_000
    after: int = 0
    probability: float = 1.0
    retry_after: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}: one of {', '.join(KINDS)}")
        re.compile(self.path)


@dataclass(frozen=True)
class Injected:
    """One fault as it happened."""

    at: float
    kind: str
    target: str
    status: int


@dataclass
class Faults:
    """Knobs, and faults to come. Everything here can be changed while the server runs, also at /_sim/knobs."""

    rate: int = 7
    window: float = 1.0
    rate_key: str = "ip"  # or token, or account: everybody who asks this server
    retry_after: float = 1
    retry_header: bool = False
    rate_body: str = "json"  # or html
    block_after: int = 20
    block_seconds: float = 5
    public_base: str = "https://demo.kommo.com"
    default_limit: int = 50
    limit_over: str = "clamp"  # or 400
    events_over_limit: str = "clamp250"  # or fallback50, as one integrator met it
    default_order: str = "id_asc"  # or shuffle
    events_order: str = "desc"  # of /events when none is asked
    filters_enabled: bool = True
    range_inclusive: bool = True
    pipeline_filter_hides: str = "none"  # incoming, closed, both
    archived_listed: bool = True
    loss_reason_shape: str = "array"  # or object
    empty_values: str = "null"  # or list
    string_ids: bool = False
    clock_skew: float = 0.0
    stale_seconds: float = 0.0
    mutations_per_request: int = 0
    is_unpaid: bool = False
    webhook_status: int = 201
    pending: list[Fault] = field(default_factory=list)
    log: list[Injected] = field(default_factory=list)
    limiter: RateLimit = field(default_factory=RateLimit, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _storm: tuple[float, tuple[str, ...], random.Random, str] | None = None
    _spans: Mapping[str, float] = field(default_factory=dict)

    def add(self, kind: str, path: str = ".*", times: int = 1, **options: Any) -> None:
        with self._lock:
            self.pending.append(Fault(kind, path, times, **options))

    def storm(
        self,
        probability: float,
        kinds: Sequence[str] = SURVIVABLE,
        *,
        seed: int = 0,
        path: str = "/api/",
        seconds: Mapping[str, float] | None = None,
    ) -> None:
        """From now on each request whose path matches goes wrong with this probability, a kind by lot.

        `seconds`, by kind: how long for hang, timeout, skew and stale.
        """
        if unknown := set(kinds) - set(KINDS):
            raise ValueError(f"unknown faults {unknown}")
        with self._lock:
            self._storm = (probability, tuple(kinds), random.Random(seed), path) if probability else None
            self._spans = dict(seconds or {})

    def burst(self, times: int = 5, path: str = ".*", retry_after: float | None = None) -> None:
        """The next `times` requests are told 429 whatever their pace."""
        self.add("status", path, times, status=429, retry_after=retry_after)

    def block(self, seconds: float = 5.0) -> None:
        """Everybody gets the HTML 403 of an abused address, OAuth included."""
        self.limiter.block(seconds)

    def clear(self) -> None:
        with self._lock:
            self.pending.clear()
            self._storm = None
        self.limiter.forgive()

    def take(self, target: str) -> Fault | None:
        """The fault this request meets, used up once and written down."""
        with self._lock:
            fault = self._pending_for(target) or self._by_lot(target)
            if fault:
                self.log.append(Injected(time.monotonic(), fault.kind, target, fault.status))
            return fault

    def knobs(self) -> dict[str, Any]:
        named = [knob.name for knob in fields(self) if knob.name not in _NOT_KNOBS]
        return {name: getattr(self, name) for name in named}

    def turn(self, **values: Any) -> None:
        """Set knobs by name; an unknown one is an error."""
        if unknown := set(values) - set(self.knobs()):
            raise ValueError(f"unknown knobs {sorted(unknown)}")
        for name, value in values.items():
            setattr(self, name, value)

    def gate(self, key: str = "127.0.0.1") -> int:
        return self.limiter.gate(key, self.rate, self.window, self.block_after, self.block_seconds)

    def _pending_for(self, target: str) -> Fault | None:
        for fault in self.pending:
            if fault.times > 0 and re.search(fault.path, target):
                if fault.after > 0:
                    fault.after -= 1
                elif fault.probability >= 1 or random.random() < fault.probability:
                    fault.times -= 1
                    return fault
        return None

    def _by_lot(self, target: str) -> Fault | None:
        if self._storm is None or not re.search(self._storm[3], target):
            return None
        probability, kinds, lot, _ = self._storm
        if lot.random() >= probability:
            return None
        kind, status = lot.choice(kinds), lot.choice((429, 500, 502, 503, 504))
        return Fault(kind, status=status, retry_after=0.05, seconds=self._spans.get(kind, 1.0))


_NOT_KNOBS = {"pending", "log", "limiter", "_lock", "_storm", "_spans"}
