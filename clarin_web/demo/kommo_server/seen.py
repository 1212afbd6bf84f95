"""The request log: what came in, when, to which host, and how it was answered. It never holds a token."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Seen:
    """One request. `at` is when it reached the machine (monotonic), `status` 0 while or when it was not answered."""

    at: float
    method: str
    target: str
    status: int = 0
    host: str = ""
    time: int = 0  # by the World's clock
    caller: str = ""
    is_foreign: bool = False
    is_blocked: bool = False
    fault: str = ""  # what went wrong with the answer on purpose

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": self.path, "query": self.query}


def peak(seen: Iterable[Seen], window: float = 1.0) -> int:
    """The most requests in any sliding window, as they arrived."""
    times = sorted(one.at for one in seen)
    best = start = 0
    for end, at in enumerate(times):
        while times[start] <= at - window:
            start += 1
        best = max(best, end - start + 1)
    return best


class Trap(threading.Thread):
    """Listens where links in answers point. Whoever comes here followed an address from a response."""

    def __init__(self, seen: list[Seen]) -> None:
        super().__init__(daemon=True)

        class Foreign(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host = self.headers.get("Host", "")
                seen.append(Seen(time.monotonic(), self.command, self.path, 404, host, is_foreign=True))
                self.send_error(404)

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet: `seen` is the log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Foreign)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
