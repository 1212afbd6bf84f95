"""Stage moves from before the connection, told by Kommo's events, into the timelines of their leads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute
from clarin_web.events import Actor, LeadMoved, fact_row
from clarin_web.kommo.mapping import RecordRow, number_of
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import Run
from clarin_web.kommo.upserts import load_references
from clarin_web.models import FactRow, Lead


def tell_past_moves(run: Run, events: Sequence[RecordRow]) -> None:
    """Moves since the connection are told when the lead itself is seen to have moved: they are not told twice."""
    connection = find_connection(**run.ids())
    moves = [row for row in events if row.data.get("type") == "lead_status_changed" and row.at]
    if connection is None:
        return
    old = [row for row in moves if row.at and row.at < connection.created_at]
    leads = _leads(run.account_id, {row.entity_id for row in old if row.entity_id})
    stages = load_references(run.account_id).stages if leads else {}
    rows = []
    for row in old:
        before, after = _place(row.data.get("value_before")), _place(row.data.get("value_after"))
        if row.entity_id in leads and before in stages and after in stages:
            fact = LeadMoved(
                account_id=run.account_id,
                actor=Actor.kommo(),
                **leads[row.entity_id],
                from_stage_id=stages[before].stage_id,
                to_stage_id=stages[after].stage_id,
                from_pipeline_id=stages[before].pipeline_id,
            )
            rows.append(_dated(fact, row.at))
    if rows:
        execute(insert(FactRow), rows)


def _dated(fact: LeadMoved, at: datetime | None) -> dict[str, Any]:
    return {**fact_row(fact), "at": at}


def _place(value: object) -> tuple[int, int]:
    """(pipeline, status) of `[{"lead_status": {...}}]`."""
    first = value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}
    status = first.get("lead_status")
    status = status if isinstance(status, dict) else {}
    return number_of(status.get("pipeline_id")), number_of(status.get("id"))


def _leads(account_id: int, kommo_ids: set[int]) -> dict[int, dict[str, Any]]:
    if not kommo_ids:
        return {}
    wanted = select(Lead.kommo_id, Lead.id, Lead.pipeline_id, Lead.contact_id).where(
        Lead.account_id == account_id, Lead.kommo_id.in_(kommo_ids)
    )
    return {
        kommo: {"lead_id": id_, "pipeline_id": pipeline, "contact_id": contact}
        for kommo, id_, pipeline, contact in execute(wanted)
        if kommo is not None
    }
