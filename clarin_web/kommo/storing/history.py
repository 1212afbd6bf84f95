"""Stage moves, as Kommo's events tell them: each with its own time and author, once, however often it is heard.

A lead's row tells only where it is by now. Its moves are told by events alone; where Kommo gives none to this token, by
the row: a guess, which timelines no longer show once the events came after all (`leads.queries.single`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.announcing import tell
from clarin_web.db import after_commit, execute
from clarin_web.events import Actor, Fact, LeadClosed, LeadMoved, LeadReopened, fact_row
from clarin_web.kommo.mapping import LOST, WON, RecordRow, number_of
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts import LeadChange, ensure_stages, load_references
from clarin_web.kommo.upserts.people import names_of
from clarin_web.kommo.upserts.records import one_of
from clarin_web.kommo.upserts.references import OurStage
from clarin_web.models import FactRow, KommoRecord, Lead

MOVED = "lead_status_changed"
Stages = dict[tuple[int, int], OurStage]


@dataclass(frozen=True, slots=True)
class Move:
    """One event of a move: `before` and `after` are (pipeline, status)."""

    key: str
    lead: int
    at: datetime
    before: tuple[int, int]
    after: tuple[int, int]
    by: int


def events_tell(run: Run) -> bool:
    """Whether moves come from events: they do unless this list is refused."""
    stream = streams_of(**run.ids()).get("events")
    return stream is not None and not stream.error


def elsewhere(run: Run, events: Sequence[RecordRow]) -> list[int]:
    """Leads that these events, of since the connection, put where they are not here."""
    newest = {move.lead: move for move in sorted(_recent(run, moves_of(events)), key=lambda move: move.at)}
    if not newest:
        return []
    stages = load_references(run.account_id).stages
    held = select(Lead.kommo_id, cast(Lead.kommo["stage_id"].astext, BigInteger)).where(
        Lead.account_id == run.account_id, one_of(Lead.kommo_id, newest)
    )
    ours = {row[0]: row[1] for row in execute(held)}
    return [id_ for id_, move in newest.items() if _stage_id(stages, move.after) != ours.get(id_)]


def tell_moves(run: Run, events: Sequence[RecordRow]) -> None:
    """Write the moves of leads that are here into their timelines; what was told is not told again, what is older than
    the connection wakes nobody."""
    moves = moves_of(events)
    leads = _leads(run.account_id, {move.lead for move in moves})
    moves = [move for move in moves if move.lead in leads]
    if not moves:
        return
    known = load_references(run.account_id)
    recent = _recent(run, moves)
    if ensure_stages(run.account_id, {place for one in recent for place in (one.before, one.after)}, known):
        known = load_references(run.account_id)
    told = _told(run.account_id, [leads[move.lead]["lead_id"] for move in moves])
    new = [move for move in moves if move.key not in told]
    if not new:
        return
    names, stages = names_of(run.account_id), _with_deleted(known.stages, new)
    for move in new:
        facts = _facts_of(run.account_id, move, leads[move.lead], stages)
        _write(facts, {"event": move.key, "by": names.get(move.by, "")}, move.at, is_news=move in recent)
    _date_closings(run.account_id, new, leads, stages)


def _with_deleted(stages: Stages, moves: Iterable[Move]) -> Stages:
    """Stages that Kommo no longer names were moved through all the same: one stands for them all, and has no id."""
    places = {place for move in moves for place in (move.before, move.after)}
    kinds = {WON: "won", LOST: "lost"}
    return {place: OurStage(0, 0, kinds.get(place[1], "open")) for place in places} | stages


def tell_kept_moves(run: Run, kommo_ids: Collection[int]) -> None:
    """Moves whose events came before their leads did."""
    about = (KommoRecord.entity == "leads") & one_of(KommoRecord.entity_id, kommo_ids)
    wanted = select(KommoRecord.key, KommoRecord.entity_id, KommoRecord.at, KommoRecord.data).where(
        KommoRecord.account_id == run.account_id, KommoRecord.kind == "events", about
    )
    rows = [
        RecordRow("events", row.key, "leads", row.entity_id, row.at, None, row.data)
        for row in execute(wanted)
    ]
    tell_moves(run, rows)


def moves_of(events: Iterable[RecordRow]) -> list[Move]:
    """The moves among events, oldest first."""
    found = [
        Move(
            row.key,
            row.entity_id,
            row.at,
            _place(row.data.get("value_before")),
            _place(row.data.get("value_after")),
            number_of(row.data.get("created_by")),
        )
        for row in events
        if row.data.get("type") == MOVED and row.entity_id and row.at
    ]
    return sorted(found, key=lambda move: (move.at, move.key))


def _recent(run: Run, moves: Sequence[Move]) -> list[Move]:
    connection = find_connection(**run.ids())
    since = connection.created_at.replace(microsecond=0) if connection else None  # Kommo tells whole seconds
    return [move for move in moves if since and move.at >= since]


def guess_moves(account_id: int, changes: Sequence[LeadChange]) -> None:
    """What rows tell of moves where no events come: from where it was read before to where it is, noticed now."""
    for change in changes:
        about = {
            "lead_id": change.lead_id,
            "pipeline_id": change.pipeline_id,
            "contact_id": change.contact_id,
        }
        before = OurStage(
            change.from_pipeline_id or 0, change.from_stage_id or 0, change.from_status or "open"
        )
        after = OurStage(change.pipeline_id, change.stage_id, change.status)
        facts = _facts({"account_id": account_id, **about}, before, after, change.reason or "")
        _write(facts, {"guessed": True}, datetime.now(UTC), is_news=True)


def _facts_of(account_id: int, move: Move, lead: dict[str, Any], stages: Stages) -> list[Fact]:
    about = {"account_id": account_id, **lead}
    lost = about.pop("reason")
    return _facts(about, stages[move.before], stages[move.after], lost)


def _facts(about: dict[str, Any], before: OurStage, after: OurStage, reason: str) -> list[Fact]:
    """The move, and what it means for the lead when it closes or opens it."""
    actor = Actor.kommo()
    stages = {"from_stage_id": before.stage_id, "to_stage_id": after.stage_id}
    moved = LeadMoved(**about, actor=actor, **stages, from_pipeline_id=before.pipeline_id)
    if after.kind == before.kind:
        return [moved]
    if after.kind == "open":
        return [moved, LeadReopened(**about, actor=actor)]
    why = reason if after.kind == "lost" else ""
    return [moved, LeadClosed(**about, actor=actor, outcome=after.kind, reason=why)]


def _write(facts: Sequence[Fact], more: dict[str, Any], at: datetime, *, is_news: bool) -> None:
    """Rows with a time and words of their own; listeners hear of news after the commit."""
    rows = [fact_row(fact) for fact in facts]
    execute(insert(FactRow), [{**row, "at": at, "data": {**row["data"], **more}} for row in rows])
    for fact in facts if is_news else ():
        after_commit(partial(tell, fact))


def _told(account_id: int, lead_ids: Collection[int]) -> set[str]:
    """Keys of the events these leads' timelines tell of already."""
    event = FactRow.data["event"].astext
    told = select(event).where(
        FactRow.account_id == account_id, one_of(FactRow.lead_id, set(lead_ids)), event.is_not(None)
    )
    return set(execute(told).scalars())


