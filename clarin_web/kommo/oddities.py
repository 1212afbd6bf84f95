"""What could not be used of Kommo's rows: kept until the same row is read without it, all of it to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Text, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, session, transaction
from clarin_web.kommo.mapping import number_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts.records import recordset
from clarin_web.models import KommoConnection, KommoOddity

LEFT_OUT = "left_out"
RETRY_DAYS = 1
RETRY_BATCH = 100
# In the list that gives them by id, what is left out can be asked for again.
ASKABLE = {"lead": "leads", "contact": "contacts", "companies": "companies", "tasks": "tasks"}
STARTED_AT = datetime.now(UTC)  # a new version is a new process: it reads again what the old one could not


def save_oddities(run: Run) -> bool:
    """Keep what is odd, and forget what was odd of rows that were read since. Answers whether anything is new."""
    found, read = run.odd.take()
    with transaction():
        if not _is_connected(run):
            return False
        mine = (KommoOddity.account_id == run.account_id, KommoOddity.connection_id == run.connection_id)
        still = [tuple(odd.values()) for odd in found]
        if read:
            about = tuple_(KommoOddity.kind, KommoOddity.kommo_id)
            mended = delete(KommoOddity).where(*mine, about.in_(_keys(read)))
            named = tuple_(KommoOddity.kind, KommoOddity.kommo_id, KommoOddity.code, KommoOddity.value)
            mended = mended.where(named.not_in(still)) if still else mended
            execute(mended.execution_options(synchronize_session=False))
        if not found:
            return False
        rows = [{**run.ids(), **odd} for odd in found]
        new = insert(KommoOddity).values(rows).on_conflict_do_nothing().returning(KommoOddity.id)
        return bool(execute(new).all())


def forget_oddities(account_id: int, connection_id: int, list_name: str) -> None:
    """Of a list that was read whole: it can be read."""
    about = (KommoOddity.account_id == account_id, KommoOddity.connection_id == connection_id)
    of_list = (KommoOddity.kind == list_name, KommoOddity.kommo_id == "", KommoOddity.code.in_(OF_LISTS))
    execute(delete(KommoOddity).where(*about, *of_list).execution_options(synchronize_session=False))


OF_LISTS = ("not_found", "no_rights", "bad_request", "wrong_shape", "no_row")


def oddities_of(account_id: int, limit: int, before: int | None = None) -> Sequence[KommoOddity]:
    """The latest first."""
    wanted = select(KommoOddity).where(KommoOddity.account_id == account_id)
    if before is not None:
        wanted = wanted.where(KommoOddity.id < before)
    return session().scalars(wanted.order_by(KommoOddity.id.desc()).limit(limit)).all()


def count_oddities(account_id: int) -> int:
    wanted = select(func.count()).select_from(KommoOddity).where(KommoOddity.account_id == account_id)
    return int(execute(wanted).scalar_one())


def left_out(run: Run) -> dict[str, list[int]]:
    """Ids by list of rows to be asked for again: not tried since this process began, or for a day."""
    mine = (KommoOddity.account_id == run.account_id, KommoOddity.connection_id == run.connection_id)
    since = max(STARTED_AT, datetime.now(UTC) - timedelta(days=RETRY_DAYS))
    old = (KommoOddity.code == LEFT_OUT, KommoOddity.kind.in_(ASKABLE), KommoOddity.tried_at < since)
    wanted = select(KommoOddity.id).where(*mine, *old).order_by(KommoOddity.id).limit(RETRY_BATCH)
    if not execute(wanted).first():
        return {}
    with transaction():
        tried = update(KommoOddity).where(KommoOddity.id.in_(wanted)).values(tried_at=datetime.now(UTC))
        tried = tried.returning(KommoOddity.kind, KommoOddity.kommo_id)
        rows = execute(tried.execution_options(synchronize_session=False)).all()
    ids: dict[str, list[int]] = {}
    for kind, kommo_id in rows:
        if id_ := number_of(kommo_id):
            ids.setdefault(ASKABLE[kind], []).append(id_)
    return ids


def _is_connected(run: Run) -> bool:
    mine = (KommoConnection.account_id == run.account_id, KommoConnection.id == run.connection_id)
    return execute(select(KommoConnection.id).where(*mine)).first() is not None


def _keys(read: set[tuple[str, str]]):  # type: ignore[no-untyped-def]
    source = recordset([{"kind": kind, "id": id_} for kind, id_ in read], {"kind": Text(), "id": Text()})
    return select(source.c.kind, source.c.id)
