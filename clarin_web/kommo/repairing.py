"""Bringing in at once what a comparison found: asked for by id, and written whatever the stamps say.

What was edited here stays. What is missing here comes, what is gone there is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, transaction
from clarin_web.events import announce_all
from clarin_web.jobs import enqueue, job
from clarin_web.kommo.client import IDS_PER_REQUEST
from clarin_web.kommo.comparing import Drift, compare, model_of
from clarin_web.kommo.errand import Errand, begin
from clarin_web.kommo.queries import connection_of, streams_of
from clarin_web.kommo.rechecking import STREAM, carry_out, check_of, gone_of
from clarin_web.kommo.run import Run
from clarin_web.kommo.storing import anew
from clarin_web.kommo.storing.absorbed import verified_gone
from clarin_web.kommo.storing.gone import mark_gone
from clarin_web.kommo.upserts.records import one_of
from clarin_web.lib.errors import Conflict, NotFound


def ask(member: Member) -> None:
    """Begin to bring in what the latest check lists. Conflict while one runs, or while Kommo may not be asked."""
    connection = connection_of(member.account_id)
    check = check_of(streams_of(member.account_id, connection.id)) if connection else None
    if check is None or not check["found"]:
        raise NotFound("kommo_check")
    if check["state"] == "running":
        raise Conflict("kommo_recheck_runs")
    kept = {name: check[name] for name in ("checked", "counts", "found")}
    errand = begin(member, STREAM, check["ask"], {**kept, "brought": 0, "error": ""})
    function = "clarin_web.kommo.repairing.repair"
    enqueue("kommo", function, errand.account_id, errand.connection_id, errand.run_id)


@job
def repair(account_id: int, connection_id: int, run_id: str) -> None:
    """Bring in batch by batch; what differs after that is what the check then lists."""
    errand = Errand(account_id, connection_id, STREAM, run_id)
    carry_out(errand, lambda run, state: all(_note(errand, *one) for one in _batches(run, state)))


def bring_in(run: Run, kind: str, ids: Sequence[int]) -> None:
    """These, as Kommo gives them now."""
    rows = anew.by_id(run, kind, ids)
    there = {row.get("id") for row in rows}
    gone = verified_gone(run, kind, [id_ for id_ in ids if id_ not in there])
    prepared = anew.prepare(replace(run, is_replay=True), kind, rows)
    model: Any = model_of(kind)
    mine = (model.account_id == run.account_id, one_of(model.kommo_id, ids))
    undated = update(model).where(*mine).values(kommo_updated_at=None, kommo_hash=None)
    with transaction():
        execute(undated.execution_options(synchronize_session=False))
        announce_all(anew.write(run, kind, prepared).facts)
        announce_all(mark_gone(run.account_id, kind, gone).facts)


def _batches(run: Run, state: dict[str, Any]) -> Iterator[tuple[list[dict[str, Any]], list[Drift]]]:
    """(what was found, what of it differs still), a question at a time."""
    kind = state["ask"]["kind"]
    for start in range(0, len(state["found"]), IDS_PER_REQUEST):
        batch = state["found"][start : start + IDS_PER_REQUEST]
        ids = [one["kommo_id"] for one in batch]
        bring_in(run, kind, ids)
        rows = anew.by_id(run, kind, ids)
        yield batch, [*compare(run, kind, rows), *gone_of(run, kind, ids, rows)]


def _note(errand: Errand, found: list[dict[str, Any]], left: list[Drift]) -> bool:
    with transaction():
        state = errand.state()
        if state is None:
            return False
        counts = dict(state["counts"])
        for one in found:
            counts[one["what"]] -= 1
        for drift in left:
            counts[drift.what] += 1
        done = {one["kommo_id"] for one in found}
        others = [one for one in state["found"] if one["kommo_id"] not in done]
        brought = state["brought"] + len(found) - len(left)
        return errand.save(counts=counts, found=[*others, *(drift.dump() for drift in left)], brought=brought)
