"""What depends on where Kommo is, read anew from what Kommo said: phones and e-mails of contacts when another country
reads their cells, dates in custom fields when another time zone does.

Nothing is asked of Kommo. Where it is, is on the connection (`region["reread"]`, `region["reread_leads"]`), in the
transaction of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from clarin_web.db import session, transaction
from clarin_web.events import Actor, NamesChanged, announce, announce_all
from clarin_web.kommo.mapping import fields
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing.contacts import facts_of, in_chats
from clarin_web.kommo.upserts.contacts import reach_again
from clarin_web.leads.actions import refresh_search
from clarin_web.models import Contact, Lead

BATCH = 500
PLACES: dict[str, type[Contact] | type[Lead]] = {"reread": Contact, "reread_leads": Lead}


def go_on(run: Run, until: float, clock: Callable[[], float]) -> bool:
    """Read on from where it was; answers whether there is more, which the time was not enough for."""
    while any(_batch(run, place) for place in PLACES):
        if clock() >= until:
            return True
    return False


def _batch(run: Run, place: str) -> bool:
    """The next rows of a kind; answers whether there were any."""
    with transaction():
        connection = find_connection(**run.ids())
        if connection is None or connection.region.get(place) is None:
            return False
        region: dict[str, Any] = dict(connection.region)
        rows = _next(PLACES[place], run.account_id, region[place])
        connection.region = {**region, place: rows[-1].id if rows else None}
        dated = [_date_again(run, row) for row in rows]
        if any(dated):
            announce(NamesChanged(account_id=run.account_id, actor=Actor.kommo()))
        _reach_again(run, [row for row in rows if isinstance(row, Contact)])
        return bool(rows)


def _next(model: Any, account_id: int, after: int) -> Sequence[Any]:
    mine = (model.account_id == account_id, model.kommo_id.is_not(None), model.id > after)
    wanted = select(model).where(*mine).order_by(model.id).limit(BATCH).with_for_update()
    return session().scalars(wanted.execution_options(populate_existing=True)).all()


def _date_again(run: Run, row: Lead | Contact) -> bool:
    """Custom fields as the zone of now reads them; what was edited here stays. Answers whether one is different."""
    held: Any = row.kommo.get("fields") or []
    own: dict[str, Any] = row.own if isinstance(row, Lead) else {}
    custom = {**fields.typed(held, run.zone), **own}
    if custom == row.custom:
        return False
    row.custom, row.version = custom, row.version + 1
    return True


def _reach_again(run: Run, contacts: list[Contact]) -> None:
    changed = reach_again(run.account_id, contacts, run.country, run.odd) if contacts else set()
    refresh_search(run.account_id, sorted(changed))
    announce_all(facts_of(run.account_id, in_chats(run.account_id, changed)))
