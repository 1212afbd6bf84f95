"""Incoming (unsorted) leads: in no list of leads until somebody accepts them, and gone when declined.

One that is no longer listed was decided on: what became of it is asked of the lead itself. Each is asked for alone, so
between two of them the visit does what cannot wait and may step aside: the next goes on with those that are left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from clarin_web.db import execute, transaction
from clarin_web.events import announce_all
from clarin_web.kommo import mapping
from clarin_web.kommo.answers import Row
from clarin_web.kommo.client import Page
from clarin_web.kommo.errors import Interrupted, NotFound
from clarin_web.kommo.oddities import forget_oddities
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing import leads
from clarin_web.kommo.storing.apart import read_apart
from clarin_web.kommo.upserts.kept import mark_records_gone, upsert_records
from clarin_web.models import KommoRecord, KommoStream, Lead, Pipeline, Stage

MAX_PAGES = 100
REFUSED_FOR = 600.0
KIND = "unsorted"


def read_incoming(run: Run) -> None:
    """Read the list whole: it is short, and it has no stamps to go by."""
    rows = _listed(run)
    listed = {str(row.get("uid")) for row in rows}
    known = _known(run.account_id)
    new = [row for row in rows if known.get(str(row.get("uid"))) is None]
    decided = [{"uid": uid, "lead": lead_id} for uid, lead_id in known.items() if uid not in listed]
    refused = _refused(run)
    try:
        later = _each(run, [row for row in new if str(row.get("uid")) not in refused], _arrive)
        later |= _each(run, [row for row in decided if row["uid"] not in refused], _decide)
    except Interrupted:
        _save(run, {**_cursor(run), "is_busy": True})
        raise
    _note(run, len(listed), refused | dict.fromkeys(later, time.time() + REFUSED_FOR))


def _each(run: Run, rows: Sequence[Row], read: Callable[[Run, Row], bool]) -> set[str]:
    """Answers the uids of those whose lead may not be read now."""
    refused: set[str] = set()
    for row in rows:
        if False in read_apart(run, KIND, [row], lambda one: read(run, one)):
            refused.add(str(row.get("uid")))
        run.between_pages()
    return refused


def _refused(run: Run) -> dict[str, float]:
    """{uid: until when it is left alone}: rights change seldom."""
    kept: Any = _cursor(run).get("refused") or {}
    return {uid: until for uid, until in kept.items() if until > time.time()}


def _listed(run: Run) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, MAX_PAGES + 1):
        page: Page = run.client.unsorted(number)
        rows += page.rows
        if not page.has_next:
            break
    return rows


def _known(account_id: int) -> dict[str, int | None]:
    wanted = select(KommoRecord.key, KommoRecord.entity_id).where(
        KommoRecord.account_id == account_id, KommoRecord.kind == KIND, KommoRecord.gone_at.is_(None)
    )
    return {row.key: row.entity_id for row in execute(wanted)}


def _arrive(run: Run, row: Row) -> bool:
    """Its lead is readable by id, and stands in its pipeline's first stage. False when it may not be read."""
    record = mapping.record(KIND, row, run.odd)
    if record is None:
        return True
    raws = _lead(run, record.entity_id)
    if raws is None:
        return False
    prepared = leads.prepare(run, [{**raw, "is_unsorted": True} for raw in raws])
    with transaction():
        stored = leads.write(run, prepared, is_backfill=False)
        upsert_records(run.account_id, [record])
        announce_all(stored.facts)
    return True


def _decide(run: Run, row: Row) -> bool:
    """Accepted: a lead like any other. Declined: gone. Still in the incoming stage: the list was wrong. False when it
    may not be read: what became of it is not known."""
    uid, lead_id = row["uid"], row["lead"]
    raw = _lead(run, lead_id)
    if raw is None:
        return False
    if raw and _is_incoming(run.account_id, raw[0]):
        return True
    prepared = leads.prepare(run, raw)
    if not raw and lead_id:
        prepared.gone = {lead_id: datetime.now(UTC)}
    with transaction():
        stored = leads.write(run, prepared, is_backfill=False)
        mark_records_gone(run.account_id, KIND, [uid], datetime.now(UTC))
        _remember(run.account_id, uid, "accepted" if raw else "declined")
        announce_all(stored.facts)
    return True


def _remember(account_id: int, uid: str, outcome: str) -> None:
    mine = (KommoRecord.account_id == account_id, KommoRecord.kind == KIND, KommoRecord.key == uid)
    told = KommoRecord.data.op("||")(mapping.storable({"outcome": outcome}))
    execute(update(KommoRecord).where(*mine).values(data=told).execution_options(synchronize_session=False))


def _lead(run: Run, lead_id: int | None) -> list[Row] | None:
    """None where Kommo refuses to tell, which is no absence."""
    if not lead_id:
        return []
    params = [("with", "contacts,loss_reason,source_id")]
    try:
        return run.client.read(f"/api/v4/leads/{lead_id}", "leads", None, params).rows
    except NotFound:
        return []
    except REFUSALS as refusal:
        run.odd.add("lead", lead_id, refusal.code)
        return None


def _is_incoming(account_id: int, row: Row) -> bool:
    """Whether the lead stands where it stood when it came: people cannot put leads into that stage."""
    place = (
        select(Pipeline.kommo_id, Stage.kommo_id)
        .join(Stage, (Pipeline.account_id == Stage.account_id) & (Pipeline.id == Stage.pipeline_id))
        .join(Lead, (Lead.account_id == Stage.account_id) & (Lead.stage_id == Stage.id))
        .where(Lead.account_id == account_id, Lead.kommo_id == mapping.number_of(row.get("id")))
        .where(Lead.kommo.has_key("unsorted"))  # type: ignore[attr-defined]
    )
    stood = execute(place).first()
    return stood == (mapping.number_of(row.get("pipeline_id")), mapping.number_of(row.get("status_id")))


def _cursor(run: Run) -> dict[str, Any]:
    return dict(streams_of(**run.ids())[KIND].cursor)


def _save(run: Run, cursor: dict[str, Any]) -> None:
    with transaction():
        streams_of(**run.ids())[KIND].cursor = cursor


def _note(run: Run, count: int, refused: dict[str, float]) -> None:
    now = datetime.now(UTC)
    cursor: dict[str, Any] = {"refused": refused} if refused else {}
    stream: KommoStream = streams_of(**run.ids())[KIND]
    if (
        stream.phase == "live"
        and stream.cursor == cursor
        and not stream.error
        and stream.rows_done == count
        and (now - stream.updated_at).total_seconds() < 60
    ):
        return
    with transaction():
        stream = streams_of(**run.ids())[KIND]
        stream.rows_done, stream.cursor = count, cursor
        stream.read_whole(now)
        forget_oddities(run.account_id, run.connection_id, KIND)
