"""The server: its world, knobs, tokens, webhooks and request log. `handler.py` answers the requests."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any, Self

from clarin_web.demo.kommo_server.arrival import ask_for_stamps
from clarin_web.demo.kommo_server.faults import Faults
from clarin_web.demo.kommo_server.handler import Handler
from clarin_web.demo.kommo_server.hooks import Hooks
from clarin_web.demo.kommo_server.seen import Seen, Trap
from clarin_web.demo.kommo_server.tokens import Tokens
from clarin_web.demo.kommo_server.world import World

TOKEN = "sim-long-lived-token"  # noqa: S105 - of a server that holds invented people only
__all__ = ["TOKEN", "KommoServer", "Seen"]


class KommoServer(ThreadingHTTPServer):
    """Serve `world` on 127.0.0.1. As a context manager it runs in a thread and is closed at the end.

    `trap=True` lets links in answers name a listening host of another port; `Checker` sees who goes there.
    `names` are further hosts the server is rightly called by, `watchers` hear of each request before it is answered.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        world: World,
        port: int = 0,
        faults: Faults | None = None,
        token: str = TOKEN,
        host: str = "127.0.0.1",
        *,
        trap: bool = False,
        held: socket.socket | None = None,
    ) -> None:
        super().__init__((host, port), Handler, bind_and_activate=held is None)
        if held is not None:  # a port somebody chose, and holds for us since
            self.socket.close()
            self.socket, self.server_address = held, held.getsockname()
            self.server_name, self.server_port = held.getsockname()[:2]
            self.server_activate()
        ask_for_stamps(self.socket)
        self.world, self.token = world, token
        self.faults = faults or Faults()
        self.tokens = Tokens(world, token)
        self.hooks = Hooks(world)
        self.seen: list[Seen] = []
        self.watchers: list[Callable[[Seen], None]] = []
        self.names = {f"localhost:{self.server_address[1]}"}
        self._thread: threading.Thread | None = None
        self._trap = Trap(self.seen) if trap else None
        if self._trap:
            self.faults.public_base = self._trap.url

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """ "127.0.0.1:port", as KOMMO_ALLOWED_HOSTS wants it."""
        return f"{self.server_address[0]!s}:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        if self._trap:
            self._trap.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self.hooks.close()
        if self._trap:
            self._trap.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is our own mistake and is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError | OSError):
            super().handle_error(request, client_address)
