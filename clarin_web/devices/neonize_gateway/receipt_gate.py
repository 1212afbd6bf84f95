"""Receipts leave after the row is stored, and one message is opened at a time: what a crash can cost is one message.

whatsmeow confirms a message as soon as its event lies in a queue of neonize; WhatsApp then never sends it again.
neonize has no setting for that, but whatsmeow writes to its log, and waits for the log, before it opens a message and
before it sends anything. So its log line is where it is made to wait. Lines nobody asked for end here.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from clarin_web.devices.gateway import Listener
from clarin_web.devices.neonize_gateway import missed
from clarin_web.devices.neonize_gateway.in_flight import InFlight
from clarin_web.devices.neonize_gateway.key_turns import KeyTurns
from clarin_web.devices.neonize_gateway.once_more import OnceMore

log = structlog.get_logger()
QUIET_SECONDS = 3.0  # neonize has had nothing to hand over for that long: this message has no event
REMEMBERED_IDS = 4_096  # more than can be on their way at once
OPENING = "Decrypting message from "
_IGNORED = re.compile(r"Ignoring message (\S+) from (.+?): ")
_ATTRIBUTE = re.compile(r' ([a-z_]+)="([^"]*)"')
_OF_A_MESSAGE = ("", "inactive", "sender", "peer_msg")
_KEYS_ONLY = {"senderKeyDistributionMessage", "messageContextInfo"}
_SHOWN = ("WARN", "ERROR")


class ReceiptGate:
    """`read_line` is what neonize hands whatsmeow's log to; `missed` is told id and source of a lost message, `gone` id
    and chat of one of ours that cannot be opened.
    """

    def __init__(
        self, in_flight: InFlight, parse: Callable[[bytes], Any], forward: Callable[[int, int], None],
        missed: Callable[[str, str], None], gone: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        self._in_flight, self._parse, self._forward, self._missed = in_flight, parse, forward, missed
        self._changed = threading.Condition()
        self._stored: set[str] = set()
        self._order: deque[str] = deque()
        self._opening = self._failed = False
        self._busy, self._quiet_since = 0, time.monotonic()
        self.keys = KeyTurns(self._changed, lambda: self._wait_for(lambda: not self._opening), gone)
        self.once_more = OnceMore(self._changed)

    def read_line(self, binary: int, size: int) -> None:
        """Called by whatsmeow's own threads, which go on when this returns."""
        entry = self._parse(ctypes.string_at(binary, size))
        if entry.Level in _SHOWN:
            if ignored := _IGNORED.match(entry.Message):
                self._ignored(*ignored.groups())
            self.keys.read_complaint(entry.Message)
            self.once_more.read_complaint(entry.Message)
            self._forward(binary, size)
        elif entry.Name == "Client" and entry.Message.startswith(OPENING):
            self._begin(entry.Message.removeprefix(OPENING))
        elif entry.Name == "Client":
            self.keys.read_line(entry.Message)
            self.once_more.read_line(entry.Message)
        elif entry.Name == "Client/Send":
            self._let_go(entry.Message)

    def around(self, execute: Callable[[int, int, int, int], None]) -> Callable[[int, int, int, int], None]:
        """neonize's way in for events, watched."""

        def watched(uuid: int, binary: int, size: int, code: int) -> None:
            with self.handling():
                execute(uuid, binary, size, code)

        return watched

    @contextmanager
    def handling(self) -> Iterator[None]:
        """While an event is being stored, nothing is given up waiting for."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._quiet_since = time.monotonic()
                self._changed.notify_all()

    def stored(self, wa_id: str) -> None:
        """This message has its row."""
        with self._changed:
            self._remember(wa_id)
        self.settled(was_opened=True)

    def fail(self) -> None:
        """It could not be stored: nothing is confirmed any more, and the next process asks for it again."""
        with self._changed:
            self._failed = True
        os.kill(os.getpid(), signal.SIGTERM)

    def settled(self, *, was_opened: bool) -> None:
        """The one being opened has its row, or its place because it could not be opened: the next may come."""
        with self._changed:
            if self._opening:
                self._opening = False
                self._in_flight.end(was_opened=was_opened)
            self._changed.notify_all()

    def _let_go(self, node: str) -> None:
        self.keys.read_node(node)
        if wa_id := receipt_of(node):
            self._wait_for(lambda: wa_id in self._stored)
        elif wait := self.once_more.before(node):
            self._wait_for(*wait)
            self.once_more.sent(node)

    def _begin(self, source: str) -> None:
        """The one before first: then its session and its row are both on disk."""
        self._wait_for(lambda: not self._opening)
        with self._changed:
            self.keys.wait()
            self._opening = True
            self._in_flight.begin(source)

    def _ignored(self, wa_id: str, source: str) -> None:
        """Sent again and opened before: either its row is there, or it was lost."""
        if wa_id not in self._stored:
            self._missed(wa_id, source)
        with self._changed:
            self._remember(wa_id)
        self.settled(was_opened=False)

    def _wait_for(self, true: Callable[[], bool], longest: float | None = None) -> None:
        """`longest`: for what neonize has no event of; else until it has had nothing to hand over for a while."""
        begun = time.monotonic()
        with self._changed:
            while self._failed or not true():
                if not self._failed and self._is_in_vain(begun, longest):
                    return
                self._changed.wait(QUIET_SECONDS / 4)

    def _is_in_vain(self, begun: float, longest: float | None) -> bool:
        if longest is not None:
            return time.monotonic() - begun > longest
        return not self._busy and time.monotonic() - max(begun, self._quiet_since) > QUIET_SECONDS

    def _remember(self, wa_id: str) -> None:
        if wa_id in self._stored:
            return
        self._stored.add(wa_id)
        self._order.append(wa_id)
        if len(self._order) > REMEMBERED_IDS:
            self._stored.discard(self._order.popleft())


def install(in_flight: InFlight, listener: Listener) -> ReceiptGate:
    """Between whatsmeow and the log it waits for. Before neonize connects, which is when it reads the name."""
    from neonize import client
    from neonize.proto.Neonize_pb2 import LogEntry

    def tell(wa_id: str, source: str) -> None:
        if not listener.has_event(wa_id):
            listener.on_event(missed.event_of(wa_id, source), "neonize.undecryptable")

    def give_up(wa_id: str, chat: str) -> None:
        try:
            listener.on_event(missed.not_opened(wa_id, chat), missed.NOT_OPENED)
        except Exception:
            gate.fail()
            raise

    gate = ReceiptGate(in_flight, LogEntry.FromString, client.log_whatsmeow, tell, give_up)
    client.log_whatsmeow = gate.read_line
    return gate


def receipt_of(line: str) -> str:
    """The message a node about to be sent confirms; "" for everything else, which must not wait.

    Ticks are not among it: one that neonize cannot hand over ends the process, and would come again for ever.
    """
    head = line.partition(">")[0]
    attrs = dict(_ATTRIBUTE.findall(head))
    if head.startswith("<receipt ") and attrs.get("type", "") in _OF_A_MESSAGE:
        return attrs.get("id", "")
    return ""


def is_content(message: Any) -> bool:
    """The keys of a group alone are no message: that comes right after them."""
    names = {field.name for field, _ in message.ListFields()}
    return "senderKeyDistributionMessage" not in names or not names <= _KEYS_ONLY
