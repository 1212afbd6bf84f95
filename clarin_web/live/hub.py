"""This process's sockets by account and topic, and the one Redis reader that feeds them.

A numbered gap, a lost Redis or a bad message makes the account's sockets ask again: push is a courtesy,
catching up is the promise.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict

import redis
import structlog

from clarin_web.accounts.permissions import Member
from clarin_web.config import settings
from clarin_web.live.wire import RESYNC, Wire, frame
from clarin_web.store import ForgedError, verified

log = structlog.get_logger()
PRESENCE_SECONDS = 30
FULL_ACCOUNT = 40  # times what one person may have open


class Listener:
    """One open page."""

    def __init__(self, wire: Wire, account_id: int, user_id: int) -> None:
        self.wire = wire
        self.account_id = account_id
        self.user_id = user_id
        self.member: Member | None = None
        self.topics: frozenset[str] = frozenset()
        self.must_recheck = False
        self.session_id = 0
        self.wanted: list[str] | None = None
        self.wanted_number = 0


class Hub:
    def __init__(self) -> None:
        self.listeners: dict[int, set[Listener]] = defaultdict(set)
        self.numbers: dict[int, int] = {}
        self.lock = threading.Lock()
        self.reader: threading.Thread | None = None
        self.is_stopping = False

    def stop(self) -> None:
        """The process is going away: every socket closes with "restarting", so pages come back elsewhere."""
        self.is_stopping = True
        for listeners in list(self.listeners.values()):
            for listener in list(listeners):
                listener.wire.wake.set()

    def join(self, listener: Listener) -> bool:
        """False when the person, or the account, has as many pages open as one may."""
        with self.lock:
            if self._is_full(self.listeners.get(listener.account_id, set()), listener.user_id):
                return False
            self.listeners[listener.account_id].add(listener)
            if self.reader is None or not self.reader.is_alive():
                self.reader = threading.Thread(target=self._read_for_ever, name="live-hub", daemon=True)
                self.reader.start()
        return True

    @staticmethod
    def _is_full(open_: set[Listener], user_id: int) -> bool:
        most = settings().sockets_per_person
        if not most:
            return False
        theirs = sum(listener.user_id == user_id for listener in open_)
        return theirs >= most or len(open_) >= most * FULL_ACCOUNT

    def leave(self, listener: Listener) -> None:
        with self.lock:
            self.listeners[listener.account_id].discard(listener)
            if not self.listeners[listener.account_id]:
                del self.listeners[listener.account_id]

    def deliver(self, account_id: int, number: int, message: dict[str, object]) -> None:
        """Hand one publish to the account's sockets, or a resync when the numbers have a gap."""
        last = self.numbers.get(account_id)
        self.numbers[account_id] = number
        if last is not None and number != last + 1:
            self.resync(account_id)
            return
        if "recheck" in message:
            self._recheck(account_id, message["recheck"])
            return
        self._send(account_id, message)

    def _send(self, account_id: int, message: dict[str, object]) -> None:
        topics = frozenset(message.get("topics", ()))  # type: ignore[call-overload]
        # Of what each may hear: a poke for many tells nobody of chats that are not theirs.
        frames: dict[frozenset[str], bytes] = {}
        for count, listener in enumerate(list(self.listeners.get(account_id, ())), 1):
            if heard := topics & listener.topics:
                if heard not in frames:
                    frames[heard] = _frame(heard, message.get("html"))
                listener.wire.push(frames[heard])
            if count % 128 == 0:
                time.sleep(0)  # under gevent: let pages run between two batches of writes

    def _recheck(self, account_id: int, user_id: object) -> None:
        for listener in list(self.listeners.get(account_id, ())):
            if user_id is None or listener.user_id == user_id:
                listener.must_recheck = True
                listener.wire.wake.set()

    def resync(self, account_id: int | None = None) -> None:
        """Every page of the account (of all accounts: None) asks again."""
        accounts = [account_id] if account_id is not None else list(self.listeners)
        for account in accounts:
            for listener in list(self.listeners.get(account, ())):
                listener.wire.push(RESYNC)

    def _read_for_ever(self) -> None:
        while True:
            try:
                self._read()
            except redis.RedisError as error:
                log.warning("live: redis away, pages will ask again", error=type(error).__name__)
            except Exception:
                log.exception("live: reader failed, pages will ask again")
            self.numbers.clear()
            self.resync()
            time.sleep(0.5)

    def _read(self) -> None:
        client = redis.Redis.from_url(
            settings().redis_url, health_check_interval=15, socket_connect_timeout=2
        )
        with client.pubsub(ignore_subscribe_messages=False) as subscription:
            subscription.psubscribe("live:*")
            for message in subscription.listen():
                if message["type"] == "psubscribe":
                    self.resync()  # what was published before we listened is gone
                elif message["type"] == "pmessage":
                    self._hear(message["channel"].decode(), message["data"])

    def _hear(self, channel: str, data: bytes) -> None:
        """HTML goes into every page as it is, so only what Clarin itself has published does."""
        number, _, body = data.partition(b" ")
        try:
            message = json.loads(verified(channel, body))
        except ForgedError:
            log.error("live: somebody else published, it was refused", channel=channel)
        else:
            self.deliver(int(channel.removeprefix("live:")), int(number), message)


def _frame(topics: frozenset[str], html: object) -> bytes:
    if html is None:
        return frame({"op": "poke", "topics": sorted(topics)})
    return frame({"op": "push", "topic": next(iter(topics)), "html": html})


hub = Hub()
