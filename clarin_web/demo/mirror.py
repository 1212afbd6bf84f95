"""Kommo's contacts and leads, written as the sync writes them: its first visit finds everything as it should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from clarin_web.db import execute, transaction
from clarin_web.demo.kommo_server import shapes
from clarin_web.demo.kommo_world import Kommo
from clarin_web.kommo import mapping
from clarin_web.kommo.mapping import Oddities
from clarin_web.kommo.upserts import load_references, upsert_contacts, upsert_leads, upsert_pipelines
from clarin_web.models import Lead

COUNTRY = "PE"


def mirror(account_id: int, kommo: Kommo) -> dict[int, int]:
    """The whole Kommo account. Answers {Kommo's lead id: ours}."""
    odd = Oddities()
    companies = {id_: row["name"] for id_, row in kommo.world.rows["companies"].items()}
    with transaction():
        upsert_pipelines(account_id, _read(kommo, "pipelines", lambda row: mapping.pipeline(row, odd)))
        contacts = _read(kommo, "contacts", lambda row: mapping.contact(row, COUNTRY, odd))
        upsert_contacts(account_id, contacts, companies, odd)
        leads = _read(kommo, "leads", lambda row: mapping.lead(row, odd))
        upsert_leads(account_id, leads, load_references(account_id))
    ours = select(Lead.kommo_id, Lead.id).where(Lead.account_id == account_id, Lead.kommo_id.is_not(None))
    return {row.kommo_id: row.id for row in execute(ours)}


def _read(kommo: Kommo, kind: str, understand: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Rows as Kommo's API gives them, understood."""
    shape = {"pipelines": shapes.pipeline, "contacts": shapes.contact, "leads": shapes.lead}[kind]
    asked = {"contacts", "loss_reason"} if kind == "leads" else set()
    rows = (shape(kommo.world, row, asked) for row in kommo.world.rows[kind].values())
    return [understood for row in rows if (understood := understand(row)) is not None]
