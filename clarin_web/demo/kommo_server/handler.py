"""One HTTP request: checks in Kommo's order (block, rate, token, payment, rights, route), then the answer."""

from __future__ import annotations

import io
import json
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from clarin_web.demo.kommo_server import bending, control, routes, wire
from clarin_web.demo.kommo_server.arrival import Arriving
from clarin_web.demo.kommo_server.asked import Query
from clarin_web.demo.kommo_server.faults import WRONG, Fault
from clarin_web.demo.kommo_server.replies import Call, Reply, problem
from clarin_web.demo.kommo_server.seen import Seen

if TYPE_CHECKING:
    from clarin_web.demo.kommo_server.server import KommoServer

MAX_BODY = 8 * 1024 * 1024
NGINX = b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>403 Forbidden</body></html>"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    wbufsize = 1 << 16  # head and body leave together: no waiting for delayed ACKs
    disable_nagle_algorithm = True
    server: KommoServer
    seen: Seen
    skew: float = 0.0

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._arriving = Arriving(self.connection)
        self.rfile = io.BufferedReader(self._arriving)  # type: ignore[type-var]

    def do_GET(self) -> None:
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
        parts, at = urlsplit(self.path), self._arriving.take()
        if parts.path.startswith("/_sim/"):
            control.answer(self, parts.path, content)
            return
        self.seen, self.skew = self._note(at), 0.0
        gate = self.server.faults.gate(self._key())
        if gate:
            self._stop(gate)
            return
        fault = self.server.faults.take(self.path)
        self.seen.fault = fault.kind if fault else ""
        if fault is not None and fault.kind in WRONG and not wire.go_wrong(self, fault):
            fault = None
        elif fault is not None and fault.kind in WRONG:
            return
        self._answer(parts.path, parse_qsl(parts.query, keep_blank_values=True), content, fault)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: `seen` is the log, and it never holds the token."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header goes by the World's clock, as its stamps do; the knob and a fault may skew it."""
        return formatdate(self.server.world.now() + self.server.faults.clock_skew + self.skew, usegmt=True)

    def send(self, reply: Reply) -> None:
        content = b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
        wire.send(self, reply.status, reply.raw or content, reply.kind, reply.headers)

    def problem(self, status: int, **more: Any) -> None:
        self.send(problem(Call(self.server, self.command, self.path, []), status, **more))

    def _answer(self, path: str, query: Query, content: bytes, fault: Fault | None) -> None:
        call = Call(self.server, self.command, path, query)
        try:
            call.body = json.loads(content) if content else None
        except ValueError:
            self.send(problem(call, 400, "Request data can not be empty"))
            return
        with self.server.world.lock:
            bending.before(call, fault)
            reply = self._refused(call) or self._routed(call)
            if fault:
                bending.after(self, call, reply, fault)
        self.send(reply)

    def _refused(self, call: Call) -> Reply | None:
        """Token, payment, rights; OAuth's own door is open."""
        if call.path.startswith("/oauth"):
            return None
        grant = self.server.tokens.grant_of(self.headers.get("Authorization"))
        if grant is None:
            return problem(call, 401)
        call.user_id = grant.user_id
        if self.server.faults.is_unpaid:
            return problem(call, 402)
        return problem(call, 403) if not grant.is_admin and routes.ADMIN.fullmatch(call.path) else None

    def _routed(self, call: Call) -> Reply:
        found = routes.find(call.method, call.path)
        if isinstance(found, int):
            return problem(call, found)
        handler, call.ids = found
        return handler(call)

    def _stop(self, status: int) -> None:
        """Too fast, or blocked for it: also at OAuth's door."""
        faults = self.server.faults
        if status == 403:
            self.seen.is_blocked = True
            wire.send(self, 403, NGINX, "text/html")
        elif faults.rate_body == "html":
            wire.send(self, 429, NGINX.replace(b"403 Forbidden", b"429 Too Many Requests"), "text/html")
        else:
            self.too_many(faults.retry_after)

    def too_many(self, retry_after: float) -> None:
        call = Call(self.server, self.command, self.path, [])
        reply = problem(call, 429, retry_after=retry_after)
        if self.server.faults.retry_header:
            reply.headers["Retry-After"] = str(int(-(-retry_after // 1)))
        self.send(reply)

    def _key(self) -> str:
        by = self.server.faults.rate_key
        if by == "account":
            return str(self.server.world.account["id"])
        return str(self.headers.get("Authorization")) if by == "token" else str(self.client_address[0])

    def _note(self, at: float) -> Seen:
        host, caller = self.headers.get("Host", ""), str(self.client_address[0])
        now = self.server.world.now()
        seen = Seen(at, self.command, self.path, 0, host, now, caller)
        self.server.seen.append(seen)
        for watcher in self.server.watchers:
            watcher(seen)
        return seen
