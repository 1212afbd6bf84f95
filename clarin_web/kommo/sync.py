"""One visit to a Kommo: references, then contacts, then leads; page by page, each page committed with its cursor.

A visit that is killed goes on where its last committed page was. A failure is written on the connection, with
the time of the next try; what needs a person stops the visits until one acts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from clarin_web.db import transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo import mapping
from clarin_web.kommo.client import Client, Page, Row
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.errors import (
    BadRequest,
    KommoError,
    NoRights,
    NotFound,
    PaymentRequired,
    RateLimited,
    Unauthorized,
    WrongShape,
)
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.queries import country_of, find_connection, progress_of, streams_of
from clarin_web.kommo.reading import Fetch, count_rows, read_step
from clarin_web.kommo.storing import Run, add_streams, save_oddities, store
from clarin_web.kommo.upserts import match_users, upsert_pipelines, upsert_reasons
from clarin_web.models import KommoStream
from clarin_web.tags.actions import find_or_create

log = structlog.get_logger()
LISTS = ("contacts", "leads")
REFERENCES_AGE = timedelta(minutes=10)
MAX_PAGES = 100
BACK_OFF = (5, 15, 60, 300, 900)
Clock = Callable[[], float]


def sync(
    account_id: int,
    connection_id: int,
    client: Client,
    *,
    budget: float = 240.0,
    clock: Clock = time.monotonic,
) -> bool:
    """Read what is new; answers whether there is more to read at once (the visit's time was up)."""
    connection = find_connection(account_id, connection_id)
    if connection is None or connection.state in ("paused", "refused"):
        return False
    odd = Oddities([dict(item) for item in connection.warnings])  # type: ignore[call-overload]
    run = Run(account_id, connection_id, client, country_of(account_id), odd)
    try:
        has_more = _visit(run, clock() + budget, clock)
    except KommoError as failure:
        _note_failure(run, failure)
        return False
    _note_success(run)
    return has_more


def _visit(run: Run, deadline: float, clock: Clock) -> bool:
    add_streams(**run.ids())
    streams = streams_of(**run.ids())
    if _is_old(streams["pipelines"]):
        _read_references(run)
    return any(
        _missing(run, name, lambda name=name: _read_list(run, name, deadline, clock))  # type: ignore[misc]
        for name in LISTS
    )


def _is_old(stream: KommoStream) -> bool:
    return stream.last_success_at is None or datetime.now(UTC) - stream.last_success_at > REFERENCES_AGE


def _missing(run: Run, name: str, read: Callable[[], bool]) -> bool:
    """Read a list; one that this server or token does not give is named, and the others go on."""
    try:
        return read()
    except (NotFound, NoRights, BadRequest, WrongShape) as refusal:
        if isinstance(refusal, WrongShape) and name in LISTS:
            raise  # of leads or contacts a broken answer is a failure to try again, not a list that is missing
        run.odd.add(name, "", refusal.code)
        _finish(run, name, {})
        return False


def _read_list(run: Run, name: str, deadline: float, clock: Clock) -> bool:
    stream = streams_of(**run.ids())[name]
    fetch = _fetcher(run.client, name)
    cursor = Cursor.load(stream.cursor).begin(int(time.time()))
    if stream.phase == "backfill" and stream.rows_total is None and not stream.rows_done:
        _estimate(run, name)
    while True:
        step = read_step(fetch, cursor)
        if step.ignores_filters:
            run.odd.add(name, "", "filters_ignored")
        cursor = (step.after.change(is_busy=True) if step.after else cursor).met(max(cursor.top, step.newest))
        is_last = step.after is None
        cursor = cursor.end() if is_last else cursor
        store(run, name, step.rows, cursor, is_last=is_last)
        if is_last:
            return False
        if clock() > deadline:
            return True


def _fetcher(client: Client, name: str) -> Fetch:
    read = client.contacts if name == "contacts" else client.leads

    def fetch(page: int, window: tuple[int, int | None] | None, order: str) -> Page:
        return read(page, window=window, order=order)

    return fetch


def _estimate(run: Run, name: str) -> None:
    total = count_rows(lambda page, _window, _order: run.client.probe(name, page))
    with transaction():
        streams_of(**run.ids())[name].rows_total = total
        announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))


