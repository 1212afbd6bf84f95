"""Sending, rightly and wrongly: cut bodies, resets, silence, drips."""

from __future__ import annotations

import socket
import struct
import threading
import uuid
from typing import TYPE_CHECKING

from clarin_web.demo.kommo_server.faults import Fault
from clarin_web.demo.kommo_server.replies import HAL

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.handler import Handler

LOGIN = b"<!DOCTYPE html><html><head><title>Kommo</title></head><body>Sign in</body></html>"
CUT = b'{"_page":1,"_embedded":{"leads":[{"id":5'


def send(
    handler: Handler,
    status: int,
    content: bytes,
    kind: str,
    headers: dict[str, str] | None = None,
    *,
    length: int | None = None,
) -> None:
    """An answer; `length` may lie about the body's."""
    handler.seen.status = status
    handler.send_response(status)
    own = {"Content-Type": kind, "X-Request-Id": str(uuid.uuid4()), **(headers or {})}
    for name, value in own.items():
        handler.send_header(name, value)
    if handler.close_connection:
        handler.send_header("Connection", "close")
    if status != 204:
        handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    handler.wfile.write(content)


def go_wrong(handler: Handler, fault: Fault) -> bool:
    """True when the fault was the whole answer; after a mere delay the right one follows."""
    if fault.kind in ("hang", "slow"):
        return _delayed(handler, fault)
    if fault.kind == "status":
        _status(handler, fault)
    elif fault.kind in ("reset", "reset_after", "timeout", "short"):
        _broken(handler, fault)
    else:
        _odd(handler, fault)
    return True


def _delayed(handler: Handler, fault: Fault) -> bool:
    """`slow` drips the right answer from here on; `hang` gives it late."""
    if fault.kind == "hang":
        threading.Event().wait(fault.seconds)
    else:
        handler.wfile = Drip(handler.connection, fault.speed)  # type: ignore[assignment]
        handler.close_connection = True
    return False


def _status(handler: Handler, fault: Fault) -> None:
    if fault.status == 429:
        retry = handler.server.faults.retry_after if fault.retry_after is None else fault.retry_after
        handler.too_many(retry)
    elif fault.status in (502, 503, 504):
        send(handler, fault.status, b"<html><body>Bad gateway</body></html>", "text/html")
    else:
        handler.problem(fault.status)


def _broken(handler: Handler, fault: Fault) -> None:
    handler.close_connection = True
    if fault.kind == "timeout":
        threading.Event().wait(fault.seconds)
    elif fault.kind in ("reset_after", "short"):
        send(handler, 200, CUT, HAL, length=len(CUT) + 5000)
        handler.wfile.flush()
    if fault.kind != "short":
        _reset(handler)


def _reset(handler: Handler) -> None:
    """A RST instead of a FIN, as when a balancer drops the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _odd(handler: Handler, fault: Fault) -> None:
    bodies = {
        "truncated": CUT,
        "empty": b"",
        "garbage": b'["not","kommo"]',
        "no_embedded": b'{"_page":1,"_links":{}}',
    }
    if fault.kind in bodies:
        send(handler, 200, bodies[fault.kind], HAL)
    elif fault.kind == "empty_page":
        send(handler, 204, b"", HAL)
    elif fault.kind == "redirect":
        away = {"Location": f"{handler.server.faults.public_base}/elsewhere"}
        send(handler, 302, b"", "text/html", away)
    else:
        send(handler, fault.status if fault.status != 500 else 200, LOGIN, "text/html")


class Drip:
    """A wfile that lets bytes out at `speed` a second."""

    closed = False

    def __init__(self, connection: socket.socket, speed: int) -> None:
        self._connection, self._speed = connection, max(speed, 1)

    def write(self, content: bytes) -> int:
        step = max(1, self._speed // 20)
        for start in range(0, len(content), step):
            self._connection.sendall(content[start : start + step])
            threading.Event().wait(step / self._speed)
        return len(content)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        self.closed = True