def _date_closings(
    account_id: int, moves: Sequence[Move], leads: dict[int, dict[str, Any]], stages: Stages
) -> None:
    """Where Kommo gives no date of closing, it is the time of the move."""
    closed = {
        (leads[move.lead]["lead_id"], stages[move.after].stage_id): move.at
        for move in moves
        if stages[move.after].kind != "open"
    }
    for (lead_id, stage_id), at in closed.items():
        mine = (Lead.account_id == account_id, Lead.id == lead_id, Lead.stage_id == stage_id)
        undated = update(Lead).where(*mine, Lead.kommo.has_key("undated"))  # type: ignore[attr-defined]
        execute(undated.values(closed_at=at).execution_options(synchronize_session=False))


def _stage_id(stages: Stages, place: tuple[int, int]) -> int | None:
    stage = stages.get(place)
    return stage.stage_id if stage else None


def _place(value: object) -> tuple[int, int]:
    """(pipeline, status) of `[{"lead_status": {...}}]`."""
    first = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
    status = first.get("lead_status")
    status = status if isinstance(status, dict) else {}
    return number_of(status.get("pipeline_id")), number_of(status.get("id"))


def _leads(account_id: int, kommo_ids: set[int]) -> dict[int, dict[str, Any]]:
    if not kommo_ids:
        return {}
    reason = func.coalesce(Lead.kommo["reason"].astext, "")
    wanted = select(Lead.kommo_id, Lead.id, Lead.pipeline_id, Lead.contact_id, reason).where(
        Lead.account_id == account_id, one_of(Lead.kommo_id, kommo_ids)
    )
    return {
        kommo: {"lead_id": id_, "pipeline_id": pipeline, "contact_id": contact, "reason": lost}
        for kommo, id_, pipeline, contact, lost in execute(wanted)
        if kommo is not None
    }
