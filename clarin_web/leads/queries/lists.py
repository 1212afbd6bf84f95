"""Lists of leads: one page by keyset, its total, a contact's leads, the trash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, literal, select, tuple_

from clarin_web.accounts.permissions import visible
from clarin_web.db import execute
from clarin_web.leads.filters import LeadFilter
from clarin_web.leads.queries.filtered import KOMMO_OWNER, SORT_COLUMNS, conditions, in_kommo, seen_by
from clarin_web.leads.queries.people import ids_of_leads
from clarin_web.lib.counting import COUNT_CAP
from clarin_web.models import Contact, Lead

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

TRASH_DAYS = 30
ROW = (
    Lead.id,
    Lead.title,
    Lead.value,
    Lead.currency,
    Lead.stage_id,
    Lead.pipeline_id,
    Lead.status,
    Lead.owner_id,
    Lead.contact_id,
    Lead.tag_ids,
    Lead.created_at,
    Lead.updated_at,
    Lead.name_key,
    Lead.version,
    Lead.gone_in_kommo_at,
    Lead.trashed_at,
    KOMMO_OWNER.label("kommo_owner"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts: the sort value and id of the row before (or, backwards, after) it."""

    value: Any
    lead_id: int
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in reading order, and whether there are more on either side."""

    rows: list[Row[Any]]
    has_previous: bool
    has_next: bool


def page_of_leads(chosen: LeadFilter, member: Member, zone: str, place: Place | None = None) -> Page:
    """One page in one statement. Keyset: rows that arrive meanwhile neither repeat nor hide others."""
    backwards = place is not None and place.backwards
    rows = list(execute(_page_query(chosen, member, zone, place)).all())
    more = len(rows) > chosen.limit
    rows = rows[: chosen.limit]
    if backwards:
        return Page(rows[::-1], has_previous=more, has_next=True)
    return Page(rows, has_previous=place is not None, has_next=more)


class Total(NamedTuple):
    """How many leads a list has, and how many more that are gone in Kommo. COUNT_CAP + 1 means "more than that"."""

    leads: int
    gone: int


def count_leads(chosen: LeadFilter, member: Member, zone: str) -> Total:
    """Both, exact up to COUNT_CAP, in one statement."""
    where = conditions(chosen, member, zone)
    both = (_capped(*where, in_kommo()), _capped(*where, Lead.gone_in_kommo_at.is_not(None)))
    return Total(*execute(select(*both)).one())


def _capped(*where: ColumnElement[bool]) -> ColumnElement[int]:
    found = select(literal(1)).select_from(Lead).where(*where).limit(COUNT_CAP + 1)
    return select(func.count()).select_from(found.subquery()).scalar_subquery()


def leads_of_contact(member: Member, contact_id: int) -> list[Row[Any]]:
    """A contact's leads the member may see, open ones first, newest first; with those Kommo links it to."""
    theirs = ids_of_leads(member.account_id, [contact_id])
    statement = (
        select(*ROW)
        .where(*seen_by(member), Lead.id.in_(theirs))
        .order_by((Lead.status == "open").desc(), Lead.updated_at.desc(), Lead.id.desc())
        .limit(20)
    )
    return list(execute(statement).all())


def trashed_leads(member: Member) -> list[Row[Any]]:
    """What can still be restored, latest first."""
    since = datetime.now(UTC) - timedelta(days=TRASH_DAYS)
    wanted = (
        select(Lead.account_id, *ROW)
        .where(Lead.account_id == member.account_id, visible(Lead, member), Lead.trashed_at > since)
        .order_by(Lead.trashed_at.desc(), Lead.id.desc())
        .limit(200)
        .subquery()
    )
    return list(execute(with_contact(wanted).order_by(wanted.c.trashed_at.desc(), wanted.c.id.desc())).all())


def with_contact(leads: Subquery) -> Select[Any]:
    """The page is cut first and joined after: the join touches fifty rows, not the account."""
    return select(
        leads,
        Contact.name.label("contact_name"),
        Contact.phone.label("phone"),
        Contact.portrait,
        Contact.is_provisional,
    ).outerjoin(Contact, (Contact.account_id == leads.c.account_id) & (Contact.id == leads.c.contact_id))


@lru_cache(
    maxsize=256
)  # to build it takes longer than to run it, and open pages ask the same again and again
def _page_query(chosen: LeadFilter, member: Member, zone: str, place: Place | None) -> Select[Any]:
    """One row more than the page, which tells whether there is another."""
    column, _ = SORT_COLUMNS[chosen.sort_field]
    down = chosen.descending != (place is not None and place.backwards)
    where = conditions(chosen, member, zone)
    if place is not None:
        here, there = (
            tuple_(column, Lead.id),
            tuple_(literal(place.value, column.type), literal(place.lead_id)),
        )
        where.append(here < there if down else here > there)
    order = (column.desc(), Lead.id.desc()) if down else (column.asc(), Lead.id.asc())
    leads = select(Lead.account_id, *ROW).where(*where).order_by(*order).limit(chosen.limit + 1).subquery()
    key = leads.c[column.key]
    return with_contact(leads).order_by(
        *((key.desc(), leads.c.id.desc()) if down else (key.asc(), leads.c.id.asc()))
    )
