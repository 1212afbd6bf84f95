"""One process per wanted device: started, restarted with back-off, stopped. One that died is noticed at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import redis
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from clarin_web.accounts.queries import account_ids
from clarin_web.config import settings
from clarin_web.db import release, session, tenant
from clarin_web.devices import gateways, leaving, reports
from clarin_web.devices.jobs import WAKE_CHANNEL
from clarin_web.devices.queries.row import STALE
from clarin_web.devices.vitals import memory_mb
from clarin_web.jobs import redis_connection
from clarin_web.lib.outage import Outage
from clarin_web.models import Device

log = structlog.get_logger()
WORKER = Path(__file__).resolve().parents[2] / "worker.py"
LOOK_EVERY, PATIENCE, FORGET_EVERY = 2.0, 10.0, 60.0
NOTICE_SECONDS = 0.1  # until the death of a process is seen
# A process that is wanted connected and is not, or says nothing, is replaced after this; one that whatsmeow brings back
# by itself, trying every two seconds longer, after more: by then its tries are as far apart as ours.
HOPELESS_SECONDS, DIALLING_SECONDS = 45.0, 600.0
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the row says of a device somebody wants; `is_dialling`: its process is known to try by itself."""

    may_start: bool = True
    is_well: bool = True
    is_dialling: bool = False


@dataclass
class Kept:
    """One device's process, or its absence until the row lets it start."""

    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    unwell: float | None = None  # since when its row has not said that all is well
    told_to_stop: float | None = None

    def is_hopeless(self, wish: Wish, now: float) -> bool:
        """Wanted connected, and really not, for too long."""
        self.unwell = None if wish.is_well else self.unwell or now
        patience = DIALLING_SECONDS if wish.is_dialling else HOPELESS_SECONDS
        return self.unwell is not None and now - max(self.unwell, self.started) > patience


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
        seen: set[int] = set()
        wake = _Wake(lambda: self.stopping.is_set() or bool(self._dead() - seen))
        while not self.stopping.is_set():
            seen = self._dead()  # before the look, which leaves them so while the database is away
            self.look()
            is_busy = self.outage.is_on or any(k.told_to_stop for k in self.kept.values())
            wake.wait(0.5 if is_busy else LOOK_EVERY)
        self._stop_all()

    def _dead(self) -> set[int]:
        running = [kept.process for kept in self.kept.values() if kept.process]
        return {process.pid for process in running if process.poll() is not None}

    def look(self) -> None:
        """One round: what people want against what runs."""
        try:
            self._reap()
            wanted = wanted_devices()  # after what ended was written: it says when the next may start
            for key, wish in wanted.items():
                self._ensure(key, wish)
            for key in set(self.kept) - set(wanted):
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

    def _ensure(self, key: Key, wish: Wish) -> None:
        kept = self.kept.setdefault(key, Kept())
        if kept.process is None and wish.may_start:
            kept.started, kept.told_to_stop, kept.unwell = time.monotonic(), None, None
            kept.process = subprocess.Popen(
                command(key), stdin=subprocess.DEVNULL, env=gateways.environment()
            )
        elif kept.process is not None:
            self._watch(key, kept, kept.process, wish)

    def _watch(self, key: Key, kept: Kept, process: subprocess.Popen[bytes], wish: Wish) -> None:
        """Too large or hopeless, it is asked to drain, as for a stop; being wanted still, the next starts at once."""
        held, most = memory_mb(process.pid), settings().device_memory_mb
        if kept.told_to_stop is not None:
            self._insist(kept, process)
        elif held is not None and held > most:
            log.warning("device over its memory cap", device=key[1], megabytes=held, cap=most)
            self._replace(key, kept, process)
        elif kept.is_hopeless(wish, time.monotonic()):
            log.warning("device wanted connected and is not: a new process", device=key[1])
            self._replace(key, kept, process)

    def _replace(self, key: Key, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        with tenant(key[0]):
            reports.replaced(*key)
        kept.told_to_stop = time.monotonic()
        process.send_signal(signal.SIGTERM)

    def _insist(self, kept: Kept, process: subprocess.Popen[bytes]) -> None:
        if kept.told_to_stop is not None and time.monotonic() - kept.told_to_stop > PATIENCE:
            process.kill()

    def _reap(self) -> None:
        for key, kept in list(self.kept.items()):
            code = kept.process.poll() if kept.process else None
            if code is not None:
                self._ended(key, kept, code)

    def _ended(self, key: Key, kept: Kept, code: int) -> None:
        """Forgotten only when it is written: while the database is away the dead process stays the last one."""
        if kept.told_to_stop is not None or code == 0:
            with tenant(key[0]):
                reports.stopped(*key)
            del self.kept[key]
            return
        with tenant(key[0]):
            tried, wait = reports.process_ended(*key)
        kept.process = None
        if tried <= 2 or tried % 20 == 0:  # a night without network is a page, not a book
            log.warning("device ended", device=key[1], code=code, tries=tried, again_in=round(wait, 1))

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
    """Waits for a message on Redis, or until `is_due`; without Redis that is all."""

    def __init__(self, is_due: Callable[[], bool]) -> None:
        self._is_due = is_due
        self._pubsub: redis.client.PubSub | None = None

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self._is_due():
            try:
                if self._heard(min(left, NOTICE_SECONDS)):
                    return
            except redis.RedisError:
                self._pubsub = None
                time.sleep(min(left, NOTICE_SECONDS))

    def _heard(self, seconds: float) -> bool:
        if self._pubsub is None:
            self._pubsub = redis_connection().pubsub(ignore_subscribe_messages=True)
            self._pubsub.subscribe(WAKE_CHANNEL)
        return self._pubsub.get_message(timeout=seconds) is not None


_BEATS = func.coalesce(Device.heartbeat_at > func.now() - STALE, False)
_WISH = (
    func.coalesce(Device.retry_at <= func.now(), True),
    (Device.wanted != "connected") | ((Device.state == "connected") & _BEATS),
    (Device.state == "reconnecting") & (Device.state_reason == "connection_lost") & _BEATS,
)


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


def wanted_devices() -> dict[Key, Wish]:
    """Every device of every account that somebody wants connected or paired; old wishes to pair are ended."""
    found: dict[Key, Wish] = {}
    expired = (Device.wanted == "paired") & (Device.pairing_expires_at < func.now())
    for account_id in account_ids():
        with tenant(account_id):
            query = select(Device.id, func.coalesce(expired, False), leaving.is_overdue(), *_WISH).where(
                Device.account_id == account_id, Device.removed_at.is_(None), Device.wanted != "stopped"
            )
            for device_id, too_late, overdue, *wish in session().execute(query).all():
                if too_late:
                    reports.pairing_expired(account_id, device_id)
                elif overdue:
                    leaving.remove_untold(account_id, device_id)
                else:
                    found[account_id, device_id] = Wish(*wish)
    return found
