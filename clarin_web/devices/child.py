"""The process of one device: the gateway's thread, the keeper's thread, the senders' threads while there is something
to send, and RQ jobs in the main thread.

Started by the supervisor with exec, never forked: neonize's Go runtime deadlocks in a fork. It is the only process
that loads neonize, and it ends rather than repair itself: a Go runtime cannot be restarted in place.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType

import psycopg
import redis
import structlog
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from sqlalchemy.exc import DBAPIError

from clarin_web.config import ConfigError
from clarin_web.db import release, tenant
from clarin_web.devices import gateways, jobs, outbox, outlet, proxies, reports
from clarin_web.devices.gateway import (
    ConnectionChanged,
    Gateway,
    SessionBusyError,
    SessionLostError,
    SessionUnusableError,
    State,
)
from clarin_web.devices.intake import Intake
from clarin_web.devices.keeper import Keeper
from clarin_web.devices.lock import DeviceLock
from clarin_web.devices.questions import Asker
from clarin_web.devices.senders import Senders
from clarin_web.jobs import Worker, device_queue, quieten_rq, redis_outage, worker_connection

log = structlog.get_logger()
DRAIN_SECONDS = 4.0  # for what is on its way at the end: WhatsApp confirms in less, or not at all
LAST_MOMENT = 6.0  # seconds from being asked to end to ending anyway: neonize's calls may hang for a minute
OWNED_ELSEWHERE, NO_DATABASE, NO_WAY_OUT, NO_SESSION = 4, 5, 7, 8


class DeviceWorker(Worker):
    """Its jobs run beside the gateway; the usual death penalty would interrupt Go with a signal."""

    death_penalty_class = TimerDeathPenalty
    on_stop: Callable[[], None]
    is_ending: Callable[[], bool]

    def _install_signal_handlers(self) -> None:
        """A stop asked for while RQ was starting came too early for its handlers: it would wait for a job first."""
        super()._install_signal_handlers()
        self._stop_requested = self.is_ending()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.on_stop()
        super().request_stop(signum, frame)


class Child:
    """Everything of one device's process."""

    def __init__(self, account_id: int, device_id: int) -> None:
        self.ids = (account_id, device_id)
        self._ending = threading.Event()
        self._code = 0
        self._lock = DeviceLock(device_id)
        weigh, send = partial(jobs.weigh_next, account_id), partial(jobs.send_next, account_id, device_id)
        self._senders = Senders(weigh, send)

    def run(self) -> int:
        """Until asked to stop, or until the gateway has given up; the answer is the exit code."""
        try:
            if not self._lock.wait():
                log.warning("another process owns this device", device=self.ids[1])
                return OWNED_ELSEWHERE
            beginning = self._beginning()
            gateway = self._gateway(beginning)
        except (DBAPIError, psycopg.Error) as error:
            log.warning("database away", error=type(error).__name__)
            return NO_DATABASE
        except proxies.BadProxy as error:
            log.warning("the device's proxy cannot be used", device=self.ids[1], error=type(error).__name__)
            return self._refuse(ConnectionChanged(State.ERROR, "proxy_unusable"), NO_WAY_OUT)
        except SessionBusyError:
            log.warning("another process has this device's session", device=self.ids[1])
            return OWNED_ELSEWHERE
        except SessionUnusableError as error:
            log.warning("the device's session cannot be used", device=self.ids[1], reason=error.reason)
            return self._refuse(ConnectionChanged(State.ERROR, error.reason), NO_SESSION)
        except SessionLostError as error:
            return self._refuse(ConnectionChanged(State.LOGGED_OUT, error.reason), 0)
        keeper = Keeper(*self.ids, self._intake(), self._lock, self.give_up)
        signal.signal(signal.SIGTERM, self._on_term)
        gateway.start(keeper)
        keeper.start(gateway, beginning.restart_at)
        Asker(self.ids[1], gateway, self._ending).start()
        self._work()
        self._senders.finish(DRAIN_SECONDS)
        if keeper.state is not State.PAIRING:
            gateway.stop()
        keeper.finish()
        self._lock.release()
        return self._code

    def give_up(self, code: int) -> None:
        """End the process soon, from whatever thread."""
        if not self._code:
            self._code = code
        if not self._ending.is_set():
            os.kill(os.getpid(), signal.SIGTERM)  # wakes RQ, which waits on Redis in the main thread

    def _on_term(self, *_: object) -> None:
        """A hanging call in Go does not get a say in when we end; nor does a lock the signal came in the middle of."""
        if not self._ending.is_set():
            last = threading.Timer(LAST_MOMENT, lambda: os._exit(self._code))
            last.daemon = True
            last.start()
            self._ending.set()
            outlet.close()

    def _beginning(self) -> reports.Beginning:
        """Read before anything else of the row: what is changed from now on ends this process soon."""
        account_id, device_id = self.ids
        with tenant(account_id):
            doubtful = outbox.interrupted(account_id, device_id)
            beginning = reports.beginning_of(account_id, device_id)
            release()
        if doubtful:
            log.warning(
                "sends interrupted by a crash are shown as uncertain", device=device_id, messages=doubtful
            )
        return beginning

    def _gateway(self, beginning: reports.Beginning) -> Gateway:
        account_id, device_id = self.ids
        with tenant(account_id):
            proxy = proxies.of_device(account_id, device_id, proxies.opened_apart)
            release()
        if beginning.session is None:
            gateways.forget_session(device_id)
        gateway = gateways.make(device_id, beginning.session, proxy, beginning.pairing_phone)
        outlet.install(gateway, self._senders)
        return gateway

    def _refuse(self, why: ConnectionChanged, code: int) -> int:
        """Going out by another way, or as nobody, could cost the number: it stays here until that is mended."""
        with tenant(self.ids[0]):
            reports.state_changed(*self.ids, why)
            release()
        return code

    def _intake(self) -> Intake:
        gateways.folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        return Intake(*self.ids, gateways.folder() / f"{self.ids[1]}.spool")

    def _work(self) -> None:
        """RQ leaves its loop when Redis goes away; WhatsApp must not notice."""
        quieten_rq()
        number = 0
        while not self._ending.is_set():
            number += 1
            try:
                self._worker(number).work(logging_level="WARNING")
            except StopRequested:
                log.debug("stopped while RQ was starting")
            except redis.RedisError as error:
                redis_outage.began(error)
            signal.signal(signal.SIGTERM, self._on_term)
            self._ending.wait(1)

    def _worker(self, number: int) -> DeviceWorker:
        """A new name each time: the one before is still registered if Redis went away under it."""
        worker = DeviceWorker(
            [device_queue(self.ids[1])],
            name=f"device-{self.ids[1]}-{os.getpid()}-{number}",
            connection=worker_connection(),
            serializer=JSONSerializer,
        )
        worker.on_stop, worker.is_ending = self._on_term, self._ending.is_set
        return worker


def die_with_parent(parent: int) -> None:
    """Linux: the kernel stops us when the supervisor dies, even by kill -9; the lock covers the rest."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def main(account_id: int, device_id: int, parent: int) -> None:
    """Never returns: neonize's non-daemon thread would keep a process alive that merely returned."""
    die_with_parent(parent)
    code = 1
    try:
        code = Child(account_id, device_id).run()
    except ConfigError as refusal:
        log.error("device process cannot start", device=device_id, reason=str(refusal))
    except Exception:
        log.exception("device process failed", device=device_id)
    finally:
        logging.shutdown()
        sys.stderr.flush()
        os._exit(code)
