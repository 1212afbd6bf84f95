"""Storing a stretch of kept pages again, as if Kommo had just answered them: a job that a person asks for.

What did not change is neither written nor told; nothing read later is overwritten, nothing that left comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from clarin_web.accounts.permissions import Member
from clarin_web.config import ConfigError
from clarin_web.jobs import enqueue, job
from clarin_web.kommo.answers import Row
from clarin_web.kommo.connecting import client_of
from clarin_web.kommo.errand import Errand, begin, state_of
from clarin_web.kommo.errors import KommoError
from clarin_web.kommo.hosts import BadHost
from clarin_web.kommo.keeping import ids_between, opened
from clarin_web.kommo.queries import find_connection
from clarin_web.kommo.run import Run, run_of
from clarin_web.kommo.storing import store_again
from clarin_web.kommo.storing.again import still_true
from clarin_web.kommo.streams import LISTS, Listed
from clarin_web.lib.secrets import CannotOpen
from clarin_web.models import KommoStream

STREAM = "replay"
# What leaves is found by looking, not by what was once said of it.
REPLAYED = {listed.name: listed for listed in LISTS if not listed.is_bin}


@dataclass(frozen=True, slots=True)
class Ask:
    """Pages of one list, or of all when `name` is empty, that came from `since` until `until` (ISO times)."""

    name: str
    since: str
    until: str


def replay_of(streams: Mapping[str, KommoStream]) -> dict[str, Any] | None:
    """The latest replay as it is shown."""
    return state_of(streams, STREAM)


def ask(member: Member, wanted: Ask) -> None:
    """Begin a replay. Conflict while one runs, or while Kommo may not be asked: a row may point at what is not here."""
    errand = begin(member, STREAM, asdict(wanted), _nothing())
    ids = errand.account_id, errand.connection_id, errand.run_id
    enqueue("kommo", "clarin_web.kommo.replaying.replay", *ids)


@job
def replay(account_id: int, connection_id: int, run_id: str) -> None:
    """Page by page, oldest first, each told at once. Doing it twice changes nothing the second time."""
    connection = find_connection(account_id, connection_id)
    errand = Errand(account_id, connection_id, STREAM, run_id)
    state = errand.state()
    if connection is None or state is None:
        return
    wanted = Ask(**state["ask"])
    stretch = datetime.fromisoformat(wanted.since), datetime.fromisoformat(wanted.until)
    ids = ids_between(account_id, connection_id, wanted.name, *stretch)
    errand.save(**{**_nothing(), "pages": len(ids)})
    try:
        with client_of(connection) as client:
            run = run_of(connection, client)
            run.is_replay = True
            if _replay(run, errand, ids):
                errand.end("done")
    except KommoError as failure:
        errand.end("failed", failure.code)
    except (BadHost, CannotOpen, ConfigError):
        errand.end("failed", "token_unreadable")


def _replay(run: Run, errand: Errand, ids: list[int]) -> bool:
    done = rows_seen = changed = passed = 0
    names = {name: listed.kind for name, listed in REPLAYED.items()}
    for name, rows in opened(run.account_id, ids, names):
        stored, older = _again(run, REPLAYED[name], rows)
        done, rows_seen = done + 1, rows_seen + len(rows)
        changed, passed = changed + stored, passed + older
        if not errand.save(done=done, rows=rows_seen, changed=changed, passed=passed):
            return False
    return True


def _again(run: Run, listed: Listed, rows: list[Row]) -> tuple[int, int]:
    """(rows that changed, rows passed over because something newer is here)."""
    true = still_true(run.account_id, listed.kind, rows, listed.entity)
    return store_again(run, listed, true), len(rows) - len(true)


def _nothing() -> dict[str, Any]:
    return {"pages": 0, "done": 0, "rows": 0, "changed": 0, "passed": 0, "error": ""}
