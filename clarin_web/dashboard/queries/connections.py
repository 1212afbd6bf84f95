"""How Kommo is, and how many people work here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from clarin_web.db import execute
from clarin_web.models import KommoConnection, KommoStream, Membership


@dataclass(frozen=True, slots=True)
class Connections:
    """The Kommo connection as a mapping (or None), and how many people work here."""

    kommo: dict[str, Any] | None
    people: int


def connections(account_id: int) -> Connections:
    """One statement."""
    row = execute(_connections_query(account_id)).one()
    return Connections(row.kommo, row.people)


@lru_cache(maxsize=256)  # to build it takes longer than to run it
def _connections_query(account_id: int) -> Select[Any]:
    streams = _streams_of_kommo()
    kommo = (
        select(
            func.jsonb_build_object(
                "state", KommoConnection.state, "name", KommoConnection.kommo_account_name,
                "error", KommoConnection.error, "created_at", KommoConnection.created_at, "streams", streams,
                "region", KommoConnection.region,
                "seconds", func.extract("epoch", func.now() - KommoConnection.last_success_at),
            )
        )
        .where(KommoConnection.account_id == account_id)
        .scalar_subquery()
    )  # fmt: skip
    active = (Membership.account_id == account_id, Membership.disabled_at.is_(None))
    people = select(func.count()).select_from(Membership).where(*active).scalar_subquery()
    return select(kommo.label("kommo"), people.label("people"))


def _streams_of_kommo() -> Any:
    """What its state is told from, of each list."""
    one = func.jsonb_build_object(
        "name",
        KommoStream.name,
        "phase",
        KommoStream.phase,
        "error",
        KommoStream.error,
        "last_success_at",
        KommoStream.last_success_at,
        "rows_done",
        KommoStream.rows_done,
    )
    mine = (
        KommoStream.account_id == KommoConnection.account_id,
        KommoStream.connection_id == KommoConnection.id,
    )
    return select(func.jsonb_agg(one)).where(*mine).correlate(KommoConnection).scalar_subquery()
