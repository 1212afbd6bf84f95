"""A filter as SQL: the conditions every list, board, count and export of leads shares."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, literal_column, true
from sqlalchemy.orm import InstrumentedAttribute

from clarin_web.accounts.permissions import visible
from clarin_web.contacts.search import matches
from clarin_web.leads.filters import CAME, LeadFilter
from clarin_web.models import Lead

if TYPE_CHECKING:
    from clarin_web.accounts.permissions import Member

SORT_COLUMNS: dict[str, tuple[InstrumentedAttribute, str]] = {  # type: ignore[type-arg]
    "created": (Lead.created_at, "time"),
    "updated": (Lead.updated_at, "time"),
    "name": (Lead.name_key, "text"),
    "value": (Lead.value, "amount"),
}


OWNER_SAID: ColumnElement[str] = literal_column("lead.kommo ->> 'owner'")  # as the index on it says it
_IS_OURS = Lead.overrides.has_key("owner_id")  # type: ignore[attr-defined]
# Who is responsible in Kommo for a lead that none of our members has, unless that was decided here.
KOMMO_OWNER: ColumnElement[str | None] = case(
    (and_(Lead.owner_id.is_(None), Lead.kommo_id.is_not(None), ~_IS_OURS), OWNER_SAID), else_=None
)


def seen_by(member: Member) -> list[ColumnElement[bool]]:
    """Leads of this account, not in the trash, that the member may see."""
    return [Lead.account_id == member.account_id, Lead.trashed_at.is_(None), visible(Lead, member)]


def in_kommo() -> ColumnElement[bool]:
    """Not gone there: what totals and sums count. The others are shown marked and counted apart."""
    return Lead.gone_in_kommo_at.is_(None)


def conditions(chosen: LeadFilter, member: Member, zone: str) -> list[ColumnElement[bool]]:
    """Everything but order and place. `zone` is the account's: a created range means its days."""
    return [
        *seen_by(member),
        *matches(Lead.search, chosen.q, member.country),
        *_equalities(chosen),
        _owned(chosen, member.user_id),
        *_created(chosen, zone),
    ]


def _equalities(chosen: LeadFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.pipeline is not None:
        found.append(Lead.pipeline_id == chosen.pipeline)
    if chosen.stage is not None:
        found.append(Lead.stage_id == chosen.stage)
    if chosen.status:
        found.append(Lead.status == chosen.status)
    if chosen.tag is not None:
        found.append(Lead.tag_ids.overlap([chosen.tag]))  # type: ignore[attr-defined]
    if chosen.source:
        found.append(_came_from(chosen))
    if chosen.gone:
        found.append(Lead.gone_in_kommo_at.is_not(None) if chosen.gone == "yes" else in_kommo())
    return found


def _came_from(chosen: LeadFilter) -> ColumnElement[bool]:
    """`<> ''` as the indexes say it: most leads come from no ad and are not in them."""
    if chosen.ad is not None:
        return and_(Lead.ad_id == chosen.ad, Lead.ad_id != "")
    if chosen.source in CAME:
        return and_(Lead.came == chosen.source, Lead.came != "")
    return Lead.source == chosen.source


def _owned(chosen: LeadFilter, user_id: int) -> ColumnElement[bool]:
    owner = chosen.owner
    if not owner:
        return true()
    if owner == "none":
        return and_(Lead.owner_id.is_(None), KOMMO_OWNER.is_(None))
    if chosen.kommo_owner is not None:
        strangers = and_(
            Lead.owner_id.is_(None), Lead.kommo_id.is_not(None), str(chosen.kommo_owner) == OWNER_SAID
        )
        return and_(strangers, ~_IS_OURS)
    return Lead.owner_id == (user_id if owner == "me" else int(owner))


def _created(chosen: LeadFilter, zone: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.created_from:
        found.append(Lead.created_at >= _midnight(chosen.created_from, zone))
    if chosen.created_to:
        found.append(Lead.created_at < _midnight(chosen.created_to + timedelta(days=1), zone))
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
