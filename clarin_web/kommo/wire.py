"""The one place that speaks HTTP to a Kommo: at the pace, with a deadline, retrying what may pass.

Every URL is our own base and a path of ours. Redirects are not followed and no address in an answer is used, so
the token reaches no host but the configured one. Nothing is ever sent but GET, the exchange of OAuth tokens, and
what turns webhooks on and off (domain rule 11).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from ssl import SSLContext
from typing import Any, Protocol, TypeVar

import httpx
import structlog

from clarin_web.kommo import errors
from clarin_web.kommo.answers import Answer, Row, Told, read_object
from clarin_web.kommo.hosts import is_own
from clarin_web.kommo.limiter import Limiter

log = structlog.get_logger()
MAX_BODY = 32 * 1024 * 1024
DEADLINE = 90.0  # for one whole answer: a server that drips a byte at a time keeps no worker
TIMEOUT = httpx.Timeout(connect=5, read=30, write=30, pool=5)
TOKEN_PATH = "/oauth2/access_token"  # noqa: S105 - a path
HOOKS_PATH = "/api/v4/webhooks"
BACK_OFF, LONGEST_BACK_OFF = 0.5, 8.0
HEADERS = {"User-Agent": "Clarin/0.1", "Accept": "application/hal+json"}
SENT = "send_request_body.complete"
Params = list[tuple[str, str]]
Transport = httpx.BaseTransport
Given = TypeVar("Given")


class Tokens(Protocol):
    """Where the token comes from."""

    def current(self) -> str:
        """The token to send now."""

    def renewed(self, spent: str) -> str | None:
        """After `spent` was refused: another one, or None when there is none."""


class FixedToken:
    """A long-lived token: what is refused stays refused."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renewed(self, spent: str) -> None:
        """There is no other."""


@lru_cache(maxsize=2)
def _authorities(from_environment: bool) -> SSLContext:
    """Read once per process: it takes longer than a question, and an account is visited every minute."""
    return httpx.create_ssl_context(trust_env=from_environment)


class Wire:
    """Connections to one Kommo. `tries` bounds how often a question that may pass is asked."""

    def __init__(
        self,
        base_url: str,
        tokens: Tokens,
        limiter: Limiter,
        *,
        tries: int = 1,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limiter, self._tokens, self._tries, self._sleep = limiter, tokens, tries, sleep
        # A proxy of the operator's network is for the internet; an allowed inner host is reached directly.
        self._http = httpx.Client(
            base_url=base_url,
            headers=HEADERS,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,
            trust_env=is_own(base_url),
            verify=_authorities(is_own(base_url)),
        )

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Params) -> Told:
        """The object at `path`. Raises KommoError."""
        for attempt in range(1, self._tries + 1):
            try:
                return self._with_token(lambda headers: self._get(path, params, headers))
            except errors.KommoError as failure:
                if not failure.again or attempt == self._tries:
                    raise
                log.info("kommo asked again", path=path, code=failure.code, attempt=attempt)
                self._sleep(_back_off(attempt))
        raise errors.KommoError("tries must be 1 or more")

    def exchange(self, wanted: Mapping[str, str]) -> Row:
        """Trade an OAuth code or refresh token for a new pair. Never retried: both are spent by being sent."""
        with self._told() as sent:
            request = self._http.stream("POST", TOKEN_PATH, json=dict(wanted), extensions=sent)
            return read_object(_answer(TOKEN_PATH, request))

    def add_hook(self, wanted: Row) -> Row:
        """Subscribe to webhooks. Asked once; Kommo keeps one per destination."""
        return self._with_token(lambda headers: self._add_hook(wanted, headers))

    def remove_hook(self, named: Row) -> Row:
        """End a subscription, named by its destination. Asked once."""
        return self._with_token(lambda headers: self._remove_hook(named, headers))

    def _add_hook(self, wanted: Row, headers: dict[str, str]) -> Row:
        with self._told() as sent:
            request = self._http.stream("POST", HOOKS_PATH, json=wanted, headers=headers, extensions=sent)
            return read_object(_answer(HOOKS_PATH, request))

    def _remove_hook(self, named: Row, headers: dict[str, str]) -> Row:
        with self._told() as sent:
            request = self._http.stream("DELETE", HOOKS_PATH, json=named, headers=headers, extensions=sent)
            return read_object(_answer(HOOKS_PATH, request))

    def _with_token(self, ask: Callable[[dict[str, str]], Given]) -> Given:
        token = self._tokens.current()
        try:
            return ask({"Authorization": f"Bearer {token}"})
        except errors.Unauthorized:
            other = self._tokens.renewed(token)
            if other is None or other == token:
                raise
        return ask({"Authorization": f"Bearer {other}"})

    def _get(self, path: str, params: Params, headers: dict[str, str]) -> Told:
        with self._told() as sent:
            request = self._http.stream("GET", path, params=tuple(params), headers=headers, extensions=sent)
            answer = _answer(path, request)
            return Told(read_object(answer), answer.headers.get("date", ""), answer.content)

    @contextmanager
    def _told(self) -> Iterator[dict[str, Any]]:
        """Wait for the turn, and tell the limiter when the request left (httpx calls back) and how it went."""
        turn = self._limiter.wait()

        def trace(step: str, _about: object) -> None:
            if step.endswith(SENT):
                self._limiter.sent(turn)

        try:
            yield {"trace": trace}
        except errors.RateLimited as refusal:
            refusal.retry_after = self._limiter.silence(refusal.retry_after or 0)
            raise
        except errors.Blocked as refusal:
            refusal.retry_after = self._limiter.block()
            raise
        except errors.KommoError as failure:
            (self._limiter.failed if failure.again else self._limiter.succeeded)()
            raise
        finally:
            self._limiter.sent(turn)
        self._limiter.succeeded()


def _answer(path: str, request: Any) -> Answer:
    """The whole answer, or the typed reason why there is none."""
    try:
        with request as response:
            content = _read(path, response)
    except httpx.TimeoutException as failure:
        raise errors.TimedOut(path) from failure
    except (httpx.DecodingError, httpx.RemoteProtocolError) as failure:
        if "without sending a response" in str(failure) or "disconnected" in str(failure):
            raise errors.Unreachable(f"{path}: closed without an answer") from failure
        raise errors.Truncated(f"{path}: {type(failure).__name__}") from failure
    except (httpx.TransportError, httpx.InvalidURL, ValueError) as failure:
        raise errors.Unreachable(f"{path}: {type(failure).__name__}") from failure
    return Answer(path, response.status_code, response.headers, content)


def _read(path: str, response: httpx.Response) -> bytes:
    chunks, size, end = [], 0, time.monotonic() + DEADLINE
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BODY:
            raise errors.Garbage(f"{path}: body too large")
        if time.monotonic() > end:
            raise errors.TimedOut(f"{path}: still dripping")
        chunks.append(chunk)
    return b"".join(chunks)


def _back_off(attempt: int) -> float:
    """Full jitter: workers that failed together do not come back together."""
    return random.uniform(0, min(LONGEST_BACK_OFF, BACK_OFF * 2**attempt))  # noqa: S311
