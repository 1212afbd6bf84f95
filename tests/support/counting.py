"""What a simulated WhatsApp heard and said, read from its own file: the truth that rows are counted against."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """A customer's message: whose, which, and when."""

    chat: str
    wa_id: str
    text: str


def told(world: Path) -> list[Said]:
    """Every message that customers wrote and the gateway handed over, in that order; a repeated one once."""
    query = "SELECT raw FROM future WHERE told = 1 AND kind = 'simulator.message' ORDER BY due, seq"
    with closing(sqlite3.connect(world)) as db:
        rows = [json.loads(raw) for (raw,) in db.execute(query)]
    said = {row["wa_id"]: Said(row["chat"][1], row["wa_id"], row["text"]) for row in rows}
    return list(said.values())


def sent(world: Path) -> list[tuple[str, str, str]]:
    """Every message that reached the wire, in order: (wa_id, chat, text). One that went twice is here twice."""
    with closing(sqlite3.connect(world)) as db:
        return db.execute("SELECT wa_id, chat, body FROM wire ORDER BY seq").fetchall()
