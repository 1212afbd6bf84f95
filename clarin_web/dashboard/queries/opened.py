"""Where the open leads stand: every living pipeline by stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, and_, func, or_, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.models import Lead, Pipeline, Stage


@dataclass(frozen=True, slots=True)
class StageTotal:
    stage_id: int
    name: str
    color: str
    leads: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class PipelineTotal:
    """`leads` and `value` count the open stages; `most` is the fullest stage, for the bars."""

    pipeline_id: int
    name: str
    stages: list[StageTotal]
    leads: int
    value: Decimal
    most: int


@dataclass(frozen=True, slots=True)
class OpenLeads:
    """All open leads the member may see, and each living pipeline's."""

    leads: int
    value: Decimal
    pipelines: list[PipelineTotal]


def open_leads(member: Member) -> OpenLeads:
    """Open leads of every pipeline by stage, what the board's columns say, and all of them. One statement.

    A stage that was archived while leads stood in it is shown until they are gone: the numbers must add up.
    """
    totals = (
        select(Lead.stage_id, func.count().label("leads"), func.sum(Lead.value).label("value"))
        .where(visible(Lead, member), Lead.trashed_at.is_(None), _in_open_stage(member))
        .group_by(Lead.stage_id)
        .cte("totals")
    )
    rows = execute(_by_stage(member, totals)).all()
    leads, value = (rows[0].all_leads or 0, rows[0].all_value or 0) if rows else (0, 0)
    return OpenLeads(int(leads), Decimal(value), list(_grouped(rows)))


def _by_stage(member: Member, totals: CTE) -> Select[Any]:
    everything = (
        select(func.sum(totals.c.leads)).scalar_subquery().label("all_leads"),
        select(func.sum(totals.c.value)).scalar_subquery().label("all_value"),
    )
    return (
        select(
            Pipeline.id.label("pipeline_id"), Pipeline.name.label("pipeline"), Stage.id, Stage.name, Stage.color,
            func.coalesce(totals.c.leads, 0).label("leads"), func.coalesce(totals.c.value, 0).label("value"),
            *everything,
        )
        .join(Stage, and_(Stage.account_id == Pipeline.account_id, Stage.pipeline_id == Pipeline.id))
        .outerjoin(totals, totals.c.stage_id == Stage.id)
        .where(Pipeline.account_id == member.account_id, Pipeline.archived_at.is_(None))
        .where(or_(Stage.archived_at.is_(None), totals.c.leads > 0), Stage.kind == "open")
        .order_by(Pipeline.position, Pipeline.id, Stage.position, Stage.id)
    )  # fmt: skip


def _in_open_stage(member: Member) -> ColumnElement[bool]:
    """By (pipeline, stage), so that the covering index answers and closed leads are never read."""
    opened = select(Stage.id).where(Stage.account_id == member.account_id, Stage.kind == "open")
    return Lead.stage_id.in_(opened)


def _grouped(rows: Sequence[Row[Any]]) -> Iterator[PipelineTotal]:
    for (pipeline_id, name), group in groupby(rows, key=lambda row: (row.pipeline_id, row.pipeline)):
        stages = [StageTotal(row.id, row.name, row.color, row.leads, Decimal(row.value)) for row in group]
        leads, value = sum(s.leads for s in stages), sum((s.value for s in stages), Decimal())
        yield PipelineTotal(pipeline_id, name, stages, leads, value, max(s.leads for s in stages))
