"""A dry run: what a Kommo and a token would give, asked before anything is stored or mirrored."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from clarin_web.kommo import errors, regions
from clarin_web.kommo.answers import Row
from clarin_web.kommo.client import Client

FAR = 10 * 365 * 86400
MOST = 4_000_000
HALVINGS = 3
PIPELINES_SHOWN = 50
MAX_NAME = 200


@dataclass
class Summary:
    """What the page shows. `leads` and `contacts` are about right; None where the server cannot be counted."""

    account_id: int | None = None
    name: str = ""
    currency: str = ""
    country: str = ""
    time_zone: str = ""
    users: int | None = None
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    leads: int | None = None
    leads_exact: bool = True
    contacts: int | None = None
    contacts_exact: bool = True
    notes: list[str] = field(default_factory=list)

    def dump(self) -> dict[str, Any]:
        return asdict(self)


def try_out(client: Client, now: int) -> Summary:
    """Ask for a little of everything. Raises KommoError where leads or contacts cannot be read."""
    found = Summary()
    _account(client, found)
    found.leads, found.leads_exact = _estimate(client, "leads")
    found.contacts, found.contacts_exact = _estimate(client, "contacts")
    _people_and_stages(client, found)
    if not _obeys_filters(client, now):
        found.notes.append("filters_ignored")
    return found


def _account(client: Client, found: Summary) -> None:
    try:
        account = client.account()
    except errors.NotFound:
        # Not a whole Kommo, but it may still list people; the sync names what is missing.
        found.notes.append("account_missing")
        return
    found.account_id = account["id"]
    found.name = _text(account, "name")
    said = regions.said_by(account)
    found.currency, found.country, found.time_zone = (
        said.get(name, "") for name in ("currency", "country", "time_zone")
    )


def _people_and_stages(client: Client, found: Summary) -> None:
    try:
        users = client.users()
        found.users = users.total if users.total is not None else len(users.rows)
    except (errors.NoRights, errors.NotFound):
        found.notes.append(
            "users_unreadable"
        )  # an administrator's token only: names of owners will be missing
    try:
        found.pipelines = [_pipeline(row) for row in client.pipelines().rows[:PIPELINES_SHOWN]]
    except (errors.NoRights, errors.NotFound):
        found.notes.append("pipelines_unreadable")


def _pipeline(row: Row) -> dict[str, Any]:
    embedded = row.get("_embedded")
    statuses = embedded.get("statuses") if isinstance(embedded, dict) else None
    return {"name": _text(row, "name"), "stages": len(statuses) if isinstance(statuses, list) else 0}


def _estimate(client: Client, kind: str) -> tuple[int | None, bool]:
    """About how many rows, in ten calls or so: Kommo tells no total. None where page numbers are ignored."""
    try:
        first = client.moving(kind)
    except errors.NotFound:
        return None, False
    if not first.has_next:
        return len(first.rows), True
    low, high = len(first.rows), len(first.rows) * 4
    while high <= MOST and client.probe(kind, high).rows:
        low, high = high, high * 4
    if high > MOST:
        return None, False
    for _ in range(HALVINGS):
        middle = (low + high) // 2
        low, high = (middle, high) if client.probe(kind, middle).rows else (low, middle)
    return low, False


def _obeys_filters(client: Client, now: int) -> bool:
    """Nothing changed ten years from now: rows mean that the server does not filter."""
    try:
        return not client.leads(window=(now + FAR, None), order="updated_at").rows
    except (errors.BadRequest, errors.NotFound):
        return False


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return value[:MAX_NAME] if isinstance(value, str) else ""
