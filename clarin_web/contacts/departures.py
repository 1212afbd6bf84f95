"""When a lead or contact left Kommo: told by Kommo, or only noticed here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from clarin_web.db import execute
from clarin_web.models import Contact, KommoRecord, Lead

SINGULAR = {"leads": "lead", "contacts": "contact"}


def deleted_at(record: Lead | Contact) -> datetime | None:
    """When Kommo says that it was deleted there. None when it only vanished, or is there.

    What was restored and then vanished without a word was not deleted when it was deleted the time before.
    """
    if record.kommo_id is None or record.gone_in_kommo_at is None:
        return None
    kind = "leads" if isinstance(record, Lead) else "contacts"
    type_ = KommoRecord.data["type"].astext
    told = (f"{SINGULAR[kind]}_deleted", f"{SINGULAR[kind]}_restored")
    last = (
        select(type_, KommoRecord.at)
        .where(
            KommoRecord.account_id == record.account_id,
            KommoRecord.kind == "events",
            KommoRecord.entity == kind,
            KommoRecord.entity_id == record.kommo_id,
            type_.in_(told),
            KommoRecord.at.is_not(None),
        )
        .order_by(KommoRecord.at.desc(), KommoRecord.key.desc())
        .limit(1)
    )
    row = execute(last).first()
    return row.at if row is not None and row[0] == told[0] else None
