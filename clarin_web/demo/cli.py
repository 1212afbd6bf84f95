"""`flask --app wsgi demo create`: the demo account, once."""

from __future__ import annotations

import os

import click
from flask import Flask
from flask.cli import AppGroup

from clarin_web.config import settings
from clarin_web.demo.create import create_demo

demo = AppGroup("demo", help="Andina Norte: a believable account to look at.")


@demo.command("create")
def create() -> None:
    """Make the demo account and say once how to sign in; nothing when it is there."""
    url = os.environ.get("CLARIN_DEMO_KOMMO_URL", "http://127.0.0.1:8700")
    made = create_demo(settings().state_dir, url)
    if made is None:
        click.echo("The demo account is already here.")
        return
    click.echo(
        f"\n  Demo account Andina Norte\n  e-mail    {made.email}\n  password  {made.password}   (shown only now)\n"
    )


def init_cli(app: Flask) -> None:
    """Add `flask demo …` to the application."""
    app.cli.add_command(demo)
