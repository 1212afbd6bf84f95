"""One visit to a Kommo: references, then each list that is due; page by page, each committed with its cursor.

A visit that is killed goes on where its last committed page was. A list that fails is named with the time of its next
try, and the others go on; what all lists fail of is written on the connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import select

from clarin_web.db import execute, session, transaction
from clarin_web.kommo import bulk, census, incoming, references, rereading, sweeping
from clarin_web.kommo.ahead import looker, read_ahead
from clarin_web.kommo.between import POLL_EVERY, Between, nobody
from clarin_web.kommo.client import Client
from clarin_web.kommo.cursors import Cursor
from clarin_web.kommo.due_lists import Due, note_news
from clarin_web.kommo.errors import OF_ALL_LISTS, Interrupted, KommoError, WrongShape
from clarin_web.kommo.estimating import estimate
from clarin_web.kommo.isolation import is_about_data
from clarin_web.kommo.oddities import left_out
from clarin_web.kommo.outcomes import note_broken, note_failure, note_list_failure, note_success
from clarin_web.kommo.queries import find_connection, may_ask, streams_of
from clarin_web.kommo.reading import read_step
from clarin_web.kommo.run import REFUSALS, Run, run_of
from clarin_web.kommo.storing import store
from clarin_web.kommo.storing.anew import read_anew
from clarin_web.kommo.streams import CENSUS, INCOMING, LEADS, REFERENCES, SWEEP, Listed, add_streams
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
    is_watched: bool = True,
    goes_on: bool = False,
) -> bool:
    """Read what is new; answers whether there is more to read at once (the visit's time was up, or somebody waits).

    Without `last_visit` (Unix time) every list is read, else those whose time it is: seldom while not `is_watched`.
    `goes_on`: the visit before stepped aside.
    """
    connection = find_connection(account_id, connection_id)
    if connection is None or not may_ask(connection, datetime.now(UTC)):
        return False
    run = run_of(connection, client)
    due = Due(connection_id, None if connection.failures else last_visit, is_watched=is_watched)
    visit = _Visit(run, clock() + budget, clock, due)
    visit.is_asked = last_visit is None
    visit.between = between = Between(run, clock, visit.poll_leads, somebody_waits)
    run.between_pages = between.batches
    try:
        has_more = _visit(visit, goes_on=goes_on)
    except Interrupted:  # stepped aside, or somebody began the import anew
        return True
    except KommoError as failure:
        note_failure(account_id, connection_id, failure)
        return False
    except Exception as error:  # noqa: BLE001 -- written on the connection; what is away is raised on
        note_broken(account_id, connection_id, error)
        return False
    if visit.has_read:  # else nothing was due, or nothing could be read
        note_success(run)
    return has_more


@dataclass
class _Visit:
    run: Run
    deadline: float
    clock: Clock
    due: Due
    between: Between = field(init=False)
    reads_leads: bool = False
    has_read: bool = False
    failures: int = 0
    is_asked: bool = False

    def read(self, listed: Listed, seconds: float | None = None) -> bool:
        """Whether there is more."""
        until = self.deadline if seconds is None else min(self.deadline, self.clock() + seconds)
        return bool(self.tried(listed.name, lambda: _read(self, listed, until)))

    def tried(self, name: str, read: Callable[[], object]) -> object:
        """What `read` answers. A list that cannot be read is named and tried again later; the others go on.

        Raises what ends the visit: two failures before anything was read are no fault of a list.
        """
        if self.due.is_resting(streams_of(**self.run.ids())[name]):
            return False
        self.due.note(name)
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
        stream = streams_of(**self.run.ids())[LEADS.name]
        if self.reads_leads or stream.phase != "live" or not self.due.is_due(LEADS, stream):
            return False
        self.reads_leads = True
        try:
            return self.read(LEADS)
        finally:
            self.reads_leads = False


def _visit(visit: _Visit, *, goes_on: bool) -> bool:
    run, between, due = visit.run, visit.between, visit.due
    add_streams(**run.ids())
    streams = streams_of(**run.ids())
    leads_are_live = streams[LEADS.name].phase == "live"
    if not (goes_on and due.was_polled(LEADS, POLL_EVERY)) and visit.poll_leads():
        return True
    between.lists()
    old = [name for name in REFERENCES if references.is_old(streams[name], due.reference_factor)]
    for name in old:
        visit.tried(name, partial(references.READERS[name], run))
        between.lists()
    for kind, ids in (left_out(run) if old else {}).items():
        read_anew(run, kind, ids)
    has_more = rereading.go_on(run, min(visit.deadline, visit.clock() + SLICE), visit.clock)
    estimate(run, streams)
    waiting = [
        listed for listed in due.in_turn(streams) if not (leads_are_live and listed.name == LEADS.name)
    ]
    for place, listed in enumerate(waiting):
        more = _read_list(visit, listed)
        if more and listed.is_main:
            return True
        has_more = has_more or more
        if between.is_over():
            return has_more or place + 1 < len(waiting)
        between.lists()
    _take_census(visit, streams[CENSUS.name])
    return bool(_sweep(visit, streams[SWEEP.name])) or has_more


def _take_census(visit: _Visit, stream: KommoStream) -> None:
    run, clock = visit.run, visit.clock
    if visit.is_asked or census.is_due(stream):
        until, is_asked = min(visit.deadline, clock() + SLICE), visit.is_asked
        visit.tried(CENSUS.name, lambda: census.take_census(run, until, clock, is_asked=is_asked))


def _read_list(visit: _Visit, listed: Listed) -> bool:
    if listed.name == INCOMING.name:
        visit.tried(INCOMING.name, lambda: incoming.read_incoming(visit.run))
        return False
    return visit.read(listed, None if listed.is_main else SLICE)


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


def _read(visit: _Visit, listed: Listed, deadline: float) -> bool:
    """Answers whether there is more, which the time was not enough for."""
    run, between = visit.run, visit.between
    stream = streams_of(**run.ids())[listed.name]
    fetch, was = listed.fetcher(run.client, is_live=stream.phase == "live"), stream.cursor
    read = partial(read_step, fetch, field=listed.field)
    ends = partial(between.ends, deadline)
    ahead = read_ahead(read, looker(run, listed), _begin(listed, stream), deadline, ends)
    with bulk.reading(stream) as growth, closing(ahead) as pages:
        for taken in pages:
            if taken.is_last and not taken.step.rows:
                _doubt_nothing(stream)
            changed = store(run, listed, taken, was=was)
            growth.stored(changed)
            if changed:
                note_news(run.connection_id)
            was = taken.cursor.dump()
            if taken.is_last or not _goes_on(run, between):
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


def _goes_on(run: Run, between: Between) -> bool:
    """Between pages: what cannot wait; and somebody may have paused or disconnected."""
    between.lists()
    state = select(KommoConnection.state).where(
        KommoConnection.account_id == run.account_id, KommoConnection.id == run.connection_id
    )
    return execute(state).scalar() not in (None, "paused")
