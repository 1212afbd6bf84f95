"""A merge names its survivor only. What it took in is found among our rows that share something with it.

Whatever vanished is marked. It is said to live on in the survivor only when it is the one row that vanished and shares
a phone or an e-mail (of leads: a contact) with it, with no other merge, and when nobody deleted it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.kommo.answers import Row
from clarin_web.kommo.errors import NotFound
from clarin_web.kommo.known import NOTED, count_known, path_of, split, too_many
from clarin_web.kommo.mapping import RecordRow, number_of
from clarin_web.kommo.run import REFUSALS, Run
from clarin_web.kommo.storing.ties import Held, held, merges_since, suspects, ties_of
from clarin_web.models import KommoRecord

SINGULAR = {"leads": "lead", "contacts": "contact", "companies": "company"}
SAME_MOMENT = timedelta(seconds=2)  # a deletion told with the merge is the merge's own


@dataclass(frozen=True, slots=True)
class Taken:
    """What left with merges, {Kommo id: when}; `into` tells in whom some of it lives on, {Kommo id: survivor}."""

    gone: dict[int, datetime] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)


def taken_in(run: Run, kind: str, merges: Iterable[RecordRow], rows: Sequence[Row]) -> Taken:
    """What these merges took in; `rows` are the survivors as Kommo gives them now."""
    when = {row.entity_id: row.at for row in merges if row.entity_id and row.at}
    if not when:
        return Taken()
    ties = _ties(run, kind, list(when), rows)
    found = suspects(run, kind, set(when), set().union(*ties.values()), min(when.values()))
    gone = verified_gone(run, kind, [id_ for id_, row in found.items() if row.gone_at is None])
    if too_many(len(gone), count_known(run.account_id, kind)):
        return Taken()  # the sweep asks a person
    vanished = {id_: row for id_, row in found.items() if id_ in gone or row.gone_at}
    return Taken(gone, _into(run, kind, vanished, ties, when))


def verified_gone(run: Run, kind: str, ids: Sequence[int]) -> dict[int, datetime]:
    """Those Kommo knows neither in its list nor by themselves. A list that may not be read tells nothing."""
    if not ids:
        return {}
    try:
        listed = {number_of(row.get("id")) for row in run.client.by_id(path_of(kind), ids)}
    except REFUSALS as refusal:
        run.odd.add(kind, "", refusal.code)
        return {}
    return {id_: datetime.now(UTC) for id_ in ids if id_ not in listed and not is_there(run, kind, id_)}


def is_there(run: Run, kind: str, id_: int) -> bool:
    """Whether Kommo answers for this one alone; incoming leads are in no list, but they are there. Lost rights are no
    absence."""
    try:
        return bool(run.client.read(f"/api/v4/{_path(run, kind, id_)}", split(kind)[0]).rows)
    except NotFound:
        return False
    except REFUSALS as refusal:
        run.odd.add(kind, "", refusal.code)
        return True


def _path(run: Run, kind: str, id_: int) -> str:
    """Where one is read alone: a note on what it is on."""
    if kind not in NOTED:
        return f"{kind}/{id_}"
    about = select(KommoRecord.entity_id).where(
        KommoRecord.account_id == run.account_id,
        KommoRecord.kind == "notes",
        KommoRecord.space == NOTED[kind],
        KommoRecord.key == str(id_),
    )
    return f"{NOTED[kind]}/{execute(about).scalar()}/notes/{id_}"


def _ties(run: Run, kind: str, ids: Sequence[int], rows: Sequence[Row]) -> dict[int, set[str]]:
    """What each survivor can be known by: as we hold it, and as Kommo says now."""
    ours = held(run, kind, ids)
    ties = {id_: set(ours[id_].ties) if id_ in ours else set() for id_ in ids}
    for row in rows:
        if (id_ := number_of(row.get("id"))) in ties:
            ties[id_] |= ties_of(kind, row, run.country)
    return ties


def _into(
    run: Run,
    kind: str,
    vanished: Mapping[int, Held],
    ties: Mapping[int, set[str]],
    when: Mapping[int, datetime],
) -> dict[int, int]:
    """{absorbed: survivor} of the pairs that nothing else explains."""
    into = {}
    for survivor, own in ties.items():
        sharing = [id_ for id_, row in vanished.items() if row.ties & own and id_ != survivor]
        if len(sharing) == 1 and _is_only(run, kind, vanished[sharing[0]], survivor, ties, when):
            into[sharing[0]] = survivor
    return into


def _is_only(
    run: Run,
    kind: str,
    absorbed: Held,
    survivor: int,
    ties: Mapping[int, set[str]],
    when: Mapping[int, datetime],
) -> bool:
    """Whether no other merge since it was last changed could have taken it in, and nobody deleted it."""
    others: dict[int, Set[str]] = {
        id_: row.ties for id_, row in merges_since(run, kind, absorbed.updated_at).items()
    }
    others |= ties
    if any(absorbed.ties & shared for id_, shared in others.items() if id_ not in (survivor, absorbed.id)):
        return False
    return not _was_deleted(run, kind, absorbed.id, when[survivor])


def _was_deleted(run: Run, kind: str, id_: int, merged_at: datetime) -> bool:
    """Whether Kommo tells of a deletion of its own; where events of one thing are not given, that is not known."""
    name = SINGULAR[kind]
    params = [("filter[entity]", name), ("filter[entity_id]", str(id_)), ("filter[type]", f"{name}_deleted")]
    try:
        rows = run.client.read("/api/v4/events", "events", 1, params, limit=100).rows
    except REFUSALS:
        return True
    mine = [row for row in rows if str(row.get("entity_id")) == str(id_)]
    stamps = [number_of(row.get("created_at")) for row in mine if row.get("type") == f"{name}_deleted"]
    return any(abs(datetime.fromtimestamp(stamp, UTC) - merged_at) > SAME_MOMENT for stamp in stamps)
