"""A job that a person asked for and watches. Its state is a stream of the connection: a reload shows it, a
disconnect forgets it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import transaction
from clarin_web.events import Actor, KommoProgressed, announce
from clarin_web.kommo.queries import connection_of, may_ask, streams_of
from clarin_web.lib.errors import Conflict, NotFound
from clarin_web.models import KommoConnection, KommoStream

QUIET = timedelta(minutes=3)  # a page of Kommo may be asked four times; after this its worker is gone
State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Errand:
    """One run of a job. Begun anew by somebody else, it is no longer this one's to write."""

    account_id: int
    connection_id: int
    name: str
    run_id: str

    def state(self) -> State | None:
        """None when it was begun anew, ended or forgotten."""
        stream = streams_of(self.account_id, self.connection_id).get(self.name)
        state: State = dict(stream.cursor) if stream else {}
        return state if (state.get("run"), state.get("state")) == (self.run_id, "running") else None

    def save(self, **changes: Any) -> bool:
        """Write how far it is; answers whether it is still this one's."""
        with transaction():
            state = self.state()
            if state is None:
                return False
            stream = streams_of(self.account_id, self.connection_id)[self.name]
            stream.cursor, stream.updated_at = {**state, **changes}, datetime.now(UTC)
            announce(
                KommoProgressed(
                    account_id=self.account_id, actor=Actor.kommo(), connection_id=self.connection_id
                )
            )
            return True

    def end(self, how: str, error: str = "") -> None:
        self.save(state=how, error=error)


def state_of(streams: Mapping[str, KommoStream], name: str) -> State | None:
    """The latest run as it is shown; `state` is "lost" when its worker was."""
    stream = streams.get(name)
    if stream is None or not stream.cursor:
        return None
    state: State = dict(stream.cursor)
    if state["state"] == "running" and datetime.now(UTC) - stream.updated_at > QUIET:
        state["state"] = "lost"
    state["at"] = stream.updated_at
    return state


def begin(member: Member, name: str, asked: Mapping[str, Any], nothing: Mapping[str, Any]) -> Errand:
    """A new run that has done `nothing` yet. Conflict while one runs, or while Kommo may not be asked."""
    member.must(Permission.MANAGE_KOMMO)
    with transaction() as session:
        connection = _askable(member)
        streams = streams_of(member.account_id, connection.id)
        running = state_of(streams, name)
        if running and running["state"] == "running":
            raise Conflict(f"kommo_{name}_runs")
        stream = streams.get(name) or KommoStream(
            account_id=member.account_id, connection_id=connection.id, name=name, phase="live"
        )
        run_id = secrets.token_hex(6)
        stream.cursor = {"run": run_id, "state": "running", "ask": dict(asked), **nothing}
        stream.updated_at = datetime.now(UTC)
        session.add(stream)
        session.flush()
        return Errand(member.account_id, connection.id, name, run_id)


def _askable(member: Member) -> KommoConnection:
    connection = connection_of(member.account_id)
    if connection is None:
        raise NotFound("kommo_connection")
    if not may_ask(connection, datetime.now(UTC)):
        raise Conflict("kommo_not_asking")
    return connection
