"""A page of Kommo rows into our tables: set-based, skipping what is unchanged, answering what changed."""

from clarin_web.kommo.upserts.contacts import upsert_contacts
from clarin_web.kommo.upserts.leads import LeadChange, upsert_leads
from clarin_web.kommo.upserts.references import (
    References,
    ensure_reasons,
    ensure_stages,
    load_references,
    upsert_pipelines,
    upsert_reasons,
)

__all__ = [
    "LeadChange",
    "References",
    "ensure_reasons",
    "ensure_stages",
    "load_references",
    "upsert_contacts",
    "upsert_leads",
    "upsert_pipelines",
    "upsert_reasons",
]
