"""The account's Kommo connection and how far its streams are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from clarin_web.db import session
from clarin_web.kommo.webhooks.queries import is_reliable
from clarin_web.models import KommoConnection, KommoStream

OPEN_INTERVAL = timedelta(seconds=5)
IDLE_INTERVAL = timedelta(seconds=60)
# What Kommo says where it does not give a list at all: asking again soon gives the same answer.
REFUSED = ("not_found", "no_rights", "bad_request")
# The lists of an import; what is read again every few minutes, or only from now on, is none.
IMPORTED = (
    "companies",
    "contacts",
    "leads",
    "tasks",
    "lead_notes",
    "contact_notes",
    "company_notes",
    "events",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """The import as one bar. `total` is None while it is not known; `lists_read` of `lists` were read whole.

    `is_cut`: somebody cancelled it, so what was in Kommo before is here in part.
    """

    done: int
    total: int | None
    is_finished: bool
    lists: int = 0
    lists_read: int = 0
    is_cut: bool = False

    @property
    def percent(self) -> int | None:
        if self.is_finished:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else None


def connection_of(account_id: int) -> KommoConnection | None:
    return session().scalars(select(KommoConnection).where(KommoConnection.account_id == account_id)).first()


def find_connection(account_id: int, connection_id: int) -> KommoConnection | None:
    wanted = select(KommoConnection).where(
        KommoConnection.account_id == account_id, KommoConnection.id == connection_id
    )
    return session().scalars(wanted.execution_options(populate_existing=True)).first()


def streams_of(account_id: int, connection_id: int) -> dict[str, KommoStream]:
    wanted = select(KommoStream).where(
        KommoStream.account_id == account_id, KommoStream.connection_id == connection_id
    )
    return {row.name: row for row in session().scalars(wanted.execution_options(populate_existing=True))}


def progress_of(streams: dict[str, KommoStream]) -> Progress:
    """Every list of the import as one bar. A list that was read has as many rows as came."""
    lists = [stream for name in IMPORTED if (stream := streams.get(name))]
    totals = [_total(stream) for stream in lists]
    known = [total for total in totals if total is not None]
    return Progress(
        sum(stream.rows_done for stream in lists),
        sum(known) if lists and len(known) == len(totals) else None,
        bool(lists) and all(stream.phase == "live" or stream.error in REFUSED for stream in lists),
        len(lists),
        sum(stream.phase == "live" for stream in lists),
        bool("census" in streams and streams["census"].cursor.get("cut")),
    )


def _total(stream: KommoStream) -> int | None:
    if stream.phase == "live" or stream.error in REFUSED:
        return stream.rows_done
    return None if stream.rows_total is None else max(stream.rows_total, stream.rows_done)


def may_ask(connection: KommoConnection, now: datetime) -> bool:
    """Whether Kommo may be asked anything for this connection: one that was refused probes when it is time."""
    if connection.state == "paused":
        return False
    return connection.retry_at is None or connection.retry_at <= now


def is_resting(stream: KommoStream, now: datetime) -> bool:
    """Whether a list that failed is left alone for a while."""
    return stream.retry_at is not None and stream.retry_at > now


def is_due(connection: KommoConnection, now: datetime, *, somebody_looks: bool) -> bool:
    """Every 5 seconds while somebody has the account open and no webhook tells, else every minute."""
    if not may_ask(connection, now):
        return False
    is_hurried = somebody_looks and not is_reliable(connection.account_id, connection.id, now)
    interval = OPEN_INTERVAL if is_hurried else IDLE_INTERVAL
    last = connection.last_attempt_at or datetime.fromtimestamp(0, UTC)
    # The clock looks every second: with a second's slack a visit never begins later than its interval.
    return now - last >= interval - timedelta(seconds=1)
