"""One process per wanted device: started, restarted with back-off, stopped; changes are noticed in two seconds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from clarin_web.config import settings
from clarin_web.db import release, session, tenant
from clarin_web.devices import gateways, leaving, reports
from clarin_web.devices.jobs import WAKE_CHANNEL
from clarin_web.devices.vitals import memory_mb
from clarin_web.jobs import redis_connection
from clarin_web.lib.outage import Outage
from clarin_web.models import Account, Device

log = structlog.get_logger()
WORKER = Path(__file__).resolve().parents[2] / "worker.py"
LOOK_EVERY, PATIENCE, STEADY, LONGEST, FORGET_EVERY = 2.0, 10.0, 60.0, 60.0, 60.0
Key = tuple[int, int]


@dataclass
class Kept:
    """One device's process, or its absence until `due`."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0
    told_to_stop: float | None = None

    def failed(self, now: float) -> float:
        """Seconds until the next start: 1, 2, 4 … 60, spread so that devices do not come back in step."""
        self.failures = 1 if now - self.started > STEADY else self.failures + 1
        wait = min(LONGEST, 2.0 ** (self.failures - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
        self.due = now + wait
        return wait


@dataclass
class Supervisor:
    """Runs until SIGTERM; its children drain and end with it."""

    kept: dict[Key, Kept] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    forget_due: float = 0.0
    outage: Outage = field(default_factory=lambda: Outage("database", "devices go on as they are"))

    def run(self) -> None:
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: self.stopping.set())
        wake = _Wake(self.stopping)
        while not self.stopping.is_set():
            self.look()
            wake.wait(0.5 if any(k.told_to_stop for k in self.kept.values()) else LOOK_EVERY)
        self._stop_all()

    def look(self) -> None:
        """One round: what people want against what runs."""
        try:
            wanted = wanted_devices()
            self._reap()
            for key in wanted:
                self._ensure(key)
            for key in set(self.kept) - wanted:
                self._retire(key)
            self._forget_keys()
        except DBAPIError as error:
            self.outage.began(error)
        else:
            self.outage.over()
        finally:
            release()

    def _forget_keys(self) -> None:
        if time.monotonic() >= self.forget_due:
            self.forget_due = time.monotonic() + FORGET_EVERY
            leaving.forget_keys()

    def _ensure(self, key: Key) -> None:
        kept = self.kept.setdefault(key, Kept())
        if kept.process is None and time.monotonic() >= kept.due:
            kept.started, kept.told_to_stop = time.monotonic(), None
            kept.process = subprocess.Popen(
                command(key), stdin=subprocess.DEVNULL, env=gateways.environment()
            )
        elif kept.process is not None:
            self._weigh(key, kept, kept.process)

    def _weigh(self, key: Key, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        """Over its cap a process is asked to drain, as for a stop; being wanted still, it is started again at once."""
        held, most = memory_mb(process.pid), settings().device_memory_mb
        if kept.told_to_stop is not None:
            self._insist(kept, process)
        elif held is not None and held > most:
            log.warning("device over its memory cap", device=key[1], megabytes=held, cap=most)
            kept.told_to_stop = time.monotonic()
            process.send_signal(signal.SIGTERM)
            with tenant(key[0]):
                reports.process_ended(*key)

    def _insist(self, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        if kept.told_to_stop is not None and time.monotonic() - kept.told_to_stop > PATIENCE:
            process.kill()

    def _reap(self) -> None:
        for key, kept in list(self.kept.items()):
            code = kept.process.poll() if kept.process else None
            if code is not None:
                self._ended(key, kept, code)

    def _ended(self, key: Key, kept: Kept, code: int) -> None:
        kept.process = None
        if kept.told_to_stop is not None or code == 0:
            with tenant(key[0]):
                reports.stopped(*key)
            del self.kept[key]
            return
        wait = kept.failed(time.monotonic())
        if kept.failures <= 2 or kept.failures % 20 == 0:  # a night without network is a page, not a book
            log.warning(
                "device ended", device=key[1], code=code, failures=kept.failures, again_in=round(wait, 1)
            )
        with tenant(key[0]):
            reports.process_ended(*key)

    def _retire(self, key: Key) -> None:
        kept = self.kept[key]
        if kept.process is None:
            with tenant(key[0]):
                reports.stopped(*key)
            del self.kept[key]  # not before it is written, in case the database is away
        elif kept.told_to_stop is None:
            kept.told_to_stop = time.monotonic()
            kept.process.send_signal(signal.SIGTERM)
        else:
            self._insist(kept, kept.process)

    def _stop_all(self) -> None:
        running = [kept.process for kept in self.kept.values() if kept.process]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE - 2
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


class _Wake:
    """Waits for a message on Redis; without Redis it is a plain wait."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._pubsub: redis.client.PubSub | None = None

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._stopping.is_set():
            try:
                if self._heard(min(left, 0.5)):
                    return
            except redis.RedisError:
                self._pubsub = None
                self._stopping.wait(left)

    def _heard(self, seconds: float) -> bool:
        if self._pubsub is None:
            self._pubsub = redis_connection().pubsub(ignore_subscribe_messages=True)
            self._pubsub.subscribe(WAKE_CHANNEL)
        return self._pubsub.get_message(timeout=seconds) is not None


def command(key: Key) -> list[str]:
    """exec, not fork; `--parent` lets the child notice that we died before it could ask to be told."""
    account, device = map(str, key)
    parent = str(os.getpid())
    return [
        sys.executable,
        str(WORKER),
        "device",
        "--account",
        account,
        "--device",
        device,
        "--parent",
        parent,
    ]


def wanted_devices() -> set[Key]:
    """Every device of every account that somebody wants connected or paired; old wishes to pair are ended."""
    found: set[Key] = set()
    expired = (Device.wanted == "paired") & (Device.pairing_expires_at < func.now())
    for account_id in session().scalars(select(Account.id)).all():
        with tenant(account_id):
            query = select(Device.id, func.coalesce(expired, False), leaving.is_overdue()).where(
                Device.account_id == account_id, Device.removed_at.is_(None), Device.wanted != "stopped"
            )
            for device_id, too_late, overdue in session().execute(query).all():
                if too_late:
                    reports.pairing_expired(account_id, device_id)
                elif overdue:
                    leaving.remove_untold(account_id, device_id)
                else:
                    found.add((account_id, device_id))
    return found
