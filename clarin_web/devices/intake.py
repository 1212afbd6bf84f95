"""Raw events into whatsapp_event, through a spool file while PostgreSQL is away.

WhatsApp is told that an event arrived when it is kept here: what is dropped afterwards is lost for ever.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from clarin_web.db import engine, execute, release, tenant, transaction
from clarin_web.lib.outage import Outage
from clarin_web.models import WhatsappEvent

log = structlog.get_logger()
Row = dict[str, object]
# One round trip, its own transaction: at hundreds of events a second the ceremony costs more than the row.
ONE = """
WITH owner AS (SELECT set_config('app.account_id', %(account_id)s::text, true))
INSERT INTO whatsapp_event (account_id, device_id, kind, raw, dedupe)
SELECT %(account_id)s, %(device_id)s, %(kind)s, %(raw)s, %(dedupe)s FROM owner
ON CONFLICT DO NOTHING
"""
NEWEST_EVENTS = 2_000
NAMED = """
WITH owner AS (SELECT set_config('app.account_id', %(account_id)s::text, true)),
newest AS (
    SELECT raw FROM whatsapp_event, owner
    WHERE account_id = %(account_id)s AND device_id = %(device_id)s ORDER BY id DESC LIMIT %(newest)s)
SELECT EXISTS (SELECT 1 FROM newest WHERE position(%(wa_id)s::bytea in raw) > 0)
"""


class Intake:
    """Appends in order: while the spool holds anything, new events queue up behind it."""

    def __init__(self, account_id: int, device_id: int, spool: Path) -> None:
        self._owner = {"account_id": account_id, "device_id": device_id}
        self._spool = spool
        self._lock = threading.Lock()
        self._outage = Outage("database", "events go to disk")

    def keep(self, kind: str, raw: bytes) -> None:
        """Returns once the event is on disk, one way or the other."""
        row: Row = {**self._owner, "kind": kind, "raw": raw, "dedupe": uuid.uuid4().hex}
        with self._lock:
            if not self._spool.exists() and self._store_one(row):
                return
            try:
                self._append(row)
            except OSError as error:
                log.error("no room for events on disk: WhatsApp waits for the database", reason=str(error))
                while not (self._empty_spool() and self._store_one(row)):
                    threading.Event().wait(1)

    def flush(self) -> bool:
        """Move the spool into the table; False when that has to wait."""
        with self._lock:
            return self._empty_spool()

    def has(self, wa_id: str) -> bool:
        """Whether one of the newest events names this message; False while nobody can tell."""
        found: list[bool] = []

        def look() -> None:
            with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                query = {**self._owner, "wa_id": wa_id.encode(), "newest": NEWEST_EVENTS}
                found.extend(bool(row[0]) for row in connection.exec_driver_sql(NAMED, query))

        with self._lock:
            return self._empty_spool() and self._is_done(look) and found == [True]

    def _empty_spool(self) -> bool:
        if not self._spool.exists():
            return True
        lines = self._spool.read_bytes().split(b"\n")
        rows = [row for line in lines if line and (row := self._read(line))]
        if not self._store([{**self._owner, **row} for row in rows]):
            return False
        self._spool.unlink()
        log.info("events kept on disk are stored now", events=len(rows))
        return True

    def _store_one(self, row: Row) -> bool:
        def write() -> None:
            with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql(ONE, row)

        return self._is_done(write)

    def _store(self, rows: list[Row]) -> bool:
        """An event that is there already (a crash between commit and unlink) counts once."""

        def write() -> None:
            with tenant(int(str(self._owner["account_id"]))), transaction():
                execute(insert(WhatsappEvent).on_conflict_do_nothing(), rows)

        return not rows or self._is_done(write)

    def _is_done(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except DBAPIError as error:
            self._outage.began(error, device=self._owner["device_id"])
            return False
        finally:
            release()
        self._outage.over(device=self._owner["device_id"])
        return True

    def _append(self, row: Row) -> None:
        raw = row["raw"]
        assert isinstance(raw, bytes)  # noqa: S101 -- for the type checker; `keep` made it
        data = {"kind": row["kind"], "raw": base64.b64encode(raw).decode(), "dedupe": row["dedupe"]}
        descriptor = os.open(self._spool, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "r+b") as spool:
            spool.write((b"\n" if _is_torn(spool) else b"") + json.dumps(data).encode() + b"\n")
            spool.flush()
            os.fsync(descriptor)

    def _read(self, line: bytes) -> Row | None:
        """None for a line cut short by a crash: `keep` never said that it was safe."""
        try:
            data = json.loads(line)
            return {"kind": data["kind"], "raw": base64.b64decode(data["raw"]), "dedupe": data["dedupe"]}
        except ValueError:
            log.warning("an event was cut short by a crash", device=self._owner["device_id"], bytes=len(line))
            return None


def _is_torn(spool: IO[bytes]) -> bool:
    """The process before us may have died in the middle of a line; ours must not become its other half."""
    if spool.seek(0, os.SEEK_END) == 0:
        return False
    spool.seek(-1, os.SEEK_END)
    return spool.read(1) != b"\n"
