"""A WebSocket's writing side: one ordered, bounded, never blocking queue per socket.

flask-sock's own send() corrupts the stream of a slow reader (partial writes, no lock). Everything written,
pongs and close frames included, goes through `Wire.push`; a slow page loses its queue and gets one "ask again".
"""

from __future__ import annotations

import collections
import contextlib
import json
import socket
import struct
import threading
import time
from typing import Any

QUEUE_LIMIT = 256 * 1024
STALL_SECONDS = 30
NOW = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL


def frame(message: dict[str, Any]) -> bytes:
    """One text frame, encoded once for every socket that gets it."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) < 126:
        return bytes([0x81, len(body)]) + body
    if len(body) < 65536:
        return bytes([0x81, 126]) + struct.pack(">H", len(body)) + body
    return bytes([0x81, 127]) + struct.pack(">Q", len(body)) + body


RESYNC = frame({"op": "resync"})


class Wire:
    """Stands between simple-websocket and the real socket, with the socket's interface."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        self.raw = getattr(sock, "_sock", sock)
        self.queue: collections.deque[bytes] = collections.deque()
        self.queued = 0
        self.lock = threading.Lock()
        self.wake = threading.Event()
        self.stuck_since = 0.0
        self.is_closed = False
        self.dropped = 0

    def fileno(self) -> int:
        return int(self.sock.fileno())

    def recv(self, size: int) -> bytes:
        data: bytes = self.sock.recv(size)
        return data

    def send(self, data: bytes) -> int:
        """What simple-websocket writes itself: pongs and the close frame, in order with ours."""
        self.push(data, control=True)
        return len(data)

    def close(self) -> None:
        self.is_closed = True
        self.wake.set()
        self.sock.close()

    def end(self) -> None:
        """Nothing more will be written; wakes simple-websocket's reading thread so that it ends too."""
        self.is_closed = True
        with contextlib.suppress(OSError):  # the page closed its side first
            self.sock.shutdown(socket.SHUT_RDWR)

    def push(self, data: bytes, *, control: bool = False) -> None:
        """Write now if the socket takes it all, else queue; beyond the limit keep only a resync."""
        with self.lock:
            if self.is_closed or not data:
                return
            if not self.queue:
                sent = self._try(data)
                if sent == len(data) or self.is_closed:
                    return
                self.stuck_since = time.monotonic()
                self._enqueue(data[sent:])
            elif control or self.queued + len(data) <= QUEUE_LIMIT:
                self._enqueue(data)
            else:
                self._drop_for_resync()
        self.wake.set()

    def drain(self) -> None:
        """Write what is queued, blocking only the calling greenlet or thread: the socket's own handler."""
        while self.queue and not self.is_closed:
            with self.lock:
                head = self.queue[0]
            try:
                sent = self.sock.send(head)
            except OSError:
                self.is_closed = True
                return
            self._sent(sent)

    @property
    def is_stuck(self) -> bool:
        return bool(self.queue) and time.monotonic() - self.stuck_since > STALL_SECONDS

    def _try(self, data: bytes) -> int:
        try:
            return int(self.raw.send(data, NOW))
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self.is_closed = True
            return 0

    def _enqueue(self, data: bytes) -> None:
        self.queue.append(data)
        self.queued += len(data)

    def _drop_for_resync(self) -> None:
        # The head may be half written: it must stay, or the stream breaks in the middle of a frame.
        head = self.queue[0]
        self.queue.clear()
        self.queue.extend((head, RESYNC))
        self.queued = len(head) + len(RESYNC)
        self.dropped += 1

    def _sent(self, count: int) -> None:
        with self.lock:
            head = self.queue[0]
            if count < len(head):
                self.queue[0] = head[count:]
            else:
                self.queue.popleft()
            self.queued -= count
            self.stuck_since = time.monotonic()
