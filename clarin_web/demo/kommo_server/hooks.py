"""Webhooks: subscriptions, and the sender with Kommo's retries, 2-second patience and disabling rule."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from dataclasses import dataclass
from typing import Any

from clarin_web.demo.kommo_server import delivery, payloads
from clarin_web.demo.kommo_server.core import Change
from clarin_web.demo.kommo_server.delivery import Delivery
from clarin_web.demo.kommo_server.payloads import Pairs
from clarin_web.demo.kommo_server.table import Row
from clarin_web.demo.kommo_server.world import World

RETRIES = {
    1: 300.0,
    2: 900.0,
    3: 900.0,
    4: 3600.0,
}  # seconds after attempt n; the fifth only after 499 or 5xx
MOST = 100


@dataclass
class HookKnobs:
    """How badly webhooks arrive. `time_scale` shortens retries and the window of the disabling rule."""

    time_scale: float = 0.001
    timeout: float = 2.0
    disable_after: int = 100
    disable_window: float = 7200.0
    coalesce: int = 1  # up to so many entities in one POST, gathered for `coalesce_seconds`
    coalesce_seconds: float = 0.2
    delay: float = 0.0
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    tags_are_silent: bool = False
    status_is_silent: bool = False  # update hooks come, the status ones do not
    style: str = "account"  # or digital_pipeline
    malformed: str = ""  # see payloads.MALFORMED
    wrong_account: bool = False


class Hooks:
    """Listens to the World; sends from a thread of its own once something is subscribed."""

    def __init__(self, world: World, knobs: HookKnobs | None = None, seed: int = 0) -> None:
        self.world, self.knobs = world, knobs or HookKnobs()
        self.rows: dict[str, Row] = {}
        self.log: list[Delivery] = []
        self._ids = itertools.count(1)
        self._random = random.Random(seed)
        self._bad: dict[str, list[float]] = {}
        self._due: list[tuple[float, int, Delivery | tuple[str, str]]] = []
        self._held: dict[tuple[str, str], list[Row]] = {}
        self._ready = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None
        self._is_closed = False
        world.listeners.append(self._on_change)

    def subscribe(self, destination: str, settings: list[str], sort: int = 10, by: int = 0) -> Row:
        """The same destination again updates that hook and switches it on."""
        if unknown := set(settings) - payloads.CODES:
            raise ValueError(f"NotSupportedChoice: {sorted(unknown)}")
        if destination not in self.rows and len(self.rows) >= MOST:
            raise OverflowError(f"over {MOST} webhooks")
        now, old = self.world.now(), self.rows.get(destination)
        fixed = {"id": old["id"] if old else next(self._ids), "created_at": old["created_at"] if old else now}
        about = {"destination": destination, "settings": list(settings), "sort": sort, "created_by": by}
        account = {"account_id": self.world.account["id"], "updated_at": now, "disabled": False}
        self.rows[destination] = {**fixed, **about, **account}
        return self.rows[destination]

    def unsubscribe(self, destination: str) -> bool:
        return self.rows.pop(destination, None) is not None

    def send(self, destination: str, code: str, pairs: Pairs) -> None:
        """Send any body now: what the knobs cannot say, a test says here."""
        self._queue(Delivery(destination, code, pairs), 0.0)

    def wait(self, count: int, timeout: float = 20.0) -> list[Delivery]:
        """The log once `count` attempts are in it."""
        with self._ready:
            self._ready.wait_for(lambda: len(self.log) >= count, timeout)
            return list(self.log)

    def close(self) -> None:
        with self._ready:
            self._is_closed = True
            self._ready.notify_all()
        if self._on_change in self.world.listeners:
            self.world.listeners.remove(self._on_change)

    def _on_change(self, change: Change) -> None:
        wanted = [row for row in self.rows.values() if not row["disabled"]]
        if not wanted:
            return
        for code, section in payloads.of_change(self.world, change, self.knobs):
            for row in wanted:
                if code in row["settings"] or code.startswith("unsorted"):
                    self._hold((row["destination"], code), section)

    def _hold(self, key: tuple[str, str], section: Row) -> None:
        """Wait for company when the knob says so."""
        with self._ready:
            held = self._held.setdefault(key, [])
            held.append(section)
            if len(held) >= self.knobs.coalesce:
                self._release(key)
            elif len(held) == 1:
                self._queue(key, self.knobs.coalesce_seconds)

    def _release(self, key: tuple[str, str]) -> None:
        sections = self._held.pop(key, [])
        if sections:
            self._by_lot(Delivery(*key, payloads.body(self.world, sections, self.knobs)))

    def _by_lot(self, sent: Delivery) -> None:
        lot, knobs = self._random, self.knobs
        if lot.random() < knobs.drop:
            return
        late = lot.uniform(0.05, 0.3) if lot.random() < knobs.reorder else 0.0
        for _ in range(2 if lot.random() < knobs.duplicate else 1):
            self._queue(sent, knobs.delay + late)

    def _queue(self, sent: Delivery | tuple[str, str], seconds: float) -> None:
        with self._ready:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._ids), sent))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._ready.notify_all()

    def _run(self) -> None:
        while sent := self._next():
            result = delivery.deliver(sent, self.knobs.timeout)
            self._settle(result)
            with self._ready:
                self.log.append(result)
                self._ready.notify_all()

    def _next(self) -> Delivery | None:
        """The next delivery when its time has come; None when closed."""
        with self._ready:
            while not self._is_closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._ready.wait(wait)
                    continue
                sent = heapq.heappop(self._due)[2]
                if isinstance(sent, Delivery):
                    return sent
                self._release(sent)
        return None

    def _settle(self, sent: Delivery) -> None:
        """Retry, or give up; too many bad answers switch the hook off."""
        if 100 <= sent.status < 300:
            return
        now, scale = time.monotonic(), self.knobs.time_scale
        bad = self._bad.setdefault(sent.destination, [])
        bad[:] = [*(at for at in bad if at > now - self.knobs.disable_window * scale), now]
        row = self.rows.get(sent.destination)
        if row and len(bad) > self.knobs.disable_after:
            row["disabled"] = True
            return
        last_chance = sent.attempt < 4 or sent.status == 499 or sent.status >= 500
        if sent.attempt in RETRIES and last_chance:
            self._queue(sent.again(), RETRIES[sent.attempt] * scale)


def shown(view_link: Any, row: Row) -> Row:
    return {**row, "_links": view_link("webhooks", row["id"])}
