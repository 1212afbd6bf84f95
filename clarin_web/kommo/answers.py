"""What Kommo answered, read: a page, an object, or the typed error it amounts to. Knows no HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from clarin_web.kommo import errors

MAX_RETRY_AFTER = 3600.0
RATE_LIMIT_REST = 10.0
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A raw answer. Header names are lower case."""

    path: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    def about(self, detail: str = "") -> str:
        """For the log: the path, the status, Kommo's own id of the request."""
        asked = self.headers.get("x-request-id", "")[:64]
        return f"{self.path}: {self.status} {detail[:200]}" + (f" (request {asked})" if asked else "")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. Of `_links.next` only its page number is taken; `server_time` is the Date header.

    `asked` is our question without its secrets, `raw` the body as it came.
    """

    rows: list[Row]
    has_next: bool
    server_time: str = ""
    next_page: int | None = None
    total: int | None = None
    asked: str = ""
    raw: bytes = b""


class Told(NamedTuple):
    """A success: its object, the server's Date, the body as it came."""

    body: Row
    server_time: str
    raw: bytes


def read_object(answer: Answer) -> Row:
    """The JSON object of a success; {} for 204, which Kommo says for "nothing". Raises the typed error."""
    if answer.status == 204:
        return {}
    if answer.status not in (200, 201):
        raise classify(answer)
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError) as failure:
        raise _unreadable(answer) from failure
    if not isinstance(body, dict):
        raise errors.WrongShape(answer.about("JSON but not an object"))
    return body


def read_page(told: Told, name: str, asked: str = "") -> Page:
    """The rows of a list answer; a bare entity counts as a list of one."""
    body = told.body
    links = body.get("_links")
    following = links.get("next") if isinstance(links, dict) else None
    total = body.get("_total_items")
    return Page(
        _rows(body, name),
        bool(following),
        told.server_time,
        _page_number(following),
        total if isinstance(total, int) else None,
        asked,
        told.raw,
    )


def classify(answer: Answer) -> errors.KommoError:
    """The error a refusal amounts to."""
    status, problem = answer.status, _problem(answer.content)
    detail = answer.about(str(problem.get("detail", "")))
    if status == 429:
        return errors.RateLimited(_retry_after(answer, problem), detail)
    if status == 403:
        return errors.NoRights(detail) if problem else errors.Blocked(detail)
    if status >= 500:
        return errors.ServerError(detail)
    if 300 <= status < 400:
        return errors.Redirected(detail)
    if status < 300:
        return errors.WrongShape(detail)
    known = {
        401: errors.Unauthorized,
        402: errors.PaymentRequired,
        404: errors.NotFound,
        405: errors.NotFound,
    }
    return known.get(status, errors.BadRequest)(detail)


def _unreadable(answer: Answer) -> errors.Garbage:
    """JSON that does not end was cut; anything else is somebody's web page."""
    about = answer.about(f"{answer.headers.get('content-type', 'no type')}, {len(answer.content)} bytes")
    start = answer.content.lstrip()[:1]
    return errors.Truncated(about) if start in (b"", b"{", b"[") else errors.NotJson(about)


def _rows(body: Row, name: str) -> list[Row]:
    if not body:
        return []
    embedded = body.get("_embedded")
    rows = embedded.get(name) if isinstance(embedded, dict) else None
    if rows is None and isinstance(body.get("id"), int | str):
        return [body]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise errors.WrongShape(f"{name}: not a list of objects")
    return rows


def _page_number(link: object) -> int | None:
    """The number in a `next` link. Its host and path are not looked at: they could be anybody's."""
    href = link.get("href") if isinstance(link, dict) else None
    try:
        [number] = parse_qs(urlsplit(str(href)).query).get("page", [])
        return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    except ValueError:
        return None


def _problem(content: bytes) -> Row:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(answer: Answer, problem: Row) -> float:
    """The longest of what the body and the header ask for, within reason."""
    asked = [RATE_LIMIT_REST]
    for value in (problem.get("retry_after"), answer.headers.get("retry-after")):
        try:
            asked.append(float(value))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return min(max(second for second in asked if second == second), MAX_RETRY_AFTER)
