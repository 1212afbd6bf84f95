"""`./dev seed --leads N --messages N`: one account full of rows, made inside PostgreSQL, to measure with."""

from __future__ import annotations

import secrets
import time

import click
import psycopg
from sqlalchemy import make_url

from clarin_web.accounts import actions
from clarin_web.cli import seed_sql
from clarin_web.config import settings
from clarin_web.db import release, transaction

NAME, EMAIL = "Bench", "bench@clarin.local"
TABLES = ("contact", "contact_identity", "lead", "tagging", "chat", "message", "tag", "stage", "pipeline")


@click.command("seed")
@click.option("--leads", default=100_000, show_default=True, type=click.IntRange(1, 5_000_000))
@click.option("--messages", default=1_000_000, show_default=True, type=click.IntRange(1, 50_000_000))
def seed(leads: int, messages: int) -> None:
    """Make the account "Bench" with this many leads and messages; nothing when there is one already."""
    with connect() as connection:
        if connection.execute("SELECT 1 FROM app_user WHERE email = %s", [EMAIL]).fetchone():
            click.echo(f'There is an account "{NAME}" already.')
            return
    password = secrets.token_urlsafe(12)
    with transaction():
        account_id = actions.create_account(NAME)
        owner_id = actions.create_user(account_id, email=EMAIL, name="Bench", password=password, role="owner")
    release()
    with connect() as connection:
        _fill(connection, account_id, owner_id, leads, messages)
    click.echo(f"  e-mail    {EMAIL}\n  password  {password}   (shown only now)")


def connect() -> psycopg.Connection[tuple[object, ...]]:
    """As the schema's owner: bulk loading and ANALYZE are maintenance, not a person's work."""
    url = make_url(settings().database_owner_url).set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def drop_account(account_id: int) -> None:
    """With everything in it: the application's role cannot."""
    with connect() as connection:
        connection.execute("DELETE FROM account WHERE id = %s", [account_id])


def _fill(
    connection: psycopg.Connection[tuple[object, ...]], account: int, owner: int, leads: int, messages: int
) -> None:
    """Each step is one statement. Triggers and constraints stay on: what is loaded is what the product could write."""
    values = {
        "a": account, "o": owner, "leads": leads, "messages": messages,
        "chats": max(1, min(leads // 2, messages // 100)),
    }  # fmt: skip
    connection.execute("SELECT set_config('app.account_id', %s, false)", [str(account)])
    connection.execute("SET work_mem = '256MB'")
    for name, statement in seed_sql.STEPS:
        started = time.monotonic()
        rows = connection.execute(statement, values).rowcount
        click.echo(f"  {name:<12} {rows:>10,} rows  {time.monotonic() - started:6.1f} s")
    for table in TABLES:
        connection.execute(psycopg.sql.SQL("VACUUM (ANALYZE) {}").format(psycopg.sql.Identifier(table)))
