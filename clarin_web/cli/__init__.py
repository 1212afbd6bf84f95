"""Clarin's commands for the operator: accounts and people, many rows, measuring. `flask --app wsgi` lists them."""

from __future__ import annotations

from flask import Flask

from clarin_web.cli.bench import bench
from clarin_web.cli.people import create_account, create_user, reset_password
from clarin_web.cli.seed import seed


def init_cli(app: Flask) -> None:
    """Add every command to the application."""
    for command in (create_account, create_user, reset_password, seed, bench):
        app.cli.add_command(command)
