"""Bring the database of DATABASE_OWNER_URL to the newest migration: `python -m clarin_web.local.migrate`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from clarin_web.local.home import ROOT


def migrate() -> None:
    """Run the migrations that are missing; nothing when there are none."""
    command.upgrade(Config(toml_file=str(ROOT / "pyproject.toml")), "head")


if __name__ == "__main__":
    migrate()