def _read_references(run: Run) -> None:
    for name, read in (("users", _read_users), ("pipelines", _read_pipelines), ("tags", _read_tags)):
        _missing(run, name, lambda read=read: read(run))  # type: ignore[misc]


def _read_users(run: Run) -> bool:
    rows = [row for raw in _all(run.client.users) if (row := mapping.user(raw, run.odd))]
    with transaction():
        matched = match_users(run.account_id, rows)
        people = [
            {"id": row.kommo_id, "name": row.name, "email": row.email, "user_id": matched.get(row.kommo_id)}
            for row in rows
        ]
        _finish(run, "users", {"people": people}, len(rows))
    return False


def _read_pipelines(run: Run) -> bool:
    rows = [row for raw in run.client.pipelines().rows if (row := mapping.pipeline(raw, run.odd))]
    try:
        reasons = run.client.loss_reasons().rows
    except (NotFound, NoRights, BadRequest) as refusal:
        run.odd.add("loss_reasons", "", refusal.code)
        reasons = []
    with transaction():
        upsert_pipelines(run.account_id, rows)
        named = {
            row["id"]: str(row["name"])[:200]
            for row in reasons
            if isinstance(row.get("id"), int) and row.get("name")
        }
        upsert_reasons(run.account_id, named)
        _finish(run, "pipelines", {}, len(rows))
    return False


def _read_tags(run: Run) -> bool:
    names = []
    for kind in ("leads", "contacts"):
        names += [
            raw["name"]
            for raw in _all(lambda page, kind=kind: run.client.tags(kind, page))  # type: ignore[misc]
            if isinstance(raw.get("name"), str)
        ]
    with transaction():
        find_or_create(run.account_id, names)
        _finish(run, "tags", {}, len(set(names)))
    return False


def _all(read: Callable[[int], Page]) -> list[Row]:
    """A short list whole. A server that says "next" for ever is believed MAX_PAGES times at most."""
    rows: list[Row] = []
    for number in range(1, MAX_PAGES + 1):
        page = read(number)
        if not page.rows or page.rows == rows[-len(page.rows) :]:
            break
        rows += page.rows
        if not page.has_next:
            break
    return rows


def _finish(run: Run, name: str, cursor: dict[str, object], count: int = 0) -> None:
    with transaction():
        stream = streams_of(**run.ids())[name]
        stream.last_success_at = stream.updated_at = datetime.now(UTC)
        stream.phase = "live"
        stream.rows_done = max(stream.rows_done, count)
        if cursor:
            stream.cursor = cursor
        save_oddities(run)


def _note_success(run: Run) -> None:
    with transaction():
        save_oddities(run)
        connection = find_connection(**run.ids())
        if connection is None:
            return
        state = "live" if progress_of(streams_of(**run.ids())).is_finished else "backfilling"
        changed = (connection.state, connection.error) != (state, "")
        if connection.state != "paused":
            connection.state = state
        connection.error, connection.failures, connection.retry_at = "", 0, None
        connection.last_success_at = datetime.now(UTC)
        if changed:
            connection.version += 1
            announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))


def _note_failure(run: Run, failure: KommoError) -> None:
    log.warning("kommo visit failed", connection=run.connection_id, code=failure.code, detail=failure.detail)
    with transaction():
        connection = find_connection(**run.ids())
        if connection is None:
            return
        wait = max(BACK_OFF[min(connection.failures, len(BACK_OFF) - 1)], failure.retry_after or 0)
        connection.failures += 1
        connection.error = failure.code
        connection.retry_at = datetime.now(UTC) + timedelta(seconds=wait)
        if isinstance(failure, Unauthorized | PaymentRequired):
            connection.state = "refused"
        elif connection.state != "paused" and not isinstance(failure, RateLimited):
            connection.state = "unreachable"
        connection.version += 1
        announce(KommoProgressed(**run.ids(), actor=Actor.kommo()))
