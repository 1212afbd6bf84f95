"""Verbs on accounts, users and sessions. One transaction each."""

from __future__ import annotations

import secrets

from sqlalchemy import BigInteger, cast, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from clarin_web.accounts import passwords, queries
from clarin_web.db import execute, tenant, transaction
from clarin_web.events import AccessChanged, Actor, NamesChanged, UserSignedIn, announce
from clarin_web.lib.errors import Conflict, Invalid, NotFound
from clarin_web.lib.regions import COUNTRY, CURRENCY, TIME_ZONE, is_known
from clarin_web.models import ROLES, User, UserSession


def create_account(
    name: str,
    *,
    country: str = "PE",
    currency: str = "PEN",
    time_zone: str = "America/Lima",
    is_demo: bool = False,
) -> int:
    """A new, empty tenant. Returns its id. Raises Invalid for a place no page could be drawn for."""
    said = {COUNTRY: country, CURRENCY: currency, TIME_ZONE: time_zone}
    if wrong := {name: "unknown_choice" for name, value in said.items() if not is_known(name, value)}:
        raise Invalid("invalid", wrong)
    with transaction():
        made = select(func.open_account(name, country, currency, time_zone, is_demo))
        return int(execute(made).scalar_one())


def create_user(
    account_id: int, *, email: str, name: str, password: str, role: str, locale: str = "es"
) -> int:
    """A person with a role in the account; an existing person (same e-mail) only gets the membership.

    Raises Invalid; Conflict when the person has one already.
    """
    if role not in ROLES:
        raise Invalid("invalid", {"role": "unknown_choice"})
    if (weak := passwords.weakness(password)) is not None:
        raise Invalid("invalid", {"password": weak})
    email = email.strip().lower()
    if "@" not in email or len(email) > 254:
        raise Invalid("invalid", {"email": "not_an_email"})
    hashed = passwords.hash_password(password)
    with transaction():
        try:
            user_id = add_person(account_id, email, name, hashed, locale, role)
        except IntegrityError as known:
            raise Conflict("already_member") from known
        announce(NamesChanged(account_id=account_id, actor=Actor.system()))
        return user_id


def add_person(account_id: int, email: str, name: str, hashed: str, locale: str, role: str) -> int:
    """The operator's: nobody inside an account can make another account's person one of theirs."""
    with tenant(None):
        added = select(func.add_person(cast(account_id, BigInteger), email, name, hashed, locale, role))
        return int(execute(added).scalar_one())


def open_session(user_id: int, account_id: int, *, ip: str, user_agent: str) -> str:
    """A session row and its cookie value "account.user.secret"; only the secret's hash is stored."""
    token = secrets.token_urlsafe(32)
    values = {
        "user_id": user_id,
        "account_id": account_id,
        "token_hash": queries.hash_token(token),
        "csrf_token": secrets.token_urlsafe(24),
        "ip": ip[:64],
        "user_agent": user_agent[:300],
    }
    with tenant(account_id, user_id), transaction():
        execute(insert(UserSession), values)
        announce(UserSignedIn(account_id=account_id, actor=Actor.user(user_id), user_id=user_id))
    return f"{account_id}.{user_id}.{token}"


def enter_account(session_id: int, user_id: int, account_id: int) -> str:
    """Switch a session to another account of the user; the secret rotates. Raises NotFound for others'."""
    with tenant(None, user_id):
        if account_id not in {row.id for row in queries.accounts_of(user_id)}:
            raise NotFound()
    token = secrets.token_urlsafe(32)
    with tenant(account_id, user_id), transaction():
        statement = update(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id)
        left = execute(
            select(UserSession.account_id).where(UserSession.id == session_id)
        ).scalar_one_or_none()
        if left is not None:
            _tell_pages(left, user_id)
        execute(statement.values(account_id=account_id, token_hash=queries.hash_token(token)))
    return f"{account_id}.{user_id}.{token}"


def close_session(session_id: int, user_id: int) -> None:
    """Revoke a session of the user. Raises NotFound for anybody else's. Idempotent."""
    with transaction():
        statement = (
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.user_id == user_id)
            .values(revoked_at=func.coalesce(UserSession.revoked_at, func.now()))
            .returning(UserSession.account_id)
        )
        account_id = execute(statement).scalar_one_or_none()
        if account_id is None:
            raise NotFound()
        _tell_pages(account_id, user_id)


def touch_session(session_id: int) -> None:
    """Note that the session is in use; called at most once a minute."""
    with transaction():
        execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=func.now()))


def save_preferences(user_id: int, account_id: int, *, locale: str, theme: str) -> None:
    """They are the person's everywhere; pages of the account they are in follow at once, of others in seconds."""
    with transaction():
        execute(update(User).where(User.id == user_id).values(locale=locale, theme=theme))
        _tell_pages(account_id, user_id)


def set_password(email: str, password: str) -> None:
    """The operator's reset: a new password, and every session of the person ends."""
    if (weak := passwords.weakness(password)) is not None:
        raise Invalid("invalid", {"password": weak})
    hashed = passwords.hash_password(password)
    with tenant(None), transaction():
        changed = text("SELECT * FROM change_password(:email, :hash)")
        places = execute(changed, {"email": email.strip().lower(), "hash": hashed}).all()
        if not places:
            raise NotFound()
        for user_id, account_id in places:
            _tell_pages(account_id, user_id)


def _tell_pages(account_id: int, user_id: int) -> None:
    """Pages this person has open are checked at once, not within the minute."""
    announce(AccessChanged(account_id=account_id, actor=Actor.user(user_id), user_id=user_id))
