"""Write → visible: many open sockets listen to one chat while a message is posted to it, again and again."""

from __future__ import annotations

import base64
import json
import os
import selectors
import socket
import struct
import time

import click

from clarin_web.cli.bench.load import Client
from clarin_web.cli.bench.pages import Page, Seller, _message

TIMES, PATIENCE = 30, 5.0


def measure_push(port: int, seller: Seller, sockets: int) -> list[float]:
    """Milliseconds from sending the POST until each socket holds the new bubble: request and commit are included."""
    page = Page("", lambda: f"/chats/{seller.messages_chat}/messages", _message(seller))
    listeners = [listen(port, seller) for _ in range(sockets)]
    spent: list[float] = []
    try:
        quiet(listeners)
        for _ in range(TIMES):
            started = time.perf_counter()
            client = Client(
                port
            )  # a new connection: the server ends those that were idle between two messages
            answer = client.ask(page.request(port, seller.cookie))
            client.close()
            if answer.status != 200:
                raise click.ClickException(f"the message was refused with {answer.status}")
            spent += arrivals(listeners, started)
            quiet(listeners)
    finally:
        for listener in listeners:
            listener.close()
    return spent


def listen(port: int, seller: Seller) -> socket.socket:
    """A WebSocket that has subscribed to the chat."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        "GET /live HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://127.0.0.1:{port}",
        f"Cookie: {seller.cookie}", "", "",
    )  # fmt: skip
    connection.sendall("\r\n".join(lines).encode())
    head = connection.recv(4096)
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise click.ClickException(f"the socket was refused: {head[:60]!r}")
    connection.sendall(
        _masked(json.dumps({"op": "sub", "topics": [f"chat:{seller.messages_chat}"]}).encode())
    )
    return connection


def _masked(payload: bytes) -> bytes:
    """A client's text frame; masked with zeros, which leaves the payload as it is."""
    return struct.pack("!BB", 0x81, 0x80 | len(payload)) + b"\0\0\0\0" + payload


def quiet(listeners: list[socket.socket]) -> None:
    """Read until nothing has come for a while: greetings, ticks and heartbeats of before."""
    with selectors.DefaultSelector() as waiting:
        for listener in listeners:
            waiting.register(listener, selectors.EVENT_READ)
        while ready := waiting.select(0.3):
            for key, _ in ready:
                _read(key.fileobj)


def arrivals(listeners: list[socket.socket], started: float) -> list[float]:
    """When each listener's first frame with markup came."""
    came: list[float] = []
    with selectors.DefaultSelector() as waiting:
        for listener in listeners:
            waiting.register(listener, selectors.EVENT_READ)
        while len(came) < len(listeners):
            ready = waiting.select(PATIENCE)
            if not ready:
                raise click.ClickException(f"{len(listeners) - len(came)} sockets heard nothing")
            for key, _ in ready:
                if b"hx-partial" in _read(key.fileobj):
                    came.append((time.perf_counter() - started) * 1000)
                    waiting.unregister(key.fileobj)
    return came


def _read(listener: object) -> bytes:
    chunk: bytes = listener.recv(65_536)  # type: ignore[attr-defined]
    if not chunk:
        raise click.ClickException("the server closed a socket")
    return chunk
