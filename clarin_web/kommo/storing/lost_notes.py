"""Notes that events say were deleted. Such an event names what the note was on, not the note.

Those held there are asked for by their ids, all of a page's at once, and each that is not given once more alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import cast, select
from sqlalchemy.types import BigInteger

from clarin_web.db import execute
from clarin_web.kommo.known import NOTED
from clarin_web.kommo.mapping import RecordRow
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.absorbed import verified_gone
from clarin_web.kommo.upserts.records import one_of
from clarin_web.models import KommoRecord

DELETED = "common_note_deleted"


def notes_gone(run: Run, events: Iterable[RecordRow]) -> dict[str, dict[int, datetime]]:
    """{entity: {note: when}}. What Kommo refuses to tell is named and hides nothing else; the census finds it later."""
    told = sorted(
        ((row.at, row.entity, row.entity_id) for row in events if row.data.get("type") == DELETED and row.at),
        key=lambda one: one[0],
    )
    found = {}
    for name, entity in NOTED.items():
        lost = {id_: at for at, kind, id_ in told if kind == entity and id_}
        held = _held(run.account_id, entity, lost) if lost else {}
        found[entity] = {id_: lost[held[id_]] for id_ in verified_gone(run, name, sorted(held))}
    return found


def _held(account_id: int, entity: str, lost: Mapping[int, datetime]) -> dict[int, int]:
    """{note: what it is on} of what can have been deleted then: what was written later was not."""
    wanted = select(cast(KommoRecord.key, BigInteger), KommoRecord.entity_id, KommoRecord.at).where(
        KommoRecord.account_id == account_id,
        KommoRecord.kind == "notes",
        KommoRecord.entity == entity,
        one_of(KommoRecord.entity_id, lost),
        KommoRecord.gone_at.is_(None),
    )
    return {id_: on for id_, on, at in execute(wanted) if on and (at is None or at <= lost[on])}
