"""Where the open leads stand: every living pipeline by stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.leads.queries.board import NO_LEADS, Sum, add, together
from clarin_web.models import Lead, Pipeline, Stage


@dataclass(slots=True)
class StageTotal:
    stage_id: int
    name: str
    color: str
    sum: Sum = NO_LEADS


@dataclass(frozen=True, slots=True)
class PipelineTotal:
    """`whole` is of the open stages; `most` is the fullest stage, for the bars."""

    pipeline_id: int
    name: str
    stages: list[StageTotal]
    whole: Sum
    most: int


@dataclass(frozen=True, slots=True)
class OpenLeads:
    """All open leads the member may see, and each living pipeline's."""

    whole: Sum
    pipelines: list[PipelineTotal]


def open_leads(member: Member) -> OpenLeads:
    """Open leads of every pipeline by stage, what the board's columns say, and all of them. One statement.

    A stage that was archived while leads stood in it is shown until they are gone: the numbers must add up.
    """
    rows = execute(_by_stage(member)).all()
    everything = together(
        add(NO_LEADS, row.currency, row.leads, row.value, is_gone=row.is_gone) for row in rows if row.leads
    )
    return OpenLeads(everything, list(_grouped(row for row in rows if row.id)))


def _by_stage(member: Member) -> Select[Any]:
    """A row for each living stage, currency, and whether gone in Kommo; of archived pipelines only their leads."""
    is_gone = Lead.gone_in_kommo_at.is_not(None).label("is_gone")
    apart = (Lead.stage_id, Lead.currency, is_gone)
    totals = (
        select(*apart, func.count().label("leads"), func.sum(Lead.value).label("value"))
        .where(visible(Lead, member), Lead.trashed_at.is_(None), _in_open_stage(member))
        .group_by(*apart)
        .cte("totals")
    )
    stages = (
        select(
            Pipeline.id.label("pipeline_id"), Pipeline.name.label("pipeline"), Stage.id, Stage.name, Stage.color,
            Pipeline.position.label("first"), Stage.position.label("second"), Stage.archived_at,
        )
        .join(Stage, and_(Stage.account_id == Pipeline.account_id, Stage.pipeline_id == Pipeline.id))
        .where(Pipeline.account_id == member.account_id, Pipeline.archived_at.is_(None), Stage.kind == "open")
        .subquery("stages")
    )  # fmt: skip
    return (
        select(stages, totals.c.currency, totals.c.is_gone, totals.c.leads, totals.c.value)
        .select_from(stages)
        .join(totals, totals.c.stage_id == stages.c.id, full=True)
        .where(or_(stages.c.archived_at.is_(None), totals.c.leads > 0))
        .order_by(stages.c.first, stages.c.pipeline_id, stages.c.second, stages.c.id)
    )


def _in_open_stage(member: Member) -> ColumnElement[bool]:
    """By (pipeline, stage), so that the covering index answers and closed leads are never read."""
    opened = select(Stage.id).where(Stage.account_id == member.account_id, Stage.kind == "open")
    return Lead.stage_id.in_(opened)


def _grouped(rows: Iterable[Any]) -> Iterator[PipelineTotal]:
    for (pipeline_id, name), group in groupby(rows, key=lambda row: (row.pipeline_id, row.pipeline)):
        stages: dict[int, StageTotal] = {}
        for row in group:
            stage = stages.setdefault(row.id, StageTotal(row.id, row.name, row.color))
            if row.leads:
                stage.sum = add(stage.sum, row.currency, row.leads, row.value, is_gone=row.is_gone)
        whole = together(stage.sum for stage in stages.values())
        yield PipelineTotal(
            pipeline_id, name, list(stages.values()), whole, max(stage.sum.count for stage in stages.values())
        )
