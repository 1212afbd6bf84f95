"""Bytes from a socket, the head of an HTTP request, and WebSocket frames."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BINARY, CLOSE, PING, PONG = 2, 8, 9, 10
MOST = 1 << 24


class Gone(Exception):
    """The other side hung up, which is an ordinary end."""


class Stream:
    """A socket read by one thread and written by several."""

    def __init__(self, raw: socket.socket) -> None:
        self._socket, self._read = raw, raw.makefile("rb")
        self.turn = threading.RLock()  # held by whoever writes

    def take(self, length: int) -> bytes:
        try:
            data = self._read.read(length)
        except (OSError, ValueError) as error:
            raise Gone from error
        if len(data) < length:
            raise Gone
        return data

    def put(self, data: bytes) -> None:
        try:
            with self.turn:
                self._socket.sendall(data)
        except OSError as error:
            raise Gone from error

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()

    def cut(self) -> None:
        """As a cable that is pulled; whoever reads finds the end."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it was cut already

    def request(self) -> tuple[str, str, dict[str, str]]:
        """Method, target and headers."""
        first, *lines = iter(self._line, b"")
        method, target, *_ = first.decode().split()
        pairs = (line.decode().partition(":") for line in lines)
        return method, target, {name.lower(): value.strip() for name, _, value in pairs}

    def _line(self) -> bytes:
        try:
            line = self._read.readline(65536)
        except (OSError, ValueError) as error:
            raise Gone from error
        if not line:
            raise Gone
        return line.rstrip(b"\r\n")

    def reply(self, status: str, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.put("\r\n".join([*lines, "", ""]).encode() + body)


class WebSocket:
    """The server's end of one; the client's messages are one long row of bytes."""

    def __init__(self, stream: Stream, headers: dict[str, str]) -> None:
        self._stream, self._left = stream, b""
        accept = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + MAGIC).digest())
        stream.put(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )

    def take(self, length: int) -> bytes:
        while len(self._left) < length:
            self._left += self._message()
        taken, self._left = self._left[:length], self._left[length:]
        return taken

    def put(self, data: bytes, kind: int = BINARY) -> None:
        if len(data) < 126:
            size = bytes((len(data),))
        elif len(data) < 65536:
            size = b"\x7e" + len(data).to_bytes(2, "big")
        else:
            size = b"\x7f" + len(data).to_bytes(8, "big")
        self._stream.put(bytes((128 | kind,)) + size + data)

    def _message(self) -> bytes:
        head, size = self._stream.take(2)
        length = size & 127
        if length > 125:
            length = int.from_bytes(self._stream.take(2 if length == 126 else 8), "big")
        if length > MOST:
            raise Gone
        mask = self._stream.take(4)
        data = _unmask(self._stream.take(length), mask)
        kind = head & 15
        if kind == CLOSE:
            self.put(data, CLOSE)  # who says good-bye waits for ours
            raise Gone
        if kind == PING:
            self.put(data, PONG)
        return data if kind in (0, BINARY) else b""


def _unmask(data: bytes, mask: bytes) -> bytes:
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(data), "big")
