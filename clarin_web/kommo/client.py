"""Kommo's lists and entities as Clarin reads them. A 204 is an empty list; refusals raise a KommoError.

Lists answer a Page. HTTP, pace, retries and tokens: wire.py. What an answer means: answers.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Self
from urllib.parse import urlencode, urlsplit

from clarin_web.kommo import errors
from clarin_web.kommo.answers import Page, Row, read_page
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.wire import FixedToken, Params, Tokens, Transport, Wire

__all__ = ["IDS_PER_REQUEST", "LIMIT", "Client", "Page", "Row", "host_of"]
LIMIT = 250
EVENTS_LIMIT = 100  # with 250 some accounts answer 50 and lose rows (KR issue 76)
IDS_PER_REQUEST = 100
LEADS_WITH = "contacts,loss_reason,source_id"
Window = tuple[int, int | None] | None


class Client:
    """One Kommo account. Use as a context manager: it holds connections."""

    def __init__(
        self,
        base_url: str,
        token: str | Tokens,
        limiter: Limiter,
        transport: Transport | None = None,
        *,
        tries: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        tokens = FixedToken(token) if isinstance(token, str) else token
        self.wire = Wire(self.base_url, tokens, limiter, tries=tries, transport=transport, sleep=sleep)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()

    def account(self, with_: str = "datetime_settings") -> Row:
        """The account behind the token, with its time zone. `with_` may name more parts."""
        body = self.wire.get("/api/v4/account", [("with", with_)]).body
        if not isinstance(body.get("id"), int):
            raise errors.WrongShape("the account has no id")
        return body

    def users(self, page: int = 1, with_: str = "") -> Page:
        """Readable to administrators only: NoRights for others."""
        return self.read("/api/v4/users", "users", page, _with(with_))

    def pipelines(self) -> Page:
        return self.read("/api/v4/leads/pipelines", "pipelines")

    def loss_reasons(self, page: int = 1) -> Page:
        return self.read("/api/v4/leads/loss_reasons", "loss_reasons", page)

    def tags(self, kind: str, page: int = 1) -> Page:
        """Tags of "leads", "contacts" or "companies": ids are per kind."""
        return self.read(f"/api/v4/{kind}/tags", "tags", page)

    def custom_fields(self, kind: str, page: int = 1) -> Page:
        """Field definitions of "leads", "contacts" or "companies"."""
        return self.read(f"/api/v4/{kind}/custom_fields", "custom_fields", page)

    def leads(
        self,
        page: int = 1,
        *,
        window: Window = None,
        order: str = "id",
        with_: str = LEADS_WITH,
        limit: int | None = None,
    ) -> Page:
        return self.moving("leads", page, window=window, order=order, with_=with_, limit=limit)

    def contacts(self, page: int = 1, *, window: Window = None, order: str = "id", with_: str = "") -> Page:
        return self.moving("contacts", page, window=window, order=order, with_=with_)

    def companies(self, page: int = 1, *, window: Window = None, order: str = "id") -> Page:
        return self.moving("companies", page, window=window, order=order)

    def tasks(self, page: int = 1, *, window: Window = None, order: str = "id") -> Page:
        return self.moving("tasks", page, window=window, order=order)

    def notes(
        self,
        kind: str,
        page: int = 1,
        *,
        window: Window = None,
        order: str = "updated_at",
        limit: int | None = None,
    ) -> Page:
        """Notes and calls on "leads", "contacts" or "companies"."""
        params = [*_ordered(order), *_window(window)]
        return self.read(f"/api/v4/{kind}/notes", "notes", page, params, limit)

    def moving(
        self,
        kind: str,
        page: int = 1,
        *,
        window: Window = None,
        order: str = "id",
        with_: str = "",
        limit: int | None = None,
    ) -> Page:
        """Any list of entities with `updated_at`, by window and order."""
        params = [*_with(with_), *_ordered(order), *_window(window)]
        return self.read(f"/api/v4/{kind}", kind, page, params, limit)

    def unsorted(self, page: int = 1) -> Page:
        """Incoming leads, which no list of leads has until they are accepted."""
        return self.read("/api/v4/leads/unsorted", "unsorted", page, _ordered("created_at"))

    def events(self, page: int = 1, *, window: Window = None, types: Sequence[str] = ()) -> Page:
        """What happened, by when; the only official history of stages."""
        named = [("filter[type]", ",".join(types))] if types else []
        params = [*named, *_window(window, "created_at")]
        return self.read("/api/v4/events", "events", page, params, limit=EVENTS_LIMIT)

    def probe(self, kind: str, number: int) -> Page:
        """Row `number` of a list, alone: whether it exists tells how long the list is."""
        return self.read(f"/api/v4/{kind}", kind, number, _ordered("id"), limit=1)

    def leads_by_id(self, ids: Sequence[int], with_: str = LEADS_WITH) -> list[Row]:
        return self.by_id("leads", ids, with_)

    def contacts_by_id(self, ids: Sequence[int]) -> list[Row]:
        return self.by_id("contacts", ids)

    def companies_by_id(self, ids: Sequence[int]) -> list[Row]:
        return self.by_id("companies", ids)

    def by_id(self, kind: str, ids: Sequence[int], with_: str = "") -> list[Row]:
        """The rows of these ids that exist, whatever else a server that ignores filters sends. `kind` is a list's path,
        of notes with what they are on."""
        rows: list[Row] = []
        for start in range(0, len(ids), IDS_PER_REQUEST):
            batch = ids[start : start + IDS_PER_REQUEST]
            params = [*_with(with_), *(("filter[id][]", str(id_)) for id_ in batch)]
            page = self.read(f"/api/v4/{kind}", kind.rpartition("/")[2], 1, params)
            wanted = {str(id_) for id_ in batch}  # some servers write ids as text
            rows += [row for row in page.rows if str(row.get("id")) in wanted]
        return rows

    def read(
        self,
        path: str,
        name: str,
        page: int | None = None,
        params: Iterable[tuple[str, str]] = (),
        limit: int | None = None,
    ) -> Page:
        """One page of the list `name` at `path`."""
        query = [*params]
        if page is not None:
            query += [("page", str(page)), ("limit", str(limit or LIMIT))]
        told = self.wire.get(path, query)
        return read_page(told, name, f"{path}?{urlencode(query)}")


def host_of(base_url: str) -> str:
    """What the limiter's silence is kept by."""
    return urlsplit(base_url).netloc


def _with(parts: str) -> Params:
    return [("with", parts)] if parts else []


def _ordered(order: str) -> Params:
    return [(f"order[{order}]", "asc")]


def _window(window: Window, field: str = "updated_at") -> Params:
    if window is None:
        return []
    since, until = window
    bounds = [(f"filter[{field}][from]", str(since))]
    return bounds if until is None else [*bounds, (f"filter[{field}][to]", str(until))]
