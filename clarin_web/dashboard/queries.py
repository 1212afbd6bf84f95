"""What Home shows, in three statements: the people and promises, the pipelines, the connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.models import Chat, Contact, Device, KommoConnection, Lead, Membership, Pipeline, Stage, Task

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer who wrote last and has no answer."""

    chat_id: int
    name: str
    preview: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A promise of today or of a day before. `who` names its lead or contact."""

    title: str
    who: str
    lead_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """The first few of each, oldest first, and how many there are."""

    waiting: list[Waiting]
    waiting_total: int
    due: list[Due]
    due_total: int


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
class Connections:
    """Device rows as mappings, the Kommo connection as one (or None), and how many people work here."""

    devices: list[dict[str, Any]]
    kommo: dict[str, Any] | None
    people: int


def today(member: Member, end_of_day: datetime) -> Today:
    """Who waits and what is due before `end_of_day`. One statement."""
    rows = list(execute(union_all(_waiting(member), _due(member, end_of_day)).order_by("at")))
    waiting = [row for row in rows if row.kind == "waiting"]
    due = [row for row in rows if row.kind == "due"]
    return Today(
        [Waiting(row.id, row.name, row.detail, row.at) for row in waiting],
        waiting[0].total if waiting else 0,
        [Due(row.name, row.detail or "", row.lead_id, row.at) for row in due],
        due[0].total if due else 0,
    )


def _waiting(member: Member) -> Select[Any]:
    columns = (
        literal("waiting").label("kind"), Chat.id, Chat.name, Chat.last_preview.label("detail"),
        Chat.waiting_since.label("at"), cast(null(), BigInteger).label("lead_id"), func.count().over().label("total"),
    )  # fmt: skip
    found = select(*columns).where(visible(Chat, member), Chat.waiting_since.is_not(None))
    return _first(found.order_by(Chat.waiting_since).limit(SHOWN))


def _due(member: Member, end_of_day: datetime) -> Select[Any]:
    who = func.coalesce(Lead.title, Contact.name)
    columns = (
        literal("due").label("kind"), Task.id, Task.title.label("name"), who.label("detail"), Task.due_at.label("at"),
        Task.lead_id, func.count().over().label("total"),
    )  # fmt: skip
    found = (
        select(*columns)
        .outerjoin(Lead, and_(Lead.account_id == Task.account_id, Lead.id == Task.lead_id))
        .outerjoin(Contact, and_(Contact.account_id == Task.account_id, Contact.id == Task.contact_id))
        .where(Task.account_id == member.account_id, Task.done_at.is_(None), Task.due_at < end_of_day)
        .where(_may_see_task(member))
    )
    return _first(found.order_by(Task.due_at).limit(SHOWN))


def _may_see_task(member: Member) -> ColumnElement[bool]:
    """One's own; for those who see everything everybody's, except of leads they may not see."""
    mine = Task.owner_id == member.user_id
    whole = true() if member.sees_all else mine
    return and_(whole, or_(Task.lead_id.is_(None), and_(visible(Lead, member), Lead.trashed_at.is_(None))))


def _first(found: Select[Any]) -> Select[Any]:
    """A limited select as a part of a union."""
    return select(found.subquery())


def pipelines(member: Member) -> list[PipelineTotal]:
    """Open stages of every pipeline with their leads and value; what the board's columns say. One statement."""
    totals = (
        select(Lead.stage_id, func.count().label("leads"), func.sum(Lead.value).label("value"))
        .where(visible(Lead, member), Lead.trashed_at.is_(None), _in_open_stage(member))
        .group_by(Lead.stage_id)
        .subquery()
    )
    statement = (
        select(
            Pipeline.id.label("pipeline_id"), Pipeline.name.label("pipeline"), Stage.id, Stage.name, Stage.color,
            func.coalesce(totals.c.leads, 0).label("leads"), func.coalesce(totals.c.value, 0).label("value"),
        )
        .join(Stage, and_(Stage.account_id == Pipeline.account_id, Stage.pipeline_id == Pipeline.id))
        .outerjoin(totals, totals.c.stage_id == Stage.id)
        .where(Pipeline.account_id == member.account_id, Pipeline.archived_at.is_(None))
        .where(Stage.archived_at.is_(None), Stage.kind == "open")
        .order_by(Pipeline.position, Pipeline.id, Stage.position, Stage.id)
    )  # fmt: skip
    return list(_grouped(execute(statement).all()))


def _in_open_stage(member: Member) -> ColumnElement[bool]:
    """By (pipeline, stage), so that the covering index answers and closed leads are never read."""
    opened = select(Stage.id).where(Stage.account_id == member.account_id, Stage.kind == "open")
    return Lead.stage_id.in_(opened)


def _grouped(rows: list[Row[Any]] | Any) -> Iterator[PipelineTotal]:
    for (pipeline_id, name), group in groupby(rows, key=lambda row: (row.pipeline_id, row.pipeline)):
        stages = [StageTotal(row.id, row.name, row.color, row.leads, Decimal(row.value)) for row in group]
        leads, value = sum(s.leads for s in stages), sum((s.value for s in stages), Decimal())
        yield PipelineTotal(pipeline_id, name, stages, leads, value, max(s.leads for s in stages))


def connections(account_id: int) -> Connections:
    """Numbers, Kommo and people. One statement."""
    worst_first = case((Device.state == "connected", 1), else_=0)
    one = func.jsonb_build_object(
        "id",
        Device.id,
        "name",
        Device.name,
        "phone",
        Device.phone,
        "state",
        Device.state,
        "wanted",
        Device.wanted,
    )
    devices = (
        select(func.jsonb_agg(aggregate_order_by(one, worst_first, Device.id)))
        .where(Device.account_id == account_id, Device.removed_at.is_(None))
        .scalar_subquery()
    )
    kommo = (
        select(
            func.jsonb_build_object(
                "state", KommoConnection.state, "name", KommoConnection.kommo_account_name,
                "error", KommoConnection.error,
                "seconds", func.extract("epoch", func.now() - KommoConnection.last_success_at),
            )
        )
        .where(KommoConnection.account_id == account_id)
        .scalar_subquery()
    )  # fmt: skip
    active = (Membership.account_id == account_id, Membership.disabled_at.is_(None))
    people = select(func.count()).select_from(Membership).where(*active).scalar_subquery()
    row = execute(select(devices.label("devices"), kommo.label("kommo"), people.label("people"))).one()
    return Connections(row.devices or [], row.kommo, row.people)
