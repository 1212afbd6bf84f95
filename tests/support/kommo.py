"""Talking to the simulated Kommo as any client would, and a receiver for its webhooks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import httpx


class Ask:
    """GETs with the server's token; lists as plain rows, 204 as none."""

    def __init__(self, server, token=None):
        self.server = server
        headers = {"Authorization": f"Bearer {server.token if token is None else token}"}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=120, trust_env=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def get(self, path, **params):
        return self.http.get(f"/api/v4/{path}", params={_key(key): value for key, value in params.items()})

    def rows(self, path, query=""):
        """Rows of the one list in the answer. `query` is written as in the docs, brackets and all."""
        answer = self.http.get(f"/api/v4/{path}?{query}")
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        [rows] = answer.json()["_embedded"].values()
        return rows

    def ids(self, path, query=""):
        return [row["id"] for row in self.rows(path, query)]

    def pages(self, path, query="") -> Iterator[list[dict]]:
        """All pages while `next` is there, by page number on our own base."""
        number = 1
        while True:
            answer = self.http.get(f"/api/v4/{path}?{query}&page={number}")
            if answer.status_code == 204:
                return
            body = answer.json()
            [rows] = body["_embedded"].values()
            yield rows
            if "next" not in body["_links"]:
                return
            number += 1

    def control(self, method, path, **body):
        return self.http.request(method, f"/_sim/{path}", json=body, headers={"X-Sim": "1"})


def subscribe(ask, receiver, *settings):
    """Have webhooks of these codes sent to the receiver."""
    return ask.http.post("/api/v4/webhooks", json={"destination": receiver.url, "settings": settings})


class Receiver(ThreadingHTTPServer):
    """A loopback address for webhooks. `status` is what it answers, `bodies` what came."""

    daemon_threads = True

    def __init__(self, status=200):
        super().__init__(("127.0.0.1", 0), _Hook)
        self.status = status
        self.bodies: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/secret"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.bodies.append(dict(parse_qsl(content, keep_blank_values=True)))
        self.server.headers.append(dict(self.headers))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Quiet."""


def _key(name):
    return "with" if name == "with_" else name
