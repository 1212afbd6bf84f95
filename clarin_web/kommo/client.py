"""Kommo's API over HTTP. Every URL is built from our own base; an address in an answer is never followed.

Success gives plain dicts; everything else raises a KommoError. A 204 is an empty list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from clarin_web.kommo import errors
from clarin_web.kommo.hosts import is_own
from clarin_web.kommo.limiter import Limiter

LIMIT = 250
IDS_PER_REQUEST = 100
MAX_BODY = 32 * 1024 * 1024
MAX_RETRY_AFTER = 3600.0
RATE_LIMIT_REST = 10.0
LEADS_WITH = "contacts,loss_reason,source_id"
TIMEOUT = httpx.Timeout(connect=5, read=30, write=30, pool=5)
Params = list[tuple[str, str]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `has_next` is all we take from `_links`; `server_time` is the Date header."""

    rows: list[Row]
    has_next: bool
    server_time: str = ""


class Client:
    """One Kommo account. Use as a context manager: it holds connections."""

    def __init__(
        self, base_url: str, token: str, limiter: Limiter, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._limiter = limiter
        headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": "Clarin/0.1",
            "Accept": "application/hal+json",
        }
        # A proxy of the operator's network is for the internet; an allowed inner host is reached directly.
        self._http = httpx.Client(
            base_url=self.base_url,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,
            trust_env=is_own(self.base_url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def account(self) -> Row:
        """The account behind the token, with its time zone."""
        body, _ = self._get("/api/v4/account", [("with", "datetime_settings")])
        if not isinstance(body.get("id"), int):
            raise errors.Garbage("the account has no id")
        return body

    def users(self, page: int = 1) -> Page:
        return self._list("/api/v4/users", "users", page)

    def pipelines(self) -> Page:
        return self._list("/api/v4/leads/pipelines", "pipelines")

    def loss_reasons(self) -> Page:
        return self._list("/api/v4/leads/loss_reasons", "loss_reasons")

    def tags(self, kind: str, page: int = 1) -> Page:
        """Tags of "leads" or "contacts"."""
        return self._list(f"/api/v4/{kind}/tags", "tags", page)

    def leads(
        self, page: int = 1, *, window: tuple[int, int | None] | None = None, order: str = "id"
    ) -> Page:
        params = [("with", LEADS_WITH), *_ordered(order), *_window(window)]
        return self._list("/api/v4/leads", "leads", page, params)

    def contacts(
        self, page: int = 1, *, window: tuple[int, int | None] | None = None, order: str = "id"
    ) -> Page:
        return self._list("/api/v4/contacts", "contacts", page, [*_ordered(order), *_window(window)])

    def probe(self, kind: str, number: int) -> Page:
        """Row `number` of a list, alone: whether it exists tells how long the list is."""
        return self._list(
            f"/api/v4/{kind}", kind, None, [("page", str(number)), ("limit", "1"), *_ordered("id")]
        )

    def contacts_by_id(self, ids: Sequence[int]) -> list[Row]:
        return self._by_id("contacts", ids)

    def companies_by_id(self, ids: Sequence[int]) -> list[Row]:
        return self._by_id("companies", ids)

    def _by_id(self, kind: str, ids: Sequence[int]) -> list[Row]:
        rows: list[Row] = []
        for start in range(0, len(ids), IDS_PER_REQUEST):
            batch = ids[start : start + IDS_PER_REQUEST]
            params = [("filter[id][]", str(id_)) for id_ in batch]
            page = self._list(f"/api/v4/{kind}", kind, 1, params)
            rows += [row for row in page.rows if row.get("id") in set(batch)]
        return rows

    def _list(
        self, path: str, name: str, page: int | None = None, params: Iterable[tuple[str, str]] = ()
    ) -> Page:
        query = list(params)
        if page is not None:
            query += [("page", str(page)), ("limit", str(LIMIT))]
        body, server_time = self._get(path, query)
        links = body.get("_links")
        has_next = isinstance(links, dict) and bool(links.get("next"))
        return Page(_rows(body, name), has_next, server_time)

    def _get(self, path: str, params: Params) -> tuple[Row, str]:
        self._limiter.wait()
        try:
            with self._http.stream("GET", path, params=tuple(params)) as response:
                content = _read(response)
        except httpx.TimeoutException as failure:
            raise errors.TimedOut(path) from failure
        except httpx.DecodingError as failure:
            raise errors.Garbage(f"{path}: undecodable body") from failure
        except httpx.TransportError as failure:
            raise errors.Unreachable(f"{path}: {type(failure).__name__}") from failure
        if response.status_code in (200, 204):
            return _json_object(path, response, content), response.headers.get("Date", "")
        raise self._refusal(path, response, content)

    def _refusal(self, path: str, response: httpx.Response, content: bytes) -> errors.KommoError:
        error = _classify(path, response, content)
        if isinstance(error, errors.RateLimited | errors.Blocked):
            self._limiter.silence(error.retry_after or RATE_LIMIT_REST)
        return error


def host_of(base_url: str) -> str:
    """What the limiter's silence is kept by."""
    return urlsplit(base_url).netloc


def _ordered(order: str) -> Params:
    return [(f"order[{order}]", "asc")]


def _window(window: tuple[int, int | None] | None) -> Params:
    if window is None:
        return []
    since, until = window
    bounds = [("filter[updated_at][from]", str(since))]
    return bounds if until is None else [*bounds, ("filter[updated_at][to]", str(until))]


def _read(response: httpx.Response) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > MAX_BODY:
            raise errors.Garbage("body too large")
        chunks.append(chunk)
    return b"".join(chunks)


def _json_object(path: str, response: httpx.Response, content: bytes) -> Row:
    if response.status_code == 204:
        return {}
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as failure:
        kind = response.headers.get("Content-Type", "no type")
        raise errors.Garbage(f"{path}: {kind}, {len(content)} bytes, not JSON") from failure
    if not isinstance(body, dict):
        raise errors.Garbage(f"{path}: JSON but not an object")
    return body


def _rows(body: Row, name: str) -> list[Row]:
    """The rows of a list answer; a bare entity counts as a list of one."""
    embedded = body.get("_embedded")
    rows = embedded.get(name) if isinstance(embedded, dict) else None
    if rows is None:
        return [body] if isinstance(body.get("id"), int) else []
    if not isinstance(rows, list):
        raise errors.Garbage(f"{name} is not a list")
    return [row for row in rows if isinstance(row, dict)]


def _classify(path: str, response: httpx.Response, content: bytes) -> errors.KommoError:
    status = response.status_code
    problem = _problem(content)
    detail = f"{path}: {status} {str(problem.get('detail', ''))[:200]}"
    if status == 429:
        return errors.RateLimited(_retry_after(response, problem), detail)
    if status == 403:
        return errors.NoRights(detail) if problem else errors.Blocked(detail)
    if status >= 500:
        return errors.ServerError(detail)
    if status < 400:
        return errors.Garbage(detail)
    known = {
        401: errors.Unauthorized,
        402: errors.PaymentRequired,
        404: errors.NotFound,
        405: errors.NotFound,
    }
    return known.get(status, errors.BadRequest)(detail)


def _problem(content: bytes) -> Row:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(response: httpx.Response, problem: Row) -> float:
    """The longest of what the body and the header ask for, within reason."""
    asked = [RATE_LIMIT_REST]
    for value in (problem.get("retry_after"), response.headers.get("Retry-After")):
        try:
            asked.append(float(value))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return min(max(second for second in asked if second == second), MAX_RETRY_AFTER)
