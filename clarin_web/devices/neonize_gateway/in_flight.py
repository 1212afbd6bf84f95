"""The one message that is being opened right now, written down so that the next process knows whose it was.

Opening a message moves the sender's Signal session on in the session file; a kill before our row is stored leaves a
message that WhatsApp sends again and nobody can open again. Without that session the sender's phone is asked for it
once more, as for every message that cannot be opened.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

log = structlog.get_logger()
SUFFIX = ".inflight"
MOST_TIMES = 3  # in a row, without a message opened in between
_JID = re.compile(r"(?P<user>[0-9A-Za-z-]+)(?::(?P<device>\d+))?@(?P<server>[a-z.]+)")


class InFlight:
    """A line with the source, a line with how often it was asked again. Survives a kill, not a power cut."""

    def __init__(self, session_file: Path) -> None:
        path = session_file.with_name(session_file.name + SUFFIX)
        self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        self.left, _, times = os.pread(self._file, 1024, 0).decode(errors="replace").partition("\n")
        self.asked_again = int(times) if times.isdecimal() else 0

    def begin(self, source: str) -> None:
        """`source`: "who in where", or "who"."""
        self._write(source)

    def end(self, *, was_opened: bool) -> None:
        if was_opened:
            self.asked_again = 0
        self._write("")

    def _write(self, source: str) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{source}\n{self.asked_again}".encode(), 0)


def resume(session_file: Path) -> InFlight:
    """Before neonize opens the session file: what was left open is asked for again, but not for ever.

    A message that ends the process each time it is opened is given up: it then comes once more, cannot be opened,
    and keeps its place in the chat.
    """
    in_flight = InFlight(session_file)
    if in_flight.left and in_flight.asked_again < MOST_TIMES:
        in_flight.asked_again += 1
        ask_again(session_file, in_flight.left)
    in_flight.end(was_opened=False)
    return in_flight


def ask_again(session_file: Path, source: str) -> int:
    """Forget the keys shared with a sender, "who in where" or "who". Before neonize opens the file; how many went."""
    sender, _, chat = source.partition(" in ")
    found = _JID.fullmatch(sender)
    if found is None:
        return 0
    with closing(sqlite3.connect(f"file:{session_file}?mode=rw", uri=True)) as connection, connection:
        if not _has_sessions(connection):
            return 0
        names = _names(connection, found["user"])
        addresses = [f"{name}{domain}:{found['device'] or 0}" for name in names for domain in ("", "_1")]
        count = sum(_forget(connection, chat, address) for address in addresses)
    log.warning(
        "a message was being opened when the process died: its sender is asked for it", sessions=count
    )
    return count


def _names(connection: sqlite3.Connection, user: str) -> set[str]:
    """A person's session is kept under phone or private id, whichever was known then."""
    pairs = connection.execute("SELECT lid, pn FROM whatsmeow_lid_map WHERE ? IN (lid, pn)", (user,))
    return {user, *(name for pair in pairs for name in pair)}


def _forget(connection: sqlite3.Connection, chat: str, address: str) -> int:
    alone = connection.execute("DELETE FROM whatsmeow_sessions WHERE their_id = ?", (address,))
    keys = "DELETE FROM whatsmeow_sender_keys WHERE chat_id = ? AND sender_id = ?"
    return alone.rowcount + connection.execute(keys, (chat, address)).rowcount


def _has_sessions(connection: sqlite3.Connection) -> bool:
    """Not while it was never linked."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'whatsmeow_sessions'")
    return known.fetchone() is not None
