"""One visit to a Kommo: references, then each list that is due; page by page, each committed with its cursor.

A visit that is killed goes on where its last committed page was. A failure is written on the connection, with
the time of the next try; what needs a person stops the visits until one acts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from functools import partial

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.kommo import incoming, references, statistics, sweeping
from clarin_web.kommo.ahead import looker, read_ahead
from clarin_web.kommo.client import Client
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.errors import KommoError, WrongShape
from clarin_web.kommo.estimating import estimate
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.outcomes import note_failure, note_refusal, note_success
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.reading import read_step
from clarin_web.kommo.run import REFUSALS, Run, zone_of
from clarin_web.kommo.storing import Superseded, store
from clarin_web.kommo.streams import INCOMING, LISTS, REFERENCES, SWEEP, Listed, add_streams
from clarin_web.models import Account, KommoConnection, KommoStream

SLICE = 20.0  # seconds a visit gives to each list beside leads and contacts: they must not wait for a long history
NEEDED = ("contacts", "leads")
Clock = Callable[[], float]


def sync(
    account_id: int,
    connection_id: int,
    client: Client,
    *,
    budget: float = 240.0,
    clock: Clock = time.monotonic,
    last_visit: float | None = None,
) -> bool:
    """Read what is new; answers whether there is more to read at once (the visit's time was up).

    `last_visit` (Unix time) tells which lists are due; without it all are.
    """
    connection = find_connection(account_id, connection_id)
    if connection is None or connection.state in ("paused", "refused"):
        return False
    run = run_of(connection, client)
    try:
        has_more = _visit(run, clock() + budget, clock, None if connection.failures else last_visit)
    except KommoError as failure:
        note_failure(run, failure)
        return False
    except Superseded:
        return True
    note_success(run)
    return has_more


def run_of(connection: KommoConnection, client: Client) -> Run:
    """What a visit to this connection carries along."""
    odd = Oddities([dict(item) for item in connection.warnings])  # type: ignore[call-overload]
    about = select(Account.country, Account.time_zone).where(Account.id == connection.account_id)
    country, zone = execute(about).one()
    return Run(connection.account_id, connection.id, client, country, odd, zone_of(zone))


def _visit(run: Run, deadline: float, clock: Clock, last: float | None) -> bool:
    add_streams(**run.ids())
    streams = streams_of(**run.ids())
    if references.is_old(streams["pipelines"]):
        for name in REFERENCES:
            _tried(run, name, lambda name=name: references.READERS[name](run))  # type: ignore[misc]
    estimate(run, streams)
    has_more = False
    for listed in LISTS:
        if not _is_due(listed, streams[listed.name], last):
            continue
        until = deadline if listed.is_main else min(deadline, clock() + SLICE)
        more = _tried(run, listed.name, lambda listed=listed, until=until: _read(run, listed, until, clock))  # type: ignore[misc]
        if more and listed.is_main:
            return True
        has_more = has_more or bool(more)
    if INCOMING.is_due(time.time(), last):
        _tried(run, INCOMING.name, lambda: incoming.read_incoming(run))
    return bool(_sweep(run, streams[SWEEP.name], min(deadline, clock() + SLICE), clock)) or has_more


def _sweep(run: Run, stream: KommoStream, deadline: float, clock: Clock) -> object:
    """The first one a week after the import: what was just read needs no sweep."""
    if stream.last_success_at is None and not stream.cursor:
        references.finish(run, SWEEP.name, {})
        return False
    if not sweeping.is_due(stream, SWEEP.every):
        return False
    return _tried(run, SWEEP.name, lambda: sweeping.sweep(run, deadline, clock))


def _is_due(listed: Listed, stream: KommoStream, last: float | None) -> bool:
    is_midway = stream.phase == "backfill" or bool(stream.cursor.get("is_busy"))
    return is_midway or listed.is_due(time.time(), last)


def _tried(run: Run, name: str, read: Callable[[], object]) -> object:
    """Read a list; one that this server or token does not give is named, and the others go on."""
    try:
        return read()
    except (*REFUSALS, WrongShape) as refusal:
        if isinstance(refusal, WrongShape) and name in NEEDED:
            raise  # of leads or contacts a broken answer is a failure to try again, not a list that is missing
        run.odd.add(name, "", refusal.code)
        note_refusal(run, name, refusal.code)
        return False


def _read(run: Run, listed: Listed, deadline: float, clock: Clock) -> bool:
    """Answers whether there is more, which the time was not enough for."""
    stream = streams_of(**run.ids())[listed.name]
    fetch, was, written = listed.fetcher(run.client), stream.cursor, stream.rows_written
    read = partial(read_step, fetch, field=listed.field)
    ahead = read_ahead(read, looker(run, listed), _begin(listed, stream), deadline, clock)
    with closing(ahead) as pages:
        for taken in pages:
            changed = store(run, listed, taken, was=was)
            was = taken.cursor.dump()
            if statistics.has_grown(written, written + changed):
                statistics.refresh()
            written += changed
            if taken.is_last or not _goes_on(run):
                return False
    return True


def _begin(listed: Listed, stream: KommoStream) -> Cursor:
    now = int(time.time())
    if stream.cursor:
        return Cursor.load(stream.cursor).begin(now)
    # Of the bin only what is thrown away from now on is news: what lay there before was never read.
    start = listed.start().change(top=now) if listed.is_bin else listed.start()
    return start.begin(now)


def _goes_on(run: Run) -> bool:
    """Between pages: somebody may have paused or disconnected."""
    state = select(KommoConnection.state).where(
        KommoConnection.account_id == run.account_id, KommoConnection.id == run.connection_id
    )
    return execute(state).scalar() not in (None, "paused", "refused")
