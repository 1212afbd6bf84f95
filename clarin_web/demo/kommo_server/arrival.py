"""When a request reached this machine, by the kernel's own stamp: a busy server reads it later than it came.

Linux keeps the stamp with the bytes; elsewhere the moment of reading has to do.
"""

from __future__ import annotations

import io
import socket
import struct
import sys
import time

STAMPS = 35  # SO_TIMESTAMPNS, which the socket module does not name
_STAMP = struct.Struct("qq")


def ask_for_stamps(listener: socket.socket) -> None:
    """Connections it accepts inherit it, also for bytes that came before they were accepted."""
    if sys.platform == "linux":
        listener.setsockopt(socket.SOL_SOCKET, STAMPS, 1)


class Arriving(io.RawIOBase):
    """The bytes of a connection; `take()` tells when the first of them since the last `take()` came (monotonic)."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._at: float | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size, about, _flags, _address = self._connection.recvmsg_into([buffer], 128)
        if self._at is None and size:
            self._at = _stamp(about)
        return size

    def take(self) -> float:
        at, self._at = self._at, None
        return time.monotonic() if at is None else at


def _stamp(about: list[tuple[int, int, bytes]]) -> float:
    now = time.monotonic()
    for level, kind, data in about:
        if (level, kind, len(data)) == (socket.SOL_SOCKET, STAMPS, _STAMP.size):
            seconds, nanoseconds = _STAMP.unpack(data)
            return now - max(0.0, time.time() - seconds - nanoseconds / 1e9)
    return now
