"""Verbs on accounts, users and sessions. One transaction each."""

from __future__ import annotations

import secrets

from sqlalchemy import func, insert, select, update

from clarin_web.accounts import passwords, queries
from clarin_web.accounts.limits import forgive, spend
from clarin_web.db import execute, tenant, transaction
from clarin_web.events import AccessChanged, Actor, NamesChanged, UserSignedIn, announce
from clarin_web.lib.errors import DomainError, Invalid, NotFound
from clarin_web.models import ROLES, Account, Membership, User, UserSession


class WrongCredentials(DomainError):
    """One error for unknown user, wrong password and disabled user: nobody learns which."""

    status = 401


def create_account(
    name: str,
    *,
    country: str = "PE",
    currency: str = "PEN",
    time_zone: str = "America/Lima",
    is_demo: bool = False,
) -> int:
    """A new, empty tenant. Returns its id."""
    with transaction():
        statement = insert(Account).returning(Account.id)
        values = {
            "name": name,
            "country": country,
            "currency": currency,
            "time_zone": time_zone,
            "is_demo": is_demo,
        }
        return int(execute(statement, values).scalar_one())


def create_user(
    account_id: int, *, email: str, name: str, password: str, role: str, locale: str = "es"
) -> int:
    """A person with a role in the account; an existing person (same e-mail) only gets the membership."""
    if role not in ROLES:
        raise Invalid("invalid", {"role": "unknown_choice"})
    if (weak := passwords.weakness(password)) is not None:
        raise Invalid("invalid", {"password": weak})
    email = email.strip().lower()
    if "@" not in email or len(email) > 254:
        raise Invalid("invalid", {"email": "not_an_email"})
    hashed = passwords.hash_password(password)
    with tenant(account_id), transaction():
        user_id = execute(select(User.id).where(User.email == email)).scalar_one_or_none()
        if user_id is None:
            values = {"email": email, "name": name, "password_hash": hashed, "locale": locale}
            user_id = execute(insert(User).returning(User.id), values).scalar_one()
        execute(insert(Membership), {"account_id": account_id, "user_id": user_id, "role": role})
        announce(NamesChanged(account_id=account_id, actor=Actor.system()))
        return int(user_id)


def sign_in(email: str, password: str, *, ip: str, user_agent: str) -> str:
    """Check the password and open a session. Returns the cookie's value.

    Raises WrongCredentials (the same for every cause) and TooMany (5 a minute per person and address,
    30 an hour per address). The limit is a delay, never a lock others can hold on somebody.
    """
    email = email.strip().lower()
    person = f"login:{email}:{ip}"
    spend(f"login:{ip}", 30, 3600)
    spend(person, 5, 60)
    user = queries.find_user_by_email(email)
    usable = user is not None and user.disabled_at is None
    if not passwords.matches(user.password_hash if user and usable else None, password) or user is None:
        raise WrongCredentials("wrong_credentials")
    with tenant(None, user.id):
        accounts = queries.accounts_of(user.id)
    if not accounts:
        raise WrongCredentials("wrong_credentials")
    forgive(person)
    return open_session(user.id, accounts[0].id, ip=ip, user_agent=user_agent)


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
    with transaction():
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
    with transaction():
        statement = (
            update(User)
            .where(User.email == email.strip().lower())
            .values(password_hash=hashed)
            .returning(User.id)
        )
        user_id = execute(statement).scalar_one_or_none()
        if user_id is None:
            raise NotFound()
        ended = update(UserSession).where(UserSession.user_id == user_id).values(revoked_at=func.now())
        for account_id in set(execute(ended.returning(UserSession.account_id)).scalars()):
            _tell_pages(account_id, user_id)


def _tell_pages(account_id: int, user_id: int) -> None:
    """Pages this person has open are checked at once, not within the minute."""
    announce(AccessChanged(account_id=account_id, actor=Actor.user(user_id), user_id=user_id))
