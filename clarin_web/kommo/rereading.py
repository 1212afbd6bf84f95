"""Phones and e-mails of contacts read anew from what Kommo said of them, when another country reads its cells.

Nothing is asked of Kommo. Where it is, is on the connection (`region["reread"]`), in the transaction of its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from clarin_web.db import session, transaction
from clarin_web.events import announce_all
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.contacts import facts_of, in_chats
from clarin_web.kommo.upserts.contacts import reach_again
from clarin_web.leads.actions import refresh_search
from clarin_web.models import Contact

BATCH = 500


def go_on(run: Run, until: float, clock: Callable[[], float]) -> bool:
    """Read on from where it was; answers whether there is more, which the time was not enough for."""
    while _batch(run):
        if clock() >= until:
            return True
    return False


def _batch(run: Run) -> bool:
    with transaction():
        connection = find_connection(**run.ids())
        if connection is None or connection.region.get("reread") is None:
            return False
        region: dict[str, Any] = dict(connection.region)
        wanted = (
            select(Contact)
            .where(
                Contact.account_id == run.account_id,
                Contact.kommo_id.is_not(None),
                Contact.id > region["reread"],
            )
            .order_by(Contact.id)
            .limit(BATCH)
            .with_for_update()
        )
        contacts = list(session().scalars(wanted.execution_options(populate_existing=True)))
        region["reread"] = contacts[-1].id if contacts else None
        connection.region = region
        changed = reach_again(run.account_id, contacts, run.country, run.odd)
        refresh_search(run.account_id, sorted(changed))
        announce_all(facts_of(run.account_id, in_chats(run.account_id, changed)))
        return bool(contacts)
