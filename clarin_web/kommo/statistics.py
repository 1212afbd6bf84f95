"""What the planner knows of a table that an import fills: told early, and again each time it has grown fourfold.

A new account is in no statistics. Until autovacuum comes by, each foreign key would be checked by reading all of
its rows, and an import would slow down with every page.
"""

from __future__ import annotations

from sqlalchemy import text

from clarin_web.db import execute, transaction

FIRST, FACTOR = 1000, 4


def has_grown(before: int, after: int) -> bool:
    """Whether the count passed one of 1000, 4000, 16000 … rows."""
    step = FIRST
    while step <= before:
        step *= FACTOR
    return after >= step


def refresh() -> None:
    with transaction():
        execute(text("SELECT refresh_statistics()"))
