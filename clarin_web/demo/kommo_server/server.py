"""The HTTP face of the World: checks in Kommo's order (block, rate, token, route), faults, request log."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from clarin_web.demo.kommo_server import lists, shapes
from clarin_web.demo.kommo_server.faults import Fault, Faults
from clarin_web.demo.kommo_server.world import World

Row = dict[str, Any]
TOKEN = "sim-long-lived-token"  # noqa: S105 - of a server that holds invented people only
NGINX = b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>403 Forbidden</body></html>"
LOGIN = b"<!DOCTYPE html><html><head><title>Kommo</title></head><body>Sign in</body></html>"
DETAILS = {
    401: ("Unauthorized", "Invalid user name or password"),
    402: ("Payment Required", "Payment required"),
    403: ("Forbidden", "Client doesn't have the required scope"),
    405: ("Method Not Allowed", "Method Not Allowed"),
    429: (
        "Too Many Requests",
        "You have sent too many requests in a given amount of time. Please try again later.",
    ),
}


@dataclass(frozen=True)
class Seen:
    """One request as it came in, for assertions on pace and paths."""

    at: float
    method: str
    target: str
    status: int


class KommoServer(ThreadingHTTPServer):
    """Serve `world` on 127.0.0.1. As a context manager it runs in a thread and is closed at the end."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        world: World,
        port: int = 0,
        faults: Faults | None = None,
        token: str = TOKEN,
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__((host, port), Handler)
        self.world, self.token = world, token
        self.faults = faults or Faults()
        self.seen: list[Seen] = []
        self._thread: threading.Thread | None = None

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
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    server: KommoServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/_sim/"):
            self._control(parts.path)
            return
        fault = self.server.faults.take(self.path)
        if fault is not None and self._go_wrong(fault):
            return
        status = self._refused()
        if status:
            self._problem(status)
        else:
            self._answer(parts.path, parse_qsl(parts.query, keep_blank_values=True))

    def do_POST(self) -> None:
        if urlsplit(self.path).path.startswith("/_sim/"):
            self._control(urlsplit(self.path).path)
        else:
            self._problem(self._refused() or 405)

    do_PUT = do_PATCH = do_DELETE = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `seen` is the log, and it never holds the token."""

    def _refused(self) -> int:
        gate = self.server.faults.gate()
        if gate:
            return gate
        return 0 if self.headers.get("Authorization") == f"Bearer {self.server.token}" else 401

    def _answer(self, path: str, query: lists.Query) -> None:
        if path == "/api/v4/account":
            self._json(200, shapes.account(self.server.world))
            return
        try:
            body = lists.answer(self.server.world, self.server.faults, path, query)
        except KeyError:
            self._problem(404)
            return
        if body is None:
            self._send(204, b"", "application/hal+json")
        else:
            self._json(200, body)

    def _go_wrong(self, fault: Fault) -> bool:
        """True when the fault was the whole answer; a mere delay goes on to the right one."""
        if fault.kind == "hang":
            time.sleep(fault.seconds)
            return False
        if fault.kind == "reset":
            self.close_connection = True
            self._note(0)
        elif fault.kind == "status":
            self._problem(fault.status)
        elif fault.kind == "truncated":
            self._send(200, b'{"_page":1,"_embedded":{"leads":[{"id":5', "application/hal+json")
        elif fault.kind == "empty":
            self._send(200, b"", "application/hal+json")
        elif fault.kind == "garbage":
            self._send(200, b'["not","kommo"]', "application/hal+json")
        elif fault.kind == "empty_page":
            self._send(204, b"", "application/hal+json")
        elif fault.kind == "redirect":
            self._send(302, b"", "text/html", {"Location": f"{self.server.faults.public_base}/elsewhere"})
        else:
            self._send(fault.status if fault.status != 500 else 200, LOGIN, "text/html")
        return True

    def _problem(self, status: int) -> None:
        if status == 403 and self.server.faults._blocked_until > time.monotonic():
            self._send(403, NGINX, "text/html")
            return
        base = self.server.faults.public_base
        title, detail = DETAILS.get(
            status, ("Not Found" if status == 404 else "Error", f"Cannot GET {base}{self.path}")
        )
        body: Row = {
            "title": title,
            "type": f"https://httpstatus.es/{status}",
            "status": status,
            "detail": detail,
        }
        if status == 429:
            body["retry_after"] = self.server.faults.retry_after
        self._json(status, body, "application/problem+json")

    def _control(self, path: str) -> None:
        """/_sim/*: for tests and demos over HTTP. The own header keeps web pages of other origins out."""
        length = int(self.headers.get("Content-Length") or 0)
        data = json.loads(self.rfile.read(length) or b"{}") if length else {}
        if self.headers.get("X-Sim") != "1":
            self._send(404, b"", "text/plain")
        elif path == "/_sim/truth":
            self._json(200, self.server.world.to_json())
        elif path == "/_sim/requests":
            self._json(200, {"requests": [vars(seen) for seen in self.server.seen]})
        elif path == "/_sim/faults" and self.command != "GET":
            self.server.faults.add(**data)
            self._json(200, {"pending": len(self.server.faults.pending)})
        elif path == "/_sim/change" and self.command != "GET":
            self.server.world.change(data["kind"], data["id"], **data["fields"])
            self._json(200, {})
        else:
            self._send(404, b"", "text/plain")

    def _json(self, status: int, body: Row, kind: str = "application/hal+json") -> None:
        self._send(status, json.dumps(body, ensure_ascii=False).encode(), kind)

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self._note(status)
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "X-Request-Id": str(uuid.uuid4()),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _note(self, status: int) -> None:
        if not self.path.startswith("/_sim/"):
            self.server.seen.append(Seen(time.monotonic(), self.command, self.path, status))
