"""What Kommo answered, read: a page, an object, or the typed error it amounts to. Knows no HTTP library."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from clarin_web.kommo import errors

MAX_RETRY_AFTER = 3600.0
RATE_LIMIT_REST = 10.0
LONGEST_INTEGER = 100
DEEPEST, TOO_DEEP = 100, "nested too deep"
BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', re.DOTALL)
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

    `asked` is our question without its secrets, `raw` the body as it came. `left_out`: what stood among the rows and
    is none. `too_deep`: ids of rows with a value that was left out as nested too deep.
    """

    rows: list[Row]
    has_next: bool
    server_time: str = ""
    next_page: int | None = None
    total: int | None = None
    asked: str = ""
    raw: bytes = b""
    left_out: int = 0
    too_deep: tuple[object, ...] = ()


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
        body = parse(answer.content)
    except (ValueError, RecursionError) as failure:
        raise _unreadable(answer) from failure
    if not isinstance(body, dict):
        raise errors.WrongShape(answer.about("JSON but not an object"))
    return body


def parse(content: bytes) -> Any:
    """JSON; also with what one odd value in it makes no JSON: broken characters, line ends in texts, endless numbers.

    What is nested deeper than anything Kommo means is left out, and the body is marked.
    Raises ValueError or RecursionError.
    """
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        text = content.decode("utf-8", "replace")
        shallow = _shallow(text)
        body = json.loads(shallow, strict=False, parse_int=_integer)
        return {**body, TOO_DEEP: True} if shallow != text and isinstance(body, dict) else body


def _shallow(text: str) -> str:
    """JSON with a mark where it goes too deep."""
    kept, depth, start = [], 0, 0
    for mark in BRACKETS.finditer(text):
        if mark[0] in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(f'{text[start : mark.start()]}"{TOO_DEEP}"')
        elif mark[0] in ("]", "}"):
            depth -= 1
            start = mark.end() if depth == DEEPEST else start
    return "".join(kept) + text[start:]


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < LONGEST_INTEGER else digits


def read_page(told: Told, name: str, asked: str = "") -> Page:
    """The rows of a list answer; a bare entity counts as a list of one."""
    body = told.body
    links = body.get("_links")
    following = links.get("next") if isinstance(links, dict) else None
    total = body.get("_total_items")
    rows, left_out = _rows(body, name)
    return Page(
        rows,
        bool(following),
        told.server_time,
        _page_number(following),
        total if isinstance(total, int) else None,
        asked,
        told.raw,
        left_out,
        tuple(row.get("id") for row in rows if TOO_DEEP in str(row)) if TOO_DEEP in body else (),
    )


def classify(answer: Answer) -> errors.KommoError:
    """The error a refusal amounts to."""
    status, told = answer.status, _problem(answer.content)
    problem = told or {}
    detail = answer.about(str(problem.get("detail", "")))
    if status == 429:
        return errors.RateLimited(_retry_after(answer, problem), detail)
    if status == 403:
        return errors.Blocked(detail) if told is None else errors.NoRights(detail)
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


def _rows(body: Row, name: str) -> tuple[list[Row], int]:
    """The rows, and how many things among them are none."""
    if not body:
        return [], 0
    embedded = body.get("_embedded")
    rows = embedded.get(name) if isinstance(embedded, dict) else None
    if rows is None and isinstance(body.get("id"), int | str):
        return [body], 0
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not isinstance(rows, list) or (rows and not found):
        raise errors.WrongShape(f"{name}: not a list of objects")
    return found, len(rows) - len(found)


def _page_number(link: object) -> int | None:
    """The number in a `next` link. Its host and path are not looked at: they could be anybody's."""
    href = link.get("href") if isinstance(link, dict) else None
    try:
        [number] = parse_qs(urlsplit(str(href)).query).get("page", [])
        return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    except ValueError:
        return None


def _problem(content: bytes) -> Row | None:
    """What a refusal says of itself; None for what is no JSON, a web page."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
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
