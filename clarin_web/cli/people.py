"""`create-account`, `create-user` and `reset-password`: for whoever has a shell on the server."""

from __future__ import annotations

import secrets

import click

from clarin_web.accounts import actions, queries
from clarin_web.db import release, transaction
from clarin_web.lib import regions
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.models import ROLES
from clarin_web.pipelines.starters import open_account

REASONS = {
    "not_an_email": "that is not an e-mail address",
    "unknown_choice": f"the role is one of {', '.join(ROLES)}",
    "password_short": "a password has 12 characters or more",
    "password_common": "that password is too easy to guess",
    "too_long": "that password is too long",
}
PLACES = {
    "country": "a country's ISO code, such as PE",
    "currency": "a currency's ISO code, such as PEN",
    "time_zone": "a time zone, such as America/Lima",
}


def place(_context: click.Context, option: click.Parameter, said: str) -> str:
    """A country, currency or time zone in its own spelling: with another no page of the account would open."""
    name = str(option.name)
    if code := regions.read_code(name, said):
        return code
    cure = f"; did you mean {' or '.join(meant)}?" if (meant := regions.meant(name, said)) else ""
    raise click.BadParameter(f"{said!r} is not {PLACES[name]}{cure}")


@click.command("create-account")
@click.option("--name", required=True, help="What the company is called.")
@click.option("--email", required=True, help="The owner's e-mail address.")
@click.option("--owner", default="", help="The owner's name; else the part before the @.")
@click.option(
    "--country", default="PE", show_default=True, callback=place, help="ISO code: how phones are read."
)
@click.option("--currency", default="PEN", show_default=True, callback=place)
@click.option("--time-zone", default="America/Lima", show_default=True, callback=place)
@click.option("--locale", default="es", show_default=True, type=click.Choice(["es", "en", "pt"]))
def create_account(
    name: str, email: str, owner: str, locale: str, country: str, currency: str, time_zone: str
) -> None:
    """Make an account with a pipeline and its owner, and print a random password once."""
    password = secrets.token_urlsafe(12)
    with refusing(), transaction():
        made = open_account(name, country=country, currency=currency, time_zone=time_zone, locale=locale)
        owner = owner or email.split("@", 1)[0].capitalize()
        is_new = _is_new(email)
        actions.create_user(made, email=email, name=owner, password=password, role="owner", locale=locale)
    click.echo(f"\n  Account {made}: {name}")
    _say_password(email, password, is_new)


@click.command("create-user")
@click.option("--account", required=True, type=int, help="The account's number.")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", default="agent", show_default=True, type=click.Choice(ROLES))
@click.option("--locale", default="es", show_default=True, type=click.Choice(["es", "en", "pt"]))
def create_user(account: int, email: str, name: str, role: str, locale: str) -> None:
    """Give a person a role in an account; a new person gets a random password, printed once."""
    password = secrets.token_urlsafe(12)
    with refusing():
        if account not in queries.account_ids():
            raise NotFound()
        is_new = _is_new(email)
        actions.create_user(account, email=email, name=name, password=password, role=role, locale=locale)
    _say_password(email, password, is_new)


@click.command("reset-password")
@click.argument("email")
def reset_password(email: str) -> None:
    """Give a person a new random password and end all their sessions."""
    password = secrets.token_urlsafe(12)
    with refusing():
        actions.set_password(email, password)
    _say_password(email, password, True)


class refusing:
    """Turns a domain error into one line on stderr and exit code 1, and gives the connection back."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        release()
        if isinstance(error, Invalid):
            raise click.ClickException(
                "; ".join(REASONS.get(code, code) for code in error.fields.values())
            ) from None
        if isinstance(error, Conflict):
            raise click.ClickException(
                "this person is in the account already; for a new password: reset-password EMAIL"
            ) from None
        if isinstance(error, NotFound):
            raise click.ClickException("there is no such account or person") from None


def _is_new(email: str) -> bool:
    return queries.find_credentials(email) is None


def _say_password(email: str, password: str, is_new: bool) -> None:
    known = "the one they have" if not is_new else f"{password}   (shown only now)"
    click.echo(f"  e-mail    {email.strip().lower()}\n  password  {known}\n")
