"""The session file of one device: the private keys of a number, opened by one process and readable by no other user.

It lies apart from the main database: a dump of that must not be able to speak as the customer's number. While neonize
runs, no other opener may touch it: a second SQLite in the same process does not see neonize's locks, would take its
open transaction for one a crash left behind, and roll it back under its feet.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from clarin_web.devices.gateway import SessionBusyError, SessionLostError, SessionUnusableError

log = structlog.get_logger()
PARTS = ("", "-journal", "-wal", "-shm", ".inflight", ".announced")
BUSY_SECONDS = 3.0  # a process gives its device back a moment before it is gone
DAMAGED_KEPT = 2  # files set aside per device: enough to look into, few enough to forget about
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,
)  # the last: no such column, no text
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def own(path: Path) -> int:
    """Lock the file until this process ends, however it ends. SessionBusyError: another process has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise _unusable(error) from error
    deadline = time.monotonic() + BUSY_SECONDS
    while not _is_locked(lock):
        if time.monotonic() > deadline:
            os.close(lock)
            raise SessionBusyError("session_busy")
        threading.Event().wait(0.05)
    return lock


def _is_locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_session(path: Path, wanted: str | None) -> str | None:
    """The JID to connect as, or None when the device must be paired. Call before neonize opens the file.

    SessionLostError: the link is gone, what is left of its file was set aside. SessionUnusableError: rights or disk.
    """
    try:
        _prepare(path)
        jids = _jids(path)
    except OSError as error:
        raise _unusable(error) from error
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
            raise _unusable(error) from error
        set_aside(path)
        raise SessionLostError("session_damaged") from error
    if wanted is None or wanted in jids:
        return wanted or (jids[-1] if jids else None)
    if not path.stat().st_size:
        raise SessionLostError("session_lost")
    same_number = [jid for jid in jids if _number(jid) == _number(wanted)]
    if same_number:
        return same_number[-1]
    set_aside(path)
    raise SessionLostError("session_lost")


def _prepare(path: Path) -> None:
    """Make the file before SQLite does, so that it is never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        path.chmod(0o600)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _jids(path: Path) -> list[str]:
    """Opened to write: a transaction that a kill interrupted is rolled back here. Every page is looked at once.

    Asked with our own SQL: given a JID that is not in the file, neonize aborts the whole process.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damaged(verdict)
        known = connection.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'whatsmeow_device'"
        ).fetchone()
        if known is None:
            return []
        return [
            row[0]
            for row in connection.execute("SELECT jid FROM whatsmeow_device ORDER BY rowid")
            if isinstance(row[0], str)
        ]


def _damaged(verdict: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(verdict)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _unusable(error: Exception) -> SessionUnusableError:
    full = getattr(error, "errno", None) in _FULL or (
        getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    )
    return SessionUnusableError("disk_full" if full else "session_unusable")


def _number(jid: str) -> str:
    return jid.partition("@")[0].partition(":")[0]


def set_aside(path: Path) -> None:
    """Renamed, not deleted: somebody may want to know what happened. Only the newest are kept."""
    if not any(_part(path, suffix).exists() for suffix in PARTS):
        return
    name = f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    for suffix in PARTS:
        if (part := _part(path, suffix)).exists():
            part.rename(path.with_name(name + suffix))
    log.error("a session was damaged or lost: it is kept aside, the number must be linked again", file=name)
    names = sorted({file.name[: len(name)] for file in path.parent.glob(f"{path.name}.damaged-*")})
    for old in names[:-DAMAGED_KEPT]:
        for file in path.parent.glob(f"{old}*"):
            file.unlink(missing_ok=True)


def forget(path: Path) -> None:
    """After a log-out: the keys are worthless to us and must not lie around."""
    for suffix in PARTS:
        _part(path, suffix).unlink(missing_ok=True)


def forget_all(path: Path) -> None:
    """After a removal: what was set aside goes too."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink(missing_ok=True)


def _part(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
