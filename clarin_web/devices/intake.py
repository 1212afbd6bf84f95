"""Raw events into whatsapp_event, through a spool file while PostgreSQL is away.

WhatsApp has been told that the event arrived before we see it: what is dropped here is lost for ever.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import uuid
from pathlib import Path

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import WhatsappEvent

log = structlog.get_logger()
Row = dict[str, object]


class Intake:
    """Appends in order: while the spool holds anything, new events queue up behind it."""

    def __init__(self, account_id: int, device_id: int, spool: Path) -> None:
        self._owner = {"account_id": account_id, "device_id": device_id}
        self._spool = spool
        self._lock = threading.Lock()

    def keep(self, kind: str, raw: bytes) -> None:
        """Returns once the event is on disk, one way or the other."""
        row: Row = {**self._owner, "kind": kind, "raw": raw, "dedupe": uuid.uuid4().hex}
        with self._lock:
            if self._spool.exists() or not self._store([row]):
                self._append(row)

    def flush(self) -> bool:
        """Move the spool into the table; False when that has to wait."""
        with self._lock:
            if not self._spool.exists():
                return True
            rows = [_read(line) for line in self._spool.read_text().splitlines() if line.endswith("}")]
            if not self._store([{**self._owner, **row} for row in rows]):
                return False
            self._spool.unlink()
        log.info("events kept on disk are stored now", events=len(rows))
        return True

    def _store(self, rows: list[Row]) -> bool:
        """An event that is there already (a crash between commit and unlink) counts once."""
        if not rows:
            return True
        try:
            with tenant(int(str(self._owner["account_id"]))), transaction():
                execute(insert(WhatsappEvent).on_conflict_do_nothing(), rows)
        except DBAPIError as error:
            log.warning("database away: events go to disk", error=type(error.orig).__name__)
            return False
        finally:
            release()
        return True

    def _append(self, row: Row) -> None:
        raw = row["raw"]
        assert isinstance(raw, bytes)  # noqa: S101 -- for the type checker; `keep` made it
        line = json.dumps(
            {"kind": row["kind"], "raw": base64.b64encode(raw).decode(), "dedupe": row["dedupe"]}
        )
        descriptor = os.open(self._spool, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(descriptor, line.encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read(line: str) -> Row:
    """A last line cut short by a power cut does not end in a brace and was never acknowledged by `keep`."""
    data = json.loads(line)
    return {"kind": data["kind"], "raw": base64.b64decode(data["raw"]), "dedupe": data["dedupe"]}
