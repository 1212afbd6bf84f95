"""Read pipelines and stages: a handful of rows, read whole, in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Select, and_, select

from clarin_web.db import execute
from clarin_web.lib.errors import NotFound
from clarin_web.models import Pipeline, Stage


@dataclass(frozen=True, slots=True)
class StageView:
    id: int
    pipeline_id: int
    name: str
    kind: str
    color: str


@dataclass(frozen=True, slots=True)
class PipelineView:
    id: int
    name: str
    is_main: bool
    stages: list[StageView] = field(default_factory=list)

    @property
    def first_open(self) -> StageView | None:
        return next((stage for stage in self.stages if stage.kind == "open"), None)

    def of_kind(self, kind: str) -> StageView | None:
        return next((stage for stage in self.stages if stage.kind == kind), None)


def pipelines_of(account_id: int) -> list[PipelineView]:
    """Every pipeline in use with its stages, main first, in the order people gave them."""
    found: dict[int, PipelineView] = {}
    for row in execute(_with_stages(account_id)):
        pipeline = found.setdefault(row.pipeline_id, PipelineView(row.pipeline_id, row.pipeline, row.is_main))
        if row.stage_id is not None:
            pipeline.stages.append(StageView(row.stage_id, row.pipeline_id, row.stage, row.kind, row.color))
    return list(found.values())


def main_pipeline(account_id: int) -> PipelineView:
    """Where a lead goes when nobody says where: the main pipeline, else the first. NotFound when there is none."""
    pipelines = pipelines_of(account_id)
    if not pipelines:
        raise NotFound("no_pipeline")
    return pipelines[0]


def find_stage(account_id: int, stage_id: int) -> StageView | None:
    """A stage in use; None when it is archived, unknown or of another account."""
    statement = select(Stage.id, Stage.pipeline_id, Stage.name, Stage.kind, Stage.color).where(
        Stage.account_id == account_id, Stage.id == stage_id, Stage.archived_at.is_(None)
    )
    row = execute(statement).first()
    return StageView(*row) if row else None


def _with_stages(account_id: int) -> Select[tuple[int, str, bool, int, str, str, str]]:
    stage_in_use = and_(
        Stage.account_id == Pipeline.account_id, Stage.pipeline_id == Pipeline.id, Stage.archived_at.is_(None)
    )
    return (
        select(
            Pipeline.id.label("pipeline_id"),
            Pipeline.name.label("pipeline"),
            Pipeline.is_main,
            Stage.id.label("stage_id"),
            Stage.name.label("stage"),
            Stage.kind,
            Stage.color,
        )
        .outerjoin(Stage, stage_in_use)
        .where(Pipeline.account_id == account_id, Pipeline.archived_at.is_(None))
        .order_by(Pipeline.is_main.desc(), Pipeline.position, Pipeline.id, Stage.position, Stage.id)
    )
