"""Signing in: a password against guesses.

Three counters, each a delay (`throttle`): a person from one place, a person from all places they were never seen in,
and a place against people never seen there. Whoever comes from a browser or address of theirs is only in the first.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import structlog

from clarin_web.accounts import known_browsers, passwords, queries, throttle
from clarin_web.accounts.actions import open_session
from clarin_web.accounts.queries import Credentials
from clarin_web.accounts.throttle import Bucket
from clarin_web.db import tenant, transaction
from clarin_web.events import Actor, SignInFailed, announce
from clarin_web.lib.errors import DomainError, TooMany
from clarin_web.lib.networks import network_of

log = structlog.get_logger()


class WrongCredentials(DomainError):
    """One error for unknown user, wrong password and disabled user: nobody learns which."""

    status = 401


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser at the door, as it shows itself. `known` is its cookie of `known_browsers`."""

    ip: str
    user_agent: str
    known: str = ""


def sign_in(email: str, password: str, visitor: Visitor) -> tuple[str, str]:
    """Check the password and open a session. Returns its cookie's value, and that of `known_browsers`.

    Raises WrongCredentials (the same for every cause) and TooMany (for how many seconds).
    """
    email = email.strip().lower()
    found = queries.find_credentials(email)
    user_id = found.id if found else 0
    try:
        attempt = throttle.begin(_buckets(email, user_id, visitor))
    except TooMany as refusal:
        log.warning("sign-in delayed", user=user_id, ip=visitor.ip, seconds=refusal.seconds)
        raise
    account_id = _checked(found, password)
    if not account_id:
        _note_failure(user_id, visitor.ip)
        raise WrongCredentials("wrong_credentials")
    throttle.end(attempt)
    cookie = open_session(user_id, account_id, ip=visitor.ip, user_agent=visitor.user_agent)
    is_known = known_browsers.number_of(visitor.known, user_id)
    return cookie, visitor.known if is_known else known_browsers.make_known(user_id)


def _checked(found: Credentials | None, password: str) -> int:
    """The account to enter; 0 when the password is not right or there is none."""
    usable = found if found and found.is_usable else None
    if not passwords.matches(usable.password_hash if usable else None, password) or usable is None:
        return 0
    with tenant(None, usable.id):
        accounts = queries.accounts_of(usable.id)
    return int(accounts[0].id) if accounts else 0


def _buckets(email: str, user_id: int, visitor: Visitor) -> list[Bucket]:
    """Of people that do not exist too: the answers must not tell."""
    person, place = hashlib.sha256(email.encode()).hexdigest()[:24], network_of(visitor.ip)
    if number := known_browsers.number_of(visitor.known, user_id):
        return [Bucket(f"browser:{person}:{number}", free=10, first=5, most=300)]
    if place in queries.networks_of(user_id):
        return [Bucket(f"known:{person}:{place}", free=10, first=5, most=60)]
    return [
        Bucket(f"person:{person}:{place}", free=5, first=5, most=900),
        Bucket(f"person:{person}", free=10, first=5, most=600),
        Bucket(f"place:{place}", free=100, first=1, most=60),
    ]


def _note_failure(user_id: int, ip: str) -> None:
    """The trace: a line for the operator, and a fact in each account of the person."""
    log.warning("sign-in refused", user=user_id, ip=ip)
    with tenant(None, user_id):
        accounts = [int(row.id) for row in queries.accounts_of(user_id)]
    for account_id in accounts:
        with tenant(account_id), transaction():
            announce(SignInFailed(account_id=account_id, actor=Actor.system(), user_id=user_id, ip=ip))
