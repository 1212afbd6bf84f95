"""The board of a pipeline: the first cards of every stage in one statement, counts and sums in another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select, true, tuple_

from clarin_web.db import execute
from clarin_web.leads.filters import LeadFilter
from clarin_web.leads.queries.filtered import KOMMO_OWNER, conditions
from clarin_web.leads.queries.lists import Place
from clarin_web.models import Chat, Contact, Lead, Stage, Task
from clarin_web.pipelines.queries import StageView

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

CARDS = 20
CARD = (
    Lead.id,
    Lead.title,
    Lead.value,
    Lead.currency,
    Lead.stage_id,
    Lead.pipeline_id,
    Lead.status,
    Lead.owner_id,
    Lead.contact_id,
    Lead.updated_at,
    Lead.version,
    Lead.gone_in_kommo_at,
    KOMMO_OWNER.label("kommo_owner"),
)


class Sum(NamedTuple):
    """How many leads, and what they are worth together: `total` in the account's currency, `foreign` by another.

    `gone` are more, which left Kommo: neither counted nor summed with the others.
    """

    count: int
    total: Decimal
    foreign: tuple[tuple[str, Decimal], ...] = ()
    gone: int = 0


NO_LEADS = Sum(0, Decimal())


@dataclass(slots=True)
class Column:
    """`sum` is of the whole stage, from SQL, never of the cards shown."""

    stage: StageView
    sum: Sum
    cards: list[Row[Any]] = field(default_factory=list)

    @property
    def has_more(self) -> bool:
        """Counts and cards are two statements: between them the last card may have left, and no place to go on from."""
        return 0 < len(self.cards) < self.sum.count + self.sum.gone


def stage_sums(chosen: LeadFilter, member: Member, zone: str, pipeline_id: int) -> dict[int, Sum]:
    """(leads, value) of each stage of a pipeline that has leads. It reads all of them: worth sharing."""
    is_gone = Lead.gone_in_kommo_at.is_not(None)
    apart = (Lead.stage_id, Lead.currency, is_gone)
    statement = (
        select(*apart, func.count(), func.sum(Lead.value))
        .where(*conditions(chosen, member, zone), Lead.pipeline_id == pipeline_id)
        .group_by(*apart)
    )
    sums: dict[int, Sum] = {}
    for stage_id, currency, gone, count, total in execute(statement):
        sums[stage_id] = add(sums.get(stage_id, NO_LEADS), currency, count, total, is_gone=gone)
    return sums


def add(sum_: Sum, currency: str | None, count: int, total: Decimal, *, is_gone: bool) -> Sum:
    """Amounts of two currencies are never added, and what left Kommo is counted apart."""
    if is_gone:
        return sum_._replace(gone=sum_.gone + count)
    if currency is None:
        return sum_._replace(count=sum_.count + count, total=sum_.total + total)
    foreign = dict(sum_.foreign)
    foreign[currency] = foreign.get(currency, Decimal()) + total
    return sum_._replace(count=sum_.count + count, foreign=tuple(sorted(foreign.items())))


def together(sums: Iterable[Sum]) -> Sum:
    """Those of several stages."""
    whole = NO_LEADS
    for one in sums:
        whole = add(whole, None, one.count, one.total, is_gone=False)._replace(gone=whole.gone + one.gone)
        for currency, total in one.foreign:
            whole = add(whole, currency, 0, total, is_gone=False)
    return whole


def board_columns(
    chosen: LeadFilter,
    member: Member,
    zone: str,
    pipeline_id: int,
    sums: dict[int, Sum],
    stage_id: int | None = None,
) -> list[Column]:
    """Every column of a pipeline, or the one of `stage_id`. Empty when the pipeline is not there."""
    columns: dict[int, Column] = {}
    for row in execute(_board_query(chosen, member, zone, pipeline_id, stage_id)):
        column = columns.get(row.column_id)
        if column is None:
            stage = StageView(row.column_id, pipeline_id, row.stage_name, row.stage_kind, row.stage_color)
            column = columns[row.column_id] = Column(stage, sums.get(row.column_id, NO_LEADS))
        if row.id is not None:
            column.cards.append(row)
    return list(columns.values())


def stage_cards(
    chosen: LeadFilter, member: Member, zone: str, stage_id: int, place: Place, limit: int = CARDS
) -> tuple[list[Row[Any]], bool]:
    """The next cards of one column, and whether there are more after them."""
    after = tuple_(Lead.updated_at, Lead.id) < tuple_(
        literal(place.value, Lead.updated_at.type), literal(place.lead_id)
    )
    where = and_(*conditions(chosen, member, zone), Lead.stage_id == stage_id, after)
    cards = _cards(where, limit + 1).subquery()
    contact = and_(Contact.account_id == cards.c.account_id, Contact.id == cards.c.contact_id)
    dressed = _dressed(cards).select_from(cards).outerjoin(Contact, contact)
    rows = list(execute(dressed.order_by(cards.c.updated_at.desc(), cards.c.id.desc())).all())
    return rows[:limit], len(rows) > limit


@lru_cache(
    maxsize=256
)  # to build it takes longer than to run it, and open pages ask the same again and again
def _board_query(
    chosen: LeadFilter, member: Member, zone: str, pipeline_id: int, stage_id: int | None
) -> Select[Any]:
    account_id = member.account_id
    wanted = [Stage.account_id == account_id, Stage.pipeline_id == pipeline_id, Stage.archived_at.is_(None)]
    if stage_id is not None:
        wanted.append(Stage.id == stage_id)
    here = [*conditions(chosen, member, zone), Lead.pipeline_id == pipeline_id]
    cards = _cards(and_(*here, Lead.stage_id == Stage.id), CARDS).correlate(Stage).lateral("cards")
    stage = (
        Stage.id.label("column_id"),
        Stage.name.label("stage_name"),
        Stage.kind.label("stage_kind"),
        Stage.color.label("stage_color"),
    )
    return (
        _dressed(cards, *stage)
        .select_from(Stage)
        .outerjoin(cards, true())
        .outerjoin(Contact, and_(Contact.account_id == account_id, Contact.id == cards.c.contact_id))
        .where(*wanted)
        .order_by(Stage.position, Stage.id, cards.c.updated_at.desc(), cards.c.id.desc())
    )


def _cards(where: ColumnElement[bool], limit: int) -> Select[Any]:
    return (
        select(Lead.account_id, *CARD)
        .where(where)
        .order_by(Lead.updated_at.desc(), Lead.id.desc())
        .limit(limit)
    )


def _dressed(cards: Any, *stage: ColumnElement[Any]) -> Select[Any]:
    """A card's row with its contact's name, its unread messages and its next promised step."""
    unread = (
        select(func.coalesce(func.sum(Chat.unread), 0))
        .where(Chat.account_id == cards.c.account_id, Chat.contact_id == cards.c.contact_id)
        .correlate(cards)
        .scalar_subquery()
    )
    due_at = (
        select(func.min(Task.due_at))
        .where(Task.account_id == cards.c.account_id, Task.lead_id == cards.c.id, Task.done_at.is_(None))
        .correlate(cards)
        .scalar_subquery()
    )
    return select(
        *stage, cards, Contact.name.label("contact_name"), unread.label("unread"), due_at.label("due_at")
    )
