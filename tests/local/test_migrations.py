"""The migrations and the models say the same, and running them again changes nothing."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from clarin_web.local.home import ROOT
from clarin_web.local.migrate import migrate


def test_the_models_hold_nothing_that_no_migration_made() -> None:
    command.check(Config(toml_file=str(ROOT / "pyproject.toml")))


def test_migrating_again_changes_nothing() -> None:
    migrate()
