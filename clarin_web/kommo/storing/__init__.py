"""One page of rows, its facts and its cursor, in one transaction: what is not committed was not read.

Everything that asks Kommo happens before the transaction opens. A poll that found nothing new writes nothing, but
for the time of the last success once a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from clarin_web.db import execute, transaction
from clarin_web.events import Actor, KommoProgressed, announce_all
from clarin_web.kommo.answers import Row
from clarin_web.kommo.errors import Interrupted
from clarin_web.kommo.keeping import keep
from clarin_web.kommo.known import count_rows
from clarin_web.kommo.oddities import forget_oddities, save_oddities
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import contacts, happenings, leads, whole
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.storing.prepared import Prepared, Stored, Taken, deleted_in
from clarin_web.kommo.streams import Listed
from clarin_web.models import KommoStream

__all__ = ["Stored", "Superseded", "prepare", "save_oddities", "store", "store_again"]
NOTED_EVERY = timedelta(seconds=60)
# Rows and cursor are one transaction, so a crash of the server loses both or none. Foreign keys of some hundred rows
# are checked by plans that are made once, not once for each row.
FOR_MANY = text(
    "SELECT set_config('synchronous_commit', 'off', true), set_config('plan_cache_mode', 'auto', true)"
)
PREPARE = {"leads": leads.prepare, "contacts": contacts.prepare, "events": happenings.prepare}
WRITE = {"leads": leads.write, "contacts": contacts.write, "events": happenings.write}


class Superseded(Interrupted):
    """Somebody stopped or restarted the import while its page was read: what was read is not written."""


def store(run: Run, listed: Listed, taken: Taken, *, was: object = None) -> int:
    """Write a page and move the stream's cursor; answers how many rows changed.

    `was` is the cursor the reading began from: when it is another by now, raises Superseded. A page that brought
    something is kept as it came.
    """
    run.odd.take_over(taken.odd)
    prepared = taken.prepared or prepare(run, listed, taken.step.rows)
    is_quiet = taken.is_last and prepared.is_empty and was == taken.cursor.dump()
    if is_quiet and _was_noted(run, listed.name):
        return 0
    with transaction():
        execute(FOR_MANY)
        _take_turn(run, listed.name, was)
        stream = streams_of(**run.ids())[listed.name]
        was_backfill = stream.phase == "backfill"
        stored = _write(run, listed, prepared, is_backfill=was_backfill)
        _advance(stream, taken, stored.changed)
        if taken.is_last and was_backfill and not listed.is_bin:
            # Pages overlap: only now it is known how many rows there are.
            stream.rows_done = count_rows(run.account_id, listed.kind, listed.entity)
            stream.rows_total = max(stream.rows_done, 1)
        is_odd = save_oddities(run)
        if taken.is_last:
            forget_oddities(run.account_id, run.connection_id, listed.name)
        if taken.step.page is not None and (is_odd or not prepared.is_empty):
            keep(run.account_id, run.connection_id, listed.name, taken.step.page, taken.packed)
        if stored.facts or was_backfill:
            stored.facts.append(KommoProgressed(**run.ids(), actor=Actor.kommo()))
        announce_all(stored.facts)
    return stored.changed


def store_again(run: Run, listed: Listed, rows: Sequence[Row]) -> int:
    """Write rows of a kept page once more; answers how many changed. No cursor moves."""
    prepared = prepare(run, listed, rows)
    if prepared.is_empty:
        return 0
    with transaction():
        stored = _write(run, listed, prepared, is_backfill=False)
        save_oddities(run)
        announce_all(stored.facts)
    return stored.changed


def _was_noted(run: Run, name: str) -> bool:
    """Whether the stream is live and well, and says so since less than a minute."""
    stream = streams_of(**run.ids())[name]
    is_well = stream.phase == "live" and not stream.error and stream.last_success_at is not None
    return is_well and datetime.now(UTC) - stream.updated_at < NOTED_EVERY


def _take_turn(run: Run, name: str, was: object) -> None:
    mine = select(KommoStream.cursor).where(
        KommoStream.account_id == run.account_id,
        KommoStream.connection_id == run.connection_id,
        KommoStream.name == name,
    )
    if execute(mine.with_for_update()).scalar() != was:
        raise Superseded(name)


def prepare(run: Run, listed: Listed, rows: Sequence[Row]) -> Prepared:
    """What of these rows is new or different, mapped; and what else Kommo must be asked for."""
    if listed.is_bin:
        return Prepared(gone=deleted_in(rows))
    if listed.kind in PREPARE:
        return PREPARE[listed.kind](run, rows)
    return whole.prepare(run, listed.kind, rows, listed.entity)


def _write(run: Run, listed: Listed, prepared: Prepared, *, is_backfill: bool) -> Stored:
    if listed.is_bin:
        return mark_gone(run.account_id, listed.kind, prepared.gone)
    if listed.kind in WRITE:
        return WRITE[listed.kind](run, prepared, is_backfill=is_backfill)
    return whole.write(run, listed.kind, prepared, is_backfill=is_backfill)


def _advance(stream: KommoStream, taken: Taken, changed: int) -> None:
    """Move the cursor with the rows."""
    now = datetime.now(UTC)
    was_backfill = stream.phase == "backfill"
    stream.cursor, stream.updated_at = taken.cursor.dump(), now
    stream.rows_written += changed
    if was_backfill:
        stream.rows_done += len(taken.step.rows)
    if taken.is_last:
        stream.read_whole(now)
        stream.rows_total = max(stream.rows_done, 1) if was_backfill else stream.rows_total
