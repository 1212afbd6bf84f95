"""Clients that do as little as possible: raw sockets kept alive, one thread each, so that the server is what is measured."""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass, field

from clarin_web.cli.bench.pages import Page

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TIMING = re.compile(rb'\r\nserver-timing: app;dur=([\d.]+), sql;dur=([\d.]+);desc="(\d+)"', re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """Milliseconds per request: `wall` at the client, `app` and `sql` as the server says; `bad` counts other statuses."""

    wall: list[float] = field(default_factory=list)
    app: list[float] = field(default_factory=list)
    sql: list[float] = field(default_factory=list)
    statements: int = 0
    size: int = 0
    bad: int = 0
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.wall) / self.elapsed if self.elapsed else 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    size: int


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection: socket.socket | None = None

    def ask(self, request: bytes) -> Answer:
        if self.connection is None:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return self._ask(self.connection, request)
        except (ConnectionError, IndexError):
            self.close()
            raise

    def _ask(self, connection: socket.socket, request: bytes) -> Answer:
        connection.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(connection)
        head, _, body = data.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        got = len(body)
        while got < length:
            got += len(_received(connection))
        if b"connection: close" in head.lower():
            self.close()
        return Answer(int(head[9:12]), head + b"\r\n", length)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _received(connection: socket.socket) -> bytes:
    chunk = connection.recv(262_144)
    if not chunk:
        raise ConnectionError("the server closed the connection")
    return chunk


def measure(port: int, cookie: str, page: Page, *, clients: int, requests: int, seconds: float) -> Load:
    """`requests` of `page` shared by `clients`, and no longer than `seconds`."""
    load, lock, left = Load(), threading.Lock(), iter(range(requests))
    end = time.monotonic() + seconds
    workers = [
        threading.Thread(target=_work, args=(port, cookie, page, load, lock, left, end))
        for _ in range(clients)
    ]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    load.elapsed = time.perf_counter() - started
    return load


def _work(port, cookie, page, load, lock, left, end) -> None:  # type: ignore[no-untyped-def]
    client = Client(port)
    while time.monotonic() < end:
        with lock:
            number = next(left, None)
        if number is None:
            break
        request = page.request(port, cookie)
        started = time.perf_counter()
        try:
            answer = client.ask(request)
        except ConnectionError:
            answer = Answer(0, b"", 0)
        spent = (time.perf_counter() - started) * 1000
        with lock:
            _note(load, page, answer, spent)
    client.close()


def _note(load: Load, page: Page, answer: Answer, spent: float) -> None:
    timing = _TIMING.search(answer.head)
    if answer.status not in page.expected or timing is None:
        load.bad += 1
        return
    load.wall.append(spent)
    load.app.append(float(timing[1]))
    load.sql.append(float(timing[2]))
    load.statements, load.size = max(load.statements, int(timing[3])), answer.size
