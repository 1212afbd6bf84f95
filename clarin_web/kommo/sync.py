"""One visit to a Kommo: references, then each list that is due; page by page, each committed with its cursor.

A visit that is killed goes on where its last committed page was. A list that fails is named with the time of its next
try, and the others go on; what all lists fail of is written on the connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import select

from clarin_web.db import execute, session, transaction
from clarin_web.kommo import bulk, census, incoming, references, rereading, sweeping
from clarin_web.kommo.ahead import looker, read_ahead
from clarin_web.kommo.between import Between, nobody
from clarin_web.kommo.client import Client
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.errors import OF_ALL_LISTS, Interrupted, KommoError, WrongShape
from clarin_web.kommo.estimating import estimate
from clarin_web.kommo.isolation import is_about_data
from clarin_web.kommo.outcomes import note_broken, note_failure, note_list_failure, note_success
from clarin_web.kommo.queries import find_connection, is_resting, may_ask, streams_of
from clarin_web.kommo.reading import read_step
from clarin_web.kommo.run import REFUSALS, Run, run_of
from clarin_web.kommo.storing import Superseded, store
from clarin_web.kommo.streams import CENSUS, INCOMING, LEADS, LISTS, REFERENCES, SWEEP, Listed, add_streams
from clarin_web.models import KommoConnection, KommoStream

log = structlog.get_logger()
SLICE = 20.0  # seconds a visit gives to each list beside leads and contacts: they must not wait for a long history
Clock = Callable[[], float]


def sync(
    account_id: int,
    connection_id: int,
    client: Client,
    *,
    budget: float = 240.0,
    clock: Clock = time.monotonic,
    last_visit: float | None = None,
    somebody_waits: Callable[[], bool] = nobody,
) -> bool:
    """Read what is new; answers whether there is more to read at once (the visit's time was up, or somebody waits).

    `last_visit` (Unix time) tells which lists are due; without it all are.
    """
    connection = find_connection(account_id, connection_id)
    if connection is None or not may_ask(connection, datetime.now(UTC)):
        return False
    run = run_of(connection, client)
    visit = _Visit(run, clock() + budget, clock, None if connection.failures else last_visit)
    visit.is_asked = last_visit is None
    between = Between(run, clock, visit.poll_leads, somebody_waits)
    run.between_pages = between.pages
    try:
        has_more = _visit(visit, between)
    except Interrupted as reason:
        if isinstance(reason, Superseded):
            return True
        has_more = True
    except KommoError as failure:
        note_failure(account_id, connection_id, failure)
        return False
    except Exception as error:  # noqa: BLE001 -- written on the connection; what is away is raised on
        note_broken(account_id, connection_id, error)
        return False
    note_success(run)
    return has_more


@dataclass
class _Visit:
    run: Run
    deadline: float
    clock: Clock
    last: float | None
    reads_leads: bool = False
    has_read: bool = False
    failures: int = 0
    is_asked: bool = False

    def read(self, listed: Listed, seconds: float | None = None) -> bool:
        """Whether there is more."""
        until = self.deadline if seconds is None else min(self.deadline, self.clock() + seconds)
        return bool(self.tried(listed.name, lambda: _read(self.run, listed, until, self.clock)))

    def tried(self, name: str, read: Callable[[], object]) -> object:
        """What `read` answers. A list that cannot be read is named and tried again later; the others go on.

        Raises what ends the visit: two failures before anything was read are no fault of a list.
        """
        if self.last is not None and is_resting(streams_of(**self.run.ids())[name], datetime.now(UTC)):
            return False
        try:
            answer = read()
        except OF_ALL_LISTS:
            raise
        except KommoError as failure:
            self.failures += not isinstance(failure, REFUSALS)
            if self.failures > 1 and not self.has_read:
                raise
            code, detail = failure.code, failure.detail
        except Exception as error:
            if not is_about_data(error):
                raise
            session().rollback()
            log.exception("kommo list failed", connection=self.run.connection_id, list=name)
            code, detail = KommoError.code, type(error).__name__
        else:
            self.has_read = True
            return answer
        log.warning("kommo list left for later", list=name, code=code, detail=detail)
        note_list_failure(self.run, name, code)
        return False

    def poll_leads(self) -> bool:
        """Once they are imported they come first: what people look at waits for no history."""
        if self.reads_leads or streams_of(**self.run.ids())[LEADS.name].phase != "live":
            return False
        self.reads_leads = True
        try:
            return self.read(LEADS)
        finally:
            self.reads_leads = False


def _visit(visit: _Visit, between: Between) -> bool:
    run = visit.run
    add_streams(**run.ids())
    streams = streams_of(**run.ids())
    leads_are_live = streams[LEADS.name].phase == "live"
    if visit.poll_leads():
        return True
    between.lists()
    if references.is_old(streams["pipelines"]):
        for name in REFERENCES:
            visit.tried(name, partial(references.READERS[name], run))
            between.lists()
    has_more = rereading.go_on(run, min(visit.deadline, visit.clock() + SLICE), visit.clock)
    estimate(run, streams)
    for listed in LISTS:
        if (leads_are_live and listed.name == LEADS.name) or not _is_due(
            listed, streams[listed.name], visit.last
        ):
            continue
        more = visit.read(listed, None if listed.is_main else SLICE)
        if more and listed.is_main:
            return True
        has_more = has_more or more
        between.lists()
    if INCOMING.is_due(time.time(), visit.last):
        visit.tried(INCOMING.name, lambda: incoming.read_incoming(run))
    _take_census(visit, streams[CENSUS.name])
    return bool(_sweep(visit, streams[SWEEP.name])) or has_more


def _take_census(visit: _Visit, stream: KommoStream) -> None:
    run, clock = visit.run, visit.clock
    if visit.is_asked or census.is_due(stream):
        until, is_asked = min(visit.deadline, clock() + SLICE), visit.is_asked
        visit.tried(CENSUS.name, lambda: census.take_census(run, until, clock, is_asked=is_asked))


def _sweep(visit: _Visit, stream: KommoStream) -> object:
    """The first one a week after the import: what was just read needs no sweep."""
    run, clock = visit.run, visit.clock
    if stream.last_success_at is None and not stream.cursor:
        references.finish(run, SWEEP.name, {})
        return False
    if not sweeping.is_due(stream, SWEEP.every):
        return False
    until = min(visit.deadline, clock() + SLICE)
    return visit.tried(SWEEP.name, lambda: sweeping.sweep(run, until, clock))


def _is_due(listed: Listed, stream: KommoStream, last: float | None) -> bool:
    is_midway = stream.phase == "backfill" or bool(stream.cursor.get("is_busy"))
    return is_midway or listed.is_due(time.time(), last)


def _read(run: Run, listed: Listed, deadline: float, clock: Clock) -> bool:
    """Answers whether there is more, which the time was not enough for."""
    stream = streams_of(**run.ids())[listed.name]
    fetch, was = listed.fetcher(run.client, is_live=stream.phase == "live"), stream.cursor
    read = partial(read_step, fetch, field=listed.field)
    ahead = read_ahead(read, looker(run, listed), _begin(listed, stream), deadline, clock)
    with bulk.reading(stream) as growth, closing(ahead) as pages:
        for taken in pages:
            if taken.is_last and not taken.step.rows:
                _doubt_nothing(stream)
            growth.stored(store(run, listed, taken, was=was))
            was = taken.cursor.dump()
            if taken.is_last or not _goes_on(run):
                return False
    return True


def _doubt_nothing(stream: KommoStream) -> None:
    """A list that was counted and gives not one row is not believed, once: then it is asked and counted again."""
    if stream.phase == "backfill" and not stream.rows_done and stream.rows_total:
        with transaction():
            stream.rows_total = None
        raise WrongShape("nothing, though it was counted")


def _begin(listed: Listed, stream: KommoStream) -> Cursor:
    now = int(time.time())
    if stream.cursor:
        return Cursor.load(stream.cursor).begin(now)
    # Of the bin only what is thrown away from now on is news: what lay there before was never read.
    start = listed.start().change(top=now) if listed.is_bin else listed.start()
    return start.begin(now)


def _goes_on(run: Run) -> bool:
    """Between pages: what cannot wait; and somebody may have paused or disconnected."""
    run.between_pages()
    state = select(KommoConnection.state).where(
        KommoConnection.account_id == run.account_id, KommoConnection.id == run.connection_id
    )
    return execute(state).scalar() not in (None, "paused")
