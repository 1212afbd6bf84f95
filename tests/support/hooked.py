"""A Kommo that tells a Clarin over real sockets: the application served in a thread, the simulator sending to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import update
from werkzeug.serving import WSGIRequestHandler, make_server

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import KommoServer
from clarin_web.kommo import jobs as visits
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.webhooks import jobs
from clarin_web.kommo.webhooks.queries import webhook_of
from clarin_web.models import KommoConnection


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: Any) -> None:
        """The test's own server would log addresses; gunicorn, as Clarin starts it, does not."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application on a socket of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


class Hooked:
    """Ana's account beside the Kommo it mirrors."""

    def __init__(self, ana: Any, server: KommoServer, origin: str) -> None:
        self.ana, self.server, self.origin = ana, server, origin
        self.world, self.hooks = server.world, server.hooks
        self.account_id = ana.account_id

    @property
    def connection(self) -> Any:
        with tenant(self.account_id):
            found = connection_of(self.account_id)
        release()
        return found

    @property
    def webhook(self) -> Any:
        with tenant(self.account_id):
            found = webhook_of(self.account_id, self.connection.id)
        release()
        return found

    @property
    def address(self) -> str:
        """Where Kommo sends to."""
        [destination] = self.hooks.rows
        return str(destination)

    def turn_on(self) -> Any:
        return self.ana.post("/kommo/webhook")

    def visit(self) -> None:
        """To every list, as after "Read now"."""
        with tenant(self.account_id), transaction():
            execute(update(KommoConnection).values(last_attempt_at=None))
        release()
        visits.sync_connection(self.account_id, self.connection.id)

    def round(self) -> list[str]:
        """One round of asking; answers what Kommo was asked."""
        before = len(self.server.seen)
        jobs.ask(self.account_id, self.connection.id)
        return [seen.target for seen in self.server.seen[before:]]

    def look(self) -> None:
        jobs.look_at(self.account_id, self.connection.id)

    def told(self, count: int = 1) -> None:
        """Wait until Kommo has made so many deliveries more."""
        self.hooks.wait(count)
        assert len(self.hooks.log) >= count, self.hooks.log

    def rows(self, statement: Any) -> list[Any]:
        with tenant(self.account_id):
            found = list(execute(statement).all())
        release()
        return found

    def send(self, body: bytes | str, url: str = "") -> httpx.Response:
        """What anybody could post."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        with httpx.Client(trust_env=False, timeout=120) as client:
            return client.post(url or self.address, content=body, headers=kind)
