"""What a write from Kommo changed, as the fact that open pages hear: rows that are read again, once for each page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clarin_web.events import Actor, ContactsMirrored, Fact, LeadsMirrored


def leads_mirrored(account_id: int, rows: Iterable[Any]) -> list[Fact]:
    """`rows` begin with the lead and its pipeline."""
    if not (found := {row[0]: row[1] for row in rows}):
        return []
    pipelines = sorted(set(found.values()))
    about = {"account_id": account_id, "lead_ids": sorted(found), "pipeline_ids": pipelines}
    return [LeadsMirrored(actor=Actor.kommo(), **about)]  # type: ignore[arg-type]


def contacts_mirrored(account_id: int, ids: Iterable[int]) -> list[Fact]:
    found = sorted(set(ids))
    return [ContactsMirrored(account_id=account_id, actor=Actor.kommo(), contact_ids=found)] if found else []
