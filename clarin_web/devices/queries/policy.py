"""What holds for all numbers of an account, and where their new leads may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.models import DevicePolicy, Pipeline, Stage


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for every number of the account; these defaults until somebody sets another."""

    sending_stopped_at: datetime | None = None
    work_days: str = "12345"
    work_from: time = time(9)
    work_to: time = time(18)
    silent_minutes: int = 120


def policy_of(account_id: int) -> Policy:
    columns = [getattr(DevicePolicy, name) for name in Policy.__slots__]
    row = execute(select(*columns).where(DevicePolicy.account_id == account_id)).first()
    return Policy(*row) if row else Policy()


def stage_choices(account_id: int) -> list[tuple[int, str]]:
    """Open stages a device may put new leads into, with their pipeline's name."""
    query = (
        select(Stage.id, Pipeline.name.label("pipeline"), Stage.name)
        .join(Pipeline, (Pipeline.account_id == Stage.account_id) & (Pipeline.id == Stage.pipeline_id))
        .where(Stage.account_id == account_id, Stage.kind == "open", Stage.archived_at.is_(None))
        .order_by(Pipeline.id, Stage.position, Stage.id)
    )
    return [(row.id, f"{row.pipeline} · {row.name}") for row in execute(query)]
