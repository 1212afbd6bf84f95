"""Change pipelines. A new one is born whole: open stages, one won, one lost."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from clarin_web.db import execute, transaction
from clarin_web.events import Actor, NamesChanged, announce
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.lib.text import clean_text
from clarin_web.models import COLORS, Pipeline, Stage

MAX_NAME = 80
OPEN_COLORS = ("blue", "violet", "amber", "cyan", "orange", "slate")


def create_pipeline(
    account_id: int,
    name: str,
    open_stages: Sequence[str],
    *,
    won: str = "Won",
    lost: str = "Lost",
    is_main: bool = False,
) -> Pipeline:
    """A pipeline with its stages in the order given, won and lost last. Words come from the caller's language."""
    names = [_checked(stage, "stage") for stage in open_stages]
    if not names:
        raise Invalid("stage_missing", {"stage": "required"})
    with transaction() as session:
        position = execute(select(func.count()).where(Pipeline.account_id == account_id)).scalar_one()
        pipeline = Pipeline(
            account_id=account_id, name=_checked(name, "name"), position=position, is_main=is_main
        )
        session.add(pipeline)
        session.flush()  # for pipeline.id, which the stages point at
        session.add_all(_stages(pipeline, names, won, lost))
        session.flush()  # so that callers can read the stages' ids in the same transaction
        announce(NamesChanged(account_id=account_id, actor=Actor.system()))
        return pipeline


def rename_pipeline(account_id: int, pipeline_id: int, name: str) -> Pipeline:
    with transaction() as session:
        pipeline = session.get(Pipeline, pipeline_id)
        if pipeline is None or pipeline.account_id != account_id:
            raise NotFound("pipeline")
        pipeline.name = _checked(name, "name")
        announce(NamesChanged(account_id=account_id, actor=Actor.system()))
        return pipeline


def rename_stage(account_id: int, stage_id: int, name: str, color: str | None = None) -> Stage:
    with transaction() as session:
        stage = session.get(Stage, stage_id)
        if stage is None or stage.account_id != account_id:
            raise NotFound("stage")
        if color is not None and color not in COLORS:
            raise Invalid("invalid", {"color": "unknown_choice"})
        stage.name, stage.color = _checked(name, "name"), color or stage.color
        announce(NamesChanged(account_id=account_id, actor=Actor.system()))
        return stage


def _stages(pipeline: Pipeline, names: list[str], won: str, lost: str) -> list[Stage]:
    kinds = [(name, "open", OPEN_COLORS[at % len(OPEN_COLORS)]) for at, name in enumerate(names)]
    kinds += [(won, "won", "green"), (lost, "lost", "red")]
    return [
        Stage(
            account_id=pipeline.account_id,
            pipeline_id=pipeline.id,
            name=name,
            kind=kind,
            color=color,
            position=at,
        )
        for at, (name, kind, color) in enumerate(kinds)
    ]


def _checked(name: str, field: str) -> str:
    cleaned = clean_text(name, MAX_NAME, one_line=True)
    if not cleaned:
        raise Invalid("name_missing", {field: "required"})
    return cleaned
