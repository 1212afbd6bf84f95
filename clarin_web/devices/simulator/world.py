"""One simulated number's world in a small SQLite file: what was sent, what will happen, what tests ask for.

A process killed at any moment loses nothing that was "on the wire": every change is one committed transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clarin_web.devices.gateway import Address, Decoded, IncomingMessage
from clarin_web.devices.outgoing import Outgoing, kind_of
from clarin_web.devices.simulator import wire

_SCHEMA = """
CREATE TABLE IF NOT EXISTS wire (seq INTEGER PRIMARY KEY, wa_id TEXT, chat TEXT, body TEXT, at REAL);
CREATE TABLE IF NOT EXISTS content (seq INTEGER PRIMARY KEY, kind TEXT, fields TEXT);
CREATE TABLE IF NOT EXISTS future (
  seq INTEGER PRIMARY KEY, due REAL, kind TEXT, raw BLOB, told INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS future_due ON future (told, due);
CREATE TABLE IF NOT EXISTS knob (seq INTEGER PRIMARY KEY, name TEXT, value TEXT);
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS asked (seq INTEGER PRIMARY KEY, phone TEXT);
CREATE TABLE IF NOT EXISTS seen (wa_id TEXT PRIMARY KEY);
"""


class World:
    """The gateway's thread, the sender and tests all look at the same file: every look is a short transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._db() as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_SCHEMA)

    def _db(self) -> sqlite3.Connection:
        """This thread's connection, kept: closing the last one makes SQLite tidy its log each time.

        As a context manager it is one transaction.
        """
        kept: sqlite3.Connection | None = getattr(self._kept, "db", None)
        if kept is None:
            kept = self._kept.db = sqlite3.connect(self._path, timeout=10)
            kept.execute("PRAGMA synchronous = NORMAL")  # kill -9 loses nothing; only a power cut might
        return kept

    def send(self, message: Outgoing, caused: list[tuple[datetime, Decoded]], now: datetime) -> None:
        """The message is on the wire, and what follows is decided, in one step."""
        with self._db() as db:
            seq = db.execute(
                "INSERT INTO wire (wa_id, chat, body, at) VALUES (?, ?, ?, ?)",
                (message.wa_id, message.chat.key, wire.words_of(message), now.timestamp()),
            ).lastrowid
            db.execute(
                "INSERT INTO content VALUES (?, ?, ?)", (seq, kind_of(message), wire.fields_of(message))
            )
            self._plan(db, caused)

    def plan(self, caused: list[tuple[datetime, Decoded]]) -> None:
        with self._db() as db:
            self._plan(db, caused)

    @staticmethod
    def _plan(db: sqlite3.Connection, caused: list[tuple[datetime, Decoded]]) -> None:
        rows = [(at.timestamp(), *reversed(wire.encode(event))) for at, event in caused]
        db.executemany("INSERT INTO future (due, kind, raw) VALUES (?, ?, ?)", rows)

    def due(self, now: datetime) -> list[tuple[int, str, bytes]]:
        with self._db() as db:
            return db.execute(
                "SELECT seq, kind, raw FROM future WHERE told = 0 AND due <= ? ORDER BY due, seq LIMIT 50",
                (now.timestamp(),),
            ).fetchall()

    def about_to_write(
        self, now: datetime, until: datetime, after: int
    ) -> list[tuple[int, Address, Address | None]]:
        """Customers whose message, after that number, comes between the two: its number and their chat's addresses."""
        query = """SELECT seq, raw FROM future
                   WHERE told = 0 AND seq > ? AND kind = ? AND due > ? AND due <= ? ORDER BY seq"""
        span = (after, "simulator.message", now.timestamp(), until.timestamp())
        with self._db() as db:
            rows = db.execute(query, span).fetchall()
        events = [(seq, event) for seq, raw in rows for event in wire.decode("message", raw)]
        return [
            (seq, event.chat, event.chat_alt)
            for seq, event in events
            if isinstance(event, IncomingMessage) and not event.from_me
        ]

    def told(self, seq: int) -> None:
        with self._db() as db:
            db.execute("UPDATE future SET told = 1 WHERE seq = ?", (seq,))

    def next_due(self) -> datetime | None:
        with self._db() as db:
            due = db.execute("SELECT min(due) FROM future WHERE told = 0").fetchone()[0]
        return None if due is None else datetime.fromtimestamp(due, UTC)

    def wire(self) -> list[tuple[str, str, str]]:
        """Every send that ever left: (wa_id, chat key, text), in order. Tests count these."""
        with self._db() as db:
            return db.execute("SELECT wa_id, chat, body FROM wire ORDER BY seq").fetchall()

    def contents(self) -> list[tuple[str, dict[str, Any]]]:
        """Of every send: its kind and everything it held."""
        with self._db() as db:
            rows = db.execute("SELECT kind, fields FROM content ORDER BY seq").fetchall()
        return [(kind, json.loads(fields)) for kind, fields in rows]

    def left_at(self, words: str) -> float | None:
        """When (Unix time) the message that ends with these words left."""
        with self._db() as db:
            found = db.execute("SELECT at FROM wire WHERE body LIKE ? LIMIT 1", (f"%{words}",)).fetchone()
        return found[0] if found else None

    def asked(self, phone: str) -> None:
        with self._db() as db:
            db.execute("INSERT INTO asked (phone) VALUES (?)", (phone,))

    def questions(self) -> list[str]:
        """Every number that was asked about, in order."""
        with self._db() as db:
            return [row[0] for row in db.execute("SELECT phone FROM asked ORDER BY seq")]

    def seen(self, wa_ids: tuple[str, ...]) -> None:
        with self._db() as db:
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(wa_id,) for wa_id in wa_ids])

    def turn(self, name: str, value: str = "") -> None:
        """Ask the running device for a fault: drop (for seconds), ban (for seconds), logout, replace, outdate, die,
        doubt, too_often (no questions); or, while it pairs, that the phone scans now; or that somebody changes: rename,
        portrait (see `profiles`)."""
        with self._db() as db:
            db.execute("INSERT INTO knob (name, value) VALUES (?, ?)", (name, value))

    def take_knobs(self) -> list[tuple[str, str]]:
        with self._db() as db:
            knobs = db.execute("SELECT seq, name, value FROM knob ORDER BY seq").fetchall()
            db.executemany("DELETE FROM knob WHERE seq = ?", [(seq,) for seq, _, _ in knobs])
        return [(name, value) for _, name, value in knobs]

    def remember(self, name: str, value: str | None) -> None:
        with self._db() as db:
            db.execute("DELETE FROM memory WHERE name = ?", (name,))
            if value is not None:
                db.execute("INSERT INTO memory VALUES (?, ?)", (name, value))

    def recall(self, name: str) -> str | None:
        with self._db() as db:
            row = db.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None
