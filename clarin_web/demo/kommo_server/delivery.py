"""One POST of a webhook, to loopback only."""

from __future__ import annotations

import http.client
import time
import uuid
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from clarin_web.demo.kommo_server.payloads import Pairs

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Delivery:
    """What is sent and, once it was, how it went. `status` 0: no answer in time, -1: not a loopback address."""

    destination: str
    code: str
    pairs: Pairs
    attempt: int = 1
    status: int = 0
    at: float = 0.0
    seconds: float = 0.0

    def again(self) -> Delivery:
        return replace(self, attempt=self.attempt + 1, status=0)

    @property
    def body(self) -> str:
        return urlencode(self.pairs)


def deliver(sent: Delivery, timeout: float) -> Delivery:
    """The same delivery with its outcome."""
    start = time.monotonic()
    return replace(sent, status=_post(sent, timeout), at=start, seconds=time.monotonic() - start)


def _post(sent: Delivery, timeout: float) -> int:
    parts = urlsplit(sent.destination)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return -1
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "amoCRM-Webhooks/3.0",
        "Accept-Encoding": "gzip",
        "X-Amocrm-Requestid": str(uuid.uuid4()),
    }
    try:
        connection.request(
            "POST", parts.path + (f"?{parts.query}" if parts.query else ""), sent.body, headers
        )
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
