"""The session file of one device: neonize keeps private keys in it, so only its owner may read it.

Kept apart from the main database: a dump of that must not be able to speak as the customer's number.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def prepare(path: Path) -> None:
    """Make the file before SQLite does, so that it is never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)


def session_of(path: Path, wanted: str | None) -> str | None:
    """The JID to connect as, or None when the device must be paired.

    Asked with our own SQL: given a JID that is not in the file, neonize aborts the whole process, and its own
    list of devices leaks a connection per call and breaks on a comma in a name.
    """
    jids = _jids(path)
    if wanted in jids:
        return wanted
    return jids[-1] if jids else None


def _jids(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'whatsmeow_device'"
        ).fetchone()
        if known is None:
            return []
        return [row[0] for row in connection.execute("SELECT jid FROM whatsmeow_device ORDER BY rowid")]


def names_of(path: Path, jid: str) -> tuple[str, str, str]:
    """What the phone told of somebody: how it calls them, how they call themselves, their company's name.

    neonize keeps it and passes nothing on. People are there by phone, by private id, or both.
    """
    query = """
    WITH one AS (SELECT ? AS jid), pair AS (
      SELECT jid FROM one
      UNION SELECT pn || '@s.whatsapp.net' FROM whatsmeow_lid_map, one WHERE lid || '@lid' = jid
      UNION SELECT lid || '@lid' FROM whatsmeow_lid_map, one WHERE pn || '@s.whatsapp.net' = jid)
    SELECT max(coalesce(full_name, '')), max(coalesce(push_name, '')), max(coalesce(business_name, ''))
    FROM whatsmeow_contacts WHERE their_jid IN (SELECT jid FROM pair)"""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = connection.execute(query, (jid,)).fetchone()
    return names[0] or "", names[1] or "", names[2] or ""


def forget(path: Path) -> None:
    """After a log-out or a removal: the keys are worthless to us and must not lie around."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
