"""What was hinted at, asked of Kommo by id and stored as a visit stores it: what Kommo answers now is what is true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import redis
import structlog
from sqlalchemy import select

from clarin_web.db import execute, session, transaction
from clarin_web.events import announce_all
from clarin_web.kommo.answers import Row
from clarin_web.kommo.client import IDS_PER_REQUEST
from clarin_web.kommo.errors import OF_ALL_LISTS, KommoError, NotFound
from clarin_web.kommo.incoming import read_incoming
from clarin_web.kommo.isolation import is_about_data
from clarin_web.kommo.known import NOTED
from clarin_web.kommo.queries import streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import contacts, leads, save_oddities, whole
from clarin_web.kommo.storing.prepared import Prepared, Stored
from clarin_web.kommo.streams import add_streams
from clarin_web.kommo.upserts.kept import known_keys
from clarin_web.kommo.webhooks import waiting
from clarin_web.kommo.webhooks.hints import KINDS, Hint
from clarin_web.models import Contact, Lead
from clarin_web.store import redis_outage

log = structlog.get_logger()
# So many may turn out to be gone in one round; more of them is for the sweep, which asks a person.
MAX_GONE = 20


def work_off(run: Run) -> None:
    """What waits, by the visit that is under way; where too much waits, it looks at everything anyway."""
    try:
        if not waiting.is_anything(run.connection_id) or not waiting.is_rested(run.connection_id):
            return
        hints = waiting.take(run.account_id, run.connection_id)
    except redis.RedisError as error:
        redis_outage.began(error)
        return
    try:
        refetch(run, hints)
    except OF_ALL_LISTS:
        raise
    except KommoError as failure:  # polling finds what was hinted at
        log.warning("kommo hints not followed", connection=run.connection_id, code=failure.code)


def refetch(run: Run, hints: Sequence[Hint]) -> bool:
    """Read these anew. False when looking at everything is called for. Raises KommoError."""
    add_streams(**run.ids())
    is_enough = not any(hint.kind == "all" for hint in hints)
    for kind in KINDS:
        ids = sorted({hint.id for hint in hints if hint.kind == kind})
        try:
            if ids:
                _read_again(run, kind, ids)
        except Exception as error:
            if not is_about_data(error):
                raise
            session().rollback()
            log.exception("kommo hints not followed", connection=run.connection_id, kind=kind)
            is_enough = False
    return is_enough


def _read_again(run: Run, kind: str, ids: list[int]) -> None:
    if kind == "unsorted":
        read_incoming(run)
        return
    stream = streams_of(**run.ids())[kind]
    prepared = _prepared(run, kind, ids)
    with transaction():
        # Of a list that is still being imported nothing is news: all of it is new here.
        stored = _write(run, kind, prepared, is_backfill=stream.phase == "backfill")
        save_oddities(run)
        announce_all(stored.facts)


def _prepared(run: Run, kind: str, ids: list[int]) -> Prepared:
    if kind in NOTED:
        return whole.prepare(run, "notes", _notes(run, NOTED[kind], ids), NOTED[kind])
    rows = run.client.leads_by_id(ids) if kind == "leads" else run.client.by_id(kind, ids)
    if kind in ("leads", "contacts"):
        prepared = (leads if kind == "leads" else contacts).prepare(run, rows)
    else:
        prepared = whole.prepare(run, kind, rows)
    prepared.gone |= _gone(run, kind, set(ids) - {row.get("id") for row in rows})
    return prepared


def _write(run: Run, kind: str, prepared: Prepared, *, is_backfill: bool) -> Stored:
    if kind in ("leads", "contacts"):
        return (leads if kind == "leads" else contacts).write(run, prepared, is_backfill=is_backfill)
    return whole.write(run, "notes" if kind in NOTED else kind, prepared, is_backfill=is_backfill)


def _notes(run: Run, entity: str, ids: list[int]) -> list[Row]:
    """Notes by id; of a server that ignores the filter, only these."""
    rows: list[Row] = []
    for start in range(0, len(ids), IDS_PER_REQUEST):
        batch = ids[start : start + IDS_PER_REQUEST]
        params = [("filter[id][]", str(id_)) for id_ in batch]
        page = run.client.read(f"/api/v4/{entity}/notes", "notes", 1, params)
        rows += [row for row in page.rows if row.get("id") in batch]
    return rows


def _gone(run: Run, kind: str, missing: set[int]) -> dict[int, datetime]:
    """Those we hold that Kommo has neither in its list nor by themselves: incoming leads are in no list."""
    known = _known(run.account_id, kind, missing) if missing else set()
    if len(known) > MAX_GONE:
        return {}
    return {id_: datetime.now(UTC) for id_ in sorted(known) if not _is_there(run, kind, id_)}


def _is_there(run: Run, kind: str, id_: int) -> bool:
    """Lost rights are no absence: they raise."""
    try:
        rows = run.client.read(f"/api/v4/{kind}/{id_}", kind).rows
    except NotFound:
        return False
    return any(row.get("is_deleted") is not True for row in rows)


def _known(account_id: int, kind: str, ids: set[int]) -> set[int]:
    if kind not in ("leads", "contacts"):
        return {int(key) for key in known_keys(account_id, kind, [str(id_) for id_ in ids])}
    model: type[Lead] | type[Contact] = Lead if kind == "leads" else Contact
    wanted = select(model.kommo_id).where(
        model.account_id == account_id, model.kommo_id.in_(ids), model.gone_in_kommo_at.is_(None)
    )
    return {id_ for id_ in execute(wanted).scalars() if id_ is not None}
