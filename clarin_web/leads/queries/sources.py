"""Where the leads of an account come from: the kinds there are, and its ads. As of tags, everybody is told of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select

from clarin_web.db import execute
from clarin_web.leads.filters import CAME, MADE
from clarin_web.models import Lead, Provenance

MOST_ADS = 50  # newest first: WhatsApp numbers them in order


@dataclass(slots=True, eq=False)
class Sources:
    """`kinds` of MADE and CAME that have a lead; `ads`: {number: title}, the title as the newest message told it."""

    kinds: list[str] = field(default_factory=list)
    ads: dict[str, str] = field(default_factory=dict)


def read_sources(account_id: int) -> Sources:
    """However many leads there are, a look into an index for each kind and each ad."""
    kinds = execute(select(*(_any(account_id, kind).label(kind) for kind in (*MADE, *CAME)))).one()
    ads = execute(_ads(account_id)).all() if kinds.ad else ()
    return Sources(
        [kind for kind, there in kinds._mapping.items() if there], {row.id: row.title for row in ads}
    )


def title_of_ad(account_id: int, ad_id: str) -> str | None:
    """None for an ad nobody came from."""
    told = _told(account_id).where(Provenance.ad_id == ad_id)
    return execute(told).scalar_one_or_none()


def _any(account_id: int, kind: str) -> ColumnElement[bool]:
    is_it = Lead.source == kind if kind in MADE else and_(Lead.came == kind, Lead.came != "")
    return select(literal(1)).where(*_alive(account_id), is_it).exists()


def _ads(account_id: int) -> Select[Any]:
    """From one number to the next lower one: to read every lead of an ad to know that it is there would not end."""
    next_one = select(func.max(Lead.ad_id)).where(*_alive(account_id), Lead.ad_id != "")
    first = select(literal(1).label("place"), next_one.scalar_subquery().label("id")).cte(
        "ad", recursive=True
    )
    lower = next_one.where(Lead.ad_id < first.c.id).correlate(first).scalar_subquery()
    more = select(first.c.place + 1, lower).where(first.c.id.is_not(None), first.c.place < MOST_ADS)
    ad = first.union_all(more)
    title = _told(account_id).where(Provenance.ad_id == ad.c.id).correlate(ad).scalar_subquery()
    return (
        select(ad.c.id, func.coalesce(title, "").label("title"))
        .where(ad.c.id.is_not(None))
        .order_by(ad.c.place)
    )


def _told(account_id: int) -> Select[tuple[str]]:
    told = select(Provenance.title).where(Provenance.account_id == account_id)
    return told.order_by(Provenance.at.desc()).limit(1)


def _alive(account_id: int) -> tuple[ColumnElement[bool], ...]:
    return Lead.account_id == account_id, Lead.trashed_at.is_(None)
