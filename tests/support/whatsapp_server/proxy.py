"""The door: an HTTP CONNECT proxy on the loopback that is itself every host behind it, and refuses all others."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

from .authority import HOSTS
from .stream import Gone, Stream

Visit = Callable[[Stream, str], None]


class Proxy:
    """Calls `visit(stream, host)` for every connection, each in a thread of its own."""

    def __init__(self, context: ssl.SSLContext, visit: Visit) -> None:
        self._context, self._visit = context, visit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.refusing = False
        self.asked: list[str] = []  # every host anybody wanted, also the refused
        self._visits: dict[socket.socket, threading.Thread] = {}
        self._thread = threading.Thread(target=self._accept, name="whatsapp-proxy", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends with every thread it began."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for visitor, thread in list(self._visits.items()):
            _hang_up(visitor)
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                visitor, _ = self._listener.accept()
            except OSError:
                return  # stop() closed it
            thread = threading.Thread(target=self._serve, args=(visitor,), name="whatsapp-visit", daemon=True)
            self._visits[visitor] = thread
            thread.start()

    def _serve(self, visitor: socket.socket) -> None:
        try:
            with visitor:
                self._enter(visitor)
        except (Gone, OSError, ValueError):
            return  # hung up in the middle of asking
        finally:
            self._visits.pop(visitor, None)

    def _enter(self, visitor: socket.socket) -> None:
        with Stream(visitor) as outside:
            method, target, _ = outside.request()
            host = target.partition(":")[0]
            self.asked.append(host)
            if method != "CONNECT" or host not in HOSTS or self.refusing:
                return outside.reply("403 Forbidden")
            outside.put(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._context.wrap_socket(visitor, server_side=True) as inside:
            self._visits[inside] = self._visits.pop(visitor)
            try:
                with Stream(inside) as stream:
                    self._visit(stream, host)
            finally:
                self._visits.pop(inside, None)


def _hang_up(visitor: socket.socket) -> None:
    try:
        visitor.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it went by itself
