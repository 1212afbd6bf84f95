"""Comparing with Kommo on demand: a sample, the latest changes, or a stretch of ids. A job, at everybody's pace.

Its state is a stream of the connection, so a reload shows it and a disconnect forgets it. It only looks: what differs
is told, comes right with the census, and at once when a person asks for it (`repairing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from clarin_web.accounts.permissions import Member
from clarin_web.config import ConfigError
from clarin_web.db import execute, transaction
from clarin_web.jobs import enqueue, job
from clarin_web.kommo.client import IDS_PER_REQUEST, LEADS_WITH, LIMIT
from clarin_web.kommo.comparing import Drift, compare, model_of, name_of, ours_of
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.errand import Errand, begin, state_of
from clarin_web.kommo.errors import KommoError
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import Run, run_of
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import KommoStream

STREAM = "recheck"
KINDS, WAYS = ("leads", "contacts"), ("sample", "latest", "ids")
MAX_ROWS, MAX_SHOWN = 2000, 200
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Ask:
    """`size` rows of a sample or of the latest changes, or the ids from `low` to `high`."""

    kind: str
    way: str
    size: int = 200
    low: int = 0
    high: int = 0

    @property
    def planned(self) -> int:
        return self.high - self.low + 1 if self.way == "ids" else self.size


def check_of(streams: Mapping[str, KommoStream]) -> dict[str, Any] | None:
    """The latest check as it is shown."""
    return state_of(streams, STREAM)


def ask(member: Member, wanted: Ask) -> None:
    """Begin a check. Conflict while one runs, or while Kommo may not be asked."""
    errand = begin(member, STREAM, asdict(wanted), _nothing())
    enqueue(
        "kommo",
        "clarin_web.kommo.rechecking.recheck",
        errand.account_id,
        errand.connection_id,
        errand.run_id,
    )


@job
def recheck(account_id: int, connection_id: int, run_id: str) -> None:
    """Look at the rows batch by batch, each told at once. One that was begun anew meanwhile ends here."""
    errand = Errand(account_id, connection_id, STREAM, run_id)
    errand.save(**_nothing())  # a worker may have died in the middle of it
    carry_out(
        errand, lambda run, state: all(_add(errand, *one) for one in _batches(run, Ask(**state["ask"])))
    )


def carry_out(errand: Errand, work: Callable[[Run, dict[str, Any]], bool]) -> None:
    """Do an errand with a client of its connection: `work` answers whether it came to its end. Failures are noted."""
    connection = find_connection(errand.account_id, errand.connection_id)
    state = errand.state()
    if connection is None or state is None:
        return
    try:
        with client_of(connection) as client:
            if work(run_of(connection, client), state):
                errand.end("done")
    except KommoError as failure:
        errand.end("failed", failure.code)
    except (BadHost, CannotOpen, ConfigError):
        errand.end("failed", "token_unreadable")


def _batches(run: Run, wanted: Ask) -> Iterator[tuple[int, list[Drift]]]:
    """(how many rows were looked at, what was found among them)."""
    if wanted.way == "latest":
        yield from _latest(run, wanted)
        return
    ids = list(range(wanted.low, wanted.high + 1)) if wanted.way == "ids" else _sample(run, wanted)
    for start in range(0, len(ids), IDS_PER_REQUEST):
        batch = ids[start : start + IDS_PER_REQUEST]
        rows = _by_id(run, wanted.kind, batch)
        yield len(batch), [*_surely(run, wanted.kind, rows), *gone_of(run, wanted.kind, batch, rows)]


def _latest(run: Run, wanted: Ask) -> Iterator[tuple[int, list[Drift]]]:
    """What Kommo changed since the oldest of our latest rows, and those of ours that it no longer lists there."""
    model = model_of(wanted.kind)
    mine = (model.account_id == run.account_id, model.kommo_id.is_not(None), model.gone_in_kommo_at.is_(None))
    newest = select(model.kommo_id, model.kommo_updated_at).where(*mine)
    ours = execute(newest.order_by(model.kommo_updated_at.desc().nulls_last()).limit(wanted.size)).all()
    stamps = [row.kommo_updated_at for row in ours if row.kommo_updated_at]
    since = int(min(stamps).timestamp()) if stamps else 0
    read = run.client.leads if wanted.kind == "leads" else run.client.contacts
    seen: set[int] = set()
    for number in range(1, -(-wanted.size // LIMIT) + 1):
        page = read(number, window=(since, None), order="updated_at")
        seen |= {int(row["id"]) for row in page.rows if isinstance(row.get("id"), int)}
        yield len(page.rows), _surely(run, wanted.kind, page.rows)
        if not page.has_next:
            break
    missed = sorted({row.kommo_id for row in ours} - seen)
    for start in range(0, len(missed), IDS_PER_REQUEST):
        batch = missed[start : start + IDS_PER_REQUEST]
        rows = _by_id(run, wanted.kind, batch)
        yield 0, [*_surely(run, wanted.kind, rows), *gone_of(run, wanted.kind, batch, rows)]


def _surely(run: Run, kind: str, rows: Rows) -> list[Drift]:
    """What differs still when it is asked for once more: a visit may have read a newer answer meanwhile."""
    found = compare(run, kind, rows)
    doubtful = [drift.kommo_id for drift in found if drift.what == "different"]
    if not doubtful:
        return found
    again = compare(run, kind, _by_id(run, kind, doubtful))
    return [drift for drift in found if drift.what != "different"] + again


def _sample(run: Run, wanted: Ask) -> list[int]:
    model = model_of(wanted.kind)
    mine = (model.account_id == run.account_id, model.kommo_id.is_not(None), model.gone_in_kommo_at.is_(None))
    found = execute(select(model.kommo_id).where(*mine).order_by(func.random()).limit(wanted.size))
    return sorted(id_ for id_ in found.scalars() if id_ is not None)


def _by_id(run: Run, kind: str, ids: list[int]) -> Rows:
    return run.client.leads_by_id(ids, LEADS_WITH) if kind == "leads" else run.client.contacts_by_id(ids)


def gone_of(run: Run, kind: str, ids: list[int], rows: Rows) -> list[Drift]:
    """Of ours, what Kommo did not give twice. An incoming lead is in no list of leads."""
    there = {row.get("id") for row in rows}
    ours = ours_of(run.account_id, kind, [id_ for id_ in ids if id_ not in there])
    lost = [id_ for id_, row in ours.items() if not row.gone_in_kommo_at and not row.kommo.get("unsorted")]
    if not lost:
        return []
    there = {row.get("id") for row in _by_id(run, kind, lost)}
    return [Drift("gone", id_, name_of(ours[id_]), ours[id_].id) for id_ in lost if id_ not in there]


def _add(errand: Errand, checked: int, found: list[Drift]) -> bool:
    with transaction():
        state = errand.state()
        if state is None:
            return False
        counts = dict(state["counts"])
        for drift in found:
            counts[drift.what] += 1
        shown = [*state["found"], *(drift.dump() for drift in found)][:MAX_SHOWN]
        return errand.save(checked=state["checked"] + checked, counts=counts, found=shown)


def _nothing() -> dict[str, Any]:
    return {"checked": 0, "counts": {"different": 0, "missing": 0, "gone": 0}, "found": [], "error": ""}
