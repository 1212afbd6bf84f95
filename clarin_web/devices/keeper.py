"""The second thread of a device's process: state and heartbeat to the row, events to the table, wake-ups, sweeps.

The gateway's thread only puts things here, so that a slow database never holds WhatsApp up.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime

import psycopg
import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.exc import DBAPIError

from clarin_web.db import release, session, tenant
from clarin_web.devices import outbox, reports
from clarin_web.devices import presence as presences
from clarin_web.devices.gateway import ConnectionChanged, Gateway, Paired, PairingCode, Presence, State
from clarin_web.devices.intake import Intake
from clarin_web.devices.lock import DeviceLock
from clarin_web.devices.switches import applied_now
from clarin_web.devices.tries import STEADY_SECONDS
from clarin_web.devices.vitals import vitals
from clarin_web.jobs import device_queue, enqueue
from clarin_web.lib.outage import Outage
from clarin_web.models import WhatsappEvent

log = structlog.get_logger()
PROCESS_EVENTS = "clarin_web.chats.jobs.process_events"
SEND_WAITING = "clarin_web.devices.jobs.send_waiting"
BEAT, SWEEP, NAP, GAP = 5.0, 3.0, 1.0, 0.25
KEEPER_FAILED = 6


News = ConnectionChanged | PairingCode | Paired | Presence


class Keeper:
    """Also the gateway's Listener. `give_up(code)` asks the main thread to end the process."""

    def __init__(
        self,
        account_id: int,
        device_id: int,
        intake: Intake,
        lock: DeviceLock,
        give_up: Callable[[int], None],
    ) -> None:
        self._ids = (account_id, device_id)
        self._intake, self._lock, self._give_up = intake, lock, give_up
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._pending: News | None = None
        self._wake, self._done = threading.Event(), threading.Event()
        self._heard = self._refused = self._is_back = False
        self._is_told: bool | None = None  # of the end of a link that was refused
        self._connected_at: float | None = None
        self._unread = True  # what the process before us left in the spool is not waiting for the next event
        self._beat_due = self._sweep_due = self._ask_due = 0.0
        self._outage = Outage("database")
        self.state = State.CONNECTING
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def on_event(self, raw: bytes, kind: str) -> None:
        if self._refused:
            return  # what another number hears is not this one's to keep
        self._intake.keep(kind, raw)
        self._heard = self._heard or kind.endswith(".message")
        if not self._unread:  # else the keeper knows already, and its GAP is not over
            self._unread = True
            self._wake.set()

    def has_event(self, wa_id: str) -> bool:
        return self._intake.has(wa_id)

    def on_state(self, change: ConnectionChanged) -> None:
        if not self._refused:
            self.state = change.state
            self._is_back = change.state is State.CONNECTED
            is_connected = change.state is State.CONNECTED
            self._connected_at = (self._connected_at or time.monotonic()) if is_connected else None
        self._tell(change)

    def on_pairing_code(self, code: PairingCode) -> None:
        self._tell(code)

    def on_paired(self, paired: Paired) -> None:
        self._tell(paired)

    def on_presence(self, presence: Presence) -> None:
        self._tell(presence)

    def start(self, gateway: Gateway, restart_at: datetime | None = None) -> None:
        self._gateway, self._restart_at = gateway, restart_at
        self._thread.start()

    def finish(self) -> None:
        """Write what is still to be written; bounded, because an ending process must end."""
        self._done.set()
        self._wake.set()
        self._thread.join(5)

    def _tell(self, news: News) -> None:
        self._news.put(news)
        self._wake.set()

    def _run(self) -> None:
        try:
            with tenant(self._ids[0]):
                while not self._done.is_set():
                    self._wake.wait(self._nap())
                    self._wake.clear()
                    self._round()
                self._round()
        except Exception:  # a device that lives without its keeper would hear everything and tell nobody
            log.exception("keeper failed", device=self._ids[1])
            self._give_up(KEEPER_FAILED)

    def _nap(self) -> float:
        """Events that came just after an asking are asked for when GAP is over."""
        return max(0.0, self._ask_due - time.monotonic()) if self._unread else NAP

    def _round(self) -> None:
        """One look at everything; without a database it is simply tried again."""
        try:
            self._write_news()
            self._wake_chats()
            self._sweep()
            self._beat()
        except (DBAPIError, psycopg.Error) as error:
            self._outage.began(error, device=self._ids[1])
        finally:
            release()
        if not self._done.is_set() and (self.state in reports.FINAL or not self._gateway.alive):
            self._give_up(0 if self.state in reports.FINAL else 3)

    def _write_news(self) -> None:
        """In order; what could not be written stays first in line."""
        while self._pending is not None or not self._news.empty():
            self._pending = self._pending or self._news.get()
            self._write(self._pending)
            self._pending = None

    def _write(self, news: News) -> None:
        if self._refused and not isinstance(news, Paired):
            return  # what the gateway says while it is being logged out again would hide why
        if isinstance(news, Presence):
            presences.note(*self._ids, news)
        elif isinstance(news, ConnectionChanged):
            reports.state_changed(*self._ids, news)
        elif isinstance(news, PairingCode):
            reports.pairing_code(*self._ids, news)
        elif reason := reports.paired(*self._ids, news):
            self._unlink(reason)

    def _unlink(self, reason: str) -> None:
        """WhatsApp first, then the row: what the row says ends this process, and a device nobody uses would stay
        on the phone."""
        self._refused = True
        if self._is_told is None:
            self._is_told = self._gateway.log_out()
        why = reason if self._is_told else f"{reason}:untold"
        reports.state_changed(*self._ids, ConnectionChanged(State.LOGGED_OUT, why))
        self.state = State.LOGGED_OUT

    def _wake_chats(self) -> None:
        """One asking for many events: in a stream, at most one in GAP."""
        if not self._unread or time.monotonic() < self._ask_due:
            return
        self._unread = False  # before asking: what comes meanwhile is asked for again
        has_asked = self._intake.flush() and self._ask_chats()
        if not has_asked:
            self._unread = True
        self._ask_due = time.monotonic() + (GAP if has_asked else NAP)

    def _beat(self) -> None:
        if time.monotonic() < self._beat_due:
            return
        heard, self._heard = self._heard, False
        self._gateway.rest()
        restart_at = reports.heartbeat(*self._ids, heard, vitals() | self._steadiness())
        self._outage.over(device=self._ids[1])
        self._beat_due = time.monotonic() + BEAT
        if not self._lock.hold():
            log.error("another process owns this device", device=self._ids[1])
            self._give_up(4)
        elif restart_at != self._restart_at:
            self._give_up(0)

    def _steadiness(self) -> dict[str, object]:
        """Connected for a good while, what it took to get there is forgotten."""
        since = self._connected_at
        is_steady = since is not None and time.monotonic() - since > STEADY_SECONDS
        return {"tries": 0, "retry_at": None} if is_steady else {}

    def _sweep(self) -> None:
        """Jobs Redis forgot: messages queued, events unread. What waited for the connection leaves at once."""
        if self._is_back:
            self._is_back = not enqueue(device_queue(self._ids[1]), SEND_WAITING, *self._ids)
        if time.monotonic() < self._sweep_due:
            return
        self._sweep_due = time.monotonic() + SWEEP
        if self.state is State.CONNECTED and outbox.has_waiting(*self._ids):
            enqueue(device_queue(self._ids[1]), SEND_WAITING, *self._ids)
        if self._has_unread_events():
            self._ask_chats()

    def _ask_chats(self) -> bool:
        return enqueue("chats", PROCESS_EVENTS, *self._ids, once=f"events-{self._ids[1]}")

    def _has_unread_events(self) -> bool:
        account_id, device_id = self._ids
        old = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, SWEEP)
        unread = select(WhatsappEvent.id).where(
            WhatsappEvent.account_id == account_id,
            WhatsappEvent.device_id == device_id,
            WhatsappEvent.processed_at.is_(None),
            WhatsappEvent.received_at < old,
            applied_now(),
        )
        return bool(session().scalar(select(exists(unread))))
