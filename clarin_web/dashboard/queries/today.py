"""Who waits for an answer and what is due: the first of each for Home, and the whole list of what is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from clarin_web.accounts.permissions import Member, visible
from clarin_web.db import execute
from clarin_web.models import Chat, Contact, Lead, Task
from clarin_web.web.paging import PAGE

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

    task_id: int
    title: str
    who: str
    lead_id: int | None
    contact_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Today:
    """The first few of each, oldest first, and how many there are."""

    waiting: list[Waiting]
    waiting_total: int
    due: list[Due]
    due_total: int


def today(member: Member, end_of_day: datetime) -> Today:
    """Who waits and what is due before `end_of_day`. One statement."""
    rows = list(execute(_today_query(member, end_of_day)))
    waiting = [row for row in rows if row.kind == "waiting"]
    tasks = [row for row in rows if row.kind == "due"]
    return Today(
        [Waiting(row.id, row.name, row.detail, row.at) for row in waiting],
        waiting[0].total if waiting else 0,
        [_as_due(row) for row in tasks],
        tasks[0].total if tasks else 0,
    )


@lru_cache(maxsize=256)  # one for each person and day: to build it takes longer than to run it
def _today_query(member: Member, end_of_day: datetime) -> CompoundSelect[Any]:
    first_due = _first(_due(member, end_of_day).order_by(Task.due_at, Task.id).limit(SHOWN))
    return union_all(_waiting(member), first_due).order_by("at", "id")


def due(member: Member, end_of_day: datetime, after: tuple[datetime, int] | None = None) -> list[Due]:
    """A page of what `today().due` begins with, and one more when there is more. One statement."""
    found = _due(member, end_of_day).order_by(Task.due_at, Task.id).limit(PAGE + 1)
    if after is not None:
        place = literal(after[0], Task.due_at.type), literal(after[1], Task.id.type)
        found = found.where(tuple_(Task.due_at, Task.id) > tuple_(*place))
    return [_as_due(row) for row in execute(found)]


def _as_due(row: Row[Any]) -> Due:
    return Due(row.id, row.name, row.detail or "", row.lead_id, row.contact_id, row.at)


def _waiting(member: Member) -> Select[Any]:
    """All of them are counted in the index alone; only those shown are read."""
    nobody = cast(null(), BigInteger)
    waits = (visible(Chat, member), Chat.waiting_since.is_not(None))
    total = select(func.count()).select_from(Chat).where(*waits).scalar_subquery()
    columns = (
        literal("waiting").label("kind"), Chat.id, Chat.name, Chat.last_preview.label("detail"),
        Chat.waiting_since.label("at"), nobody.label("lead_id"), nobody.label("contact_id"), total.label("total"),
    )  # fmt: skip
    found = select(*columns).where(*waits)
    return _first(found.order_by(Chat.waiting_since).limit(SHOWN))


def _due(member: Member, end_of_day: datetime) -> Select[Any]:
    who = func.coalesce(Lead.title, Contact.name)
    columns = (
        literal("due").label("kind"), Task.id, Task.title.label("name"), who.label("detail"), Task.due_at.label("at"),
        Task.lead_id, Task.contact_id, func.count().over().label("total"),
    )  # fmt: skip
    return (
        select(*columns)
        .outerjoin(Lead, and_(Lead.account_id == Task.account_id, Lead.id == Task.lead_id))
        .outerjoin(Contact, and_(Contact.account_id == Task.account_id, Contact.id == Task.contact_id))
        .where(Task.account_id == member.account_id, Task.done_at.is_(None), Task.due_at < end_of_day)
        .where(_may_see_task(member))
    )


def _may_see_task(member: Member) -> ColumnElement[bool]:
    """One's own; for those who see everything everybody's, except of leads they may not see. What is promised to a lead
    or a person that left Kommo is due no more."""
    mine = Task.owner_id == member.user_id
    whole = true() if member.sees_all else mine
    lead = and_(visible(Lead, member), Lead.trashed_at.is_(None), Lead.gone_in_kommo_at.is_(None))
    person = and_(Task.lead_id.is_(None), Contact.gone_in_kommo_at.is_(None))
    return and_(whole, or_(person, lead))


def _first(found: Select[Any]) -> Select[Any]:
    """A limited select as a part of a union."""
    return select(found.subquery())
