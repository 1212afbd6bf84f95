"""Reads of accounts, members and sessions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Row, Select, bindparam, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import execute, tenant
from clarin_web.lib.networks import network_of
from clarin_web.models import Account, FactRow, Membership, User, UserSession

KNOWN_FOR = timedelta(days=90)
IDLE, ABSOLUTE, SEEN_EVERY = timedelta(hours=8), timedelta(days=7), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Everything a request needs to know about who is asking; one statement."""

    session_id: int
    user_id: int
    email: str
    name: str
    locale: str
    theme: str
    csrf_token: str
    is_stale: bool
    account_id: int
    account_name: str
    country: str
    currency: str
    time_zone: str
    is_demo: bool
    role: str
    scope: str
    other_accounts: list[dict[str, Any]]

    @property
    def member(self) -> Member:
        return Member(self.account_id, self.user_id, self.role, self.scope, self.country)


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def find_signed_in(user_id: int, account_id: int, token: str) -> SignedIn | None:
    """The live session of a cookie, or None: unknown, revoked, idle too long, disabled, or no longer a member.

    The caller has entered (account, user) as the tenant, so membership is visible; a cookie that names
    another account than its session's does not match.
    """
    values = {"token": hash_token(token), "user": user_id, "account": account_id}
    row = execute(_SIGNED_IN, values).mappings().one_or_none()
    return SignedIn(**row) if row else None


def _signed_in() -> Select[Any]:
    """Built once: it runs before every page. The other accounts come along, for the account menu."""
    user, account = bindparam("user", type_=BigInteger), bindparam("account", type_=BigInteger)
    other, theirs = aliased(Account), aliased(Membership)
    entry = func.json_build_object("id", other.id, "name", other.name)
    others = (
        select(
            func.coalesce(func.json_agg(aggregate_order_by(entry, other.id)), literal_column("'[]'::json"))
        )
        .join(theirs, theirs.account_id == other.id)
        .where(theirs.user_id == user, theirs.disabled_at.is_(None), other.id != account)
        .scalar_subquery()
    )
    return (
        select(
            UserSession.id.label("session_id"),
            User.id.label("user_id"),
            User.email,
            User.name,
            User.locale,
            User.theme,
            UserSession.csrf_token,
            (UserSession.last_seen_at < func.now() - SEEN_EVERY).label("is_stale"),
            Account.id.label("account_id"),
            Account.name.label("account_name"),
            Account.country,
            Account.currency,
            Account.time_zone,
            Account.is_demo,
            Membership.role,
            Account.agent_scope.label("scope"),
            others.label("other_accounts"),
        )
        .join(User, User.id == UserSession.user_id)
        .join(Account, Account.id == UserSession.account_id)
        .join(Membership, (Membership.account_id == Account.id) & (Membership.user_id == User.id))
        .where(
            UserSession.token_hash == bindparam("token", type_=LargeBinary),
            UserSession.user_id == user,
            UserSession.account_id == account,
            UserSession.revoked_at.is_(None),
            User.disabled_at.is_(None),
            Membership.disabled_at.is_(None),
            UserSession.last_seen_at > func.now() - IDLE,
            UserSession.created_at > func.now() - ABSOLUTE,
        )
    )


_SIGNED_IN = _signed_in()


@dataclass(frozen=True, slots=True)
class Credentials:
    id: int
    password_hash: str
    is_usable: bool


def find_credentials(email: str) -> Credentials | None:
    """What a password is checked against. The only way to a hash, and open only while no account is entered."""
    with tenant(None):
        row = execute(_CREDENTIALS, {"email": email.strip().lower()}).mappings().one_or_none()
    return Credentials(**row) if row else None


_CREDENTIALS = text("SELECT * FROM find_credentials(:email)")


def accounts_of(user_id: int) -> list[Row[Any]]:
    """(id, name, role) of every account the user belongs to, oldest first. Needs the user as tenant user."""
    statement = (
        select(Account.id, Account.name, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.user_id == user_id, Membership.disabled_at.is_(None))
        .order_by(Account.id)
    )
    return list(execute(statement).all())


def members_of(account_id: int) -> list[Row[Any]]:
    """(user_id, name, role) of the account's active people, by name: owner pickers, filters."""
    statement = (
        select(User.id.label("user_id"), User.name, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.account_id == account_id, Membership.disabled_at.is_(None), User.disabled_at.is_(None)
        )
        .order_by(User.name, User.id)
    )
    return list(execute(statement).all())


def sessions_of(user_id: int) -> list[Row[Any]]:
    """Open sessions of a user, latest first."""
    statement = (
        select(
            UserSession.id,
            UserSession.ip,
            UserSession.user_agent,
            UserSession.created_at,
            UserSession.last_seen_at,
        )
        .where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(execute(statement).all())


def networks_of(user_id: int) -> set[str]:
    """Where the person signed in from lately, and with the right password."""
    lately = UserSession.created_at > func.now() - KNOWN_FOR
    with tenant(None, user_id):
        found = execute(select(UserSession.ip).where(UserSession.user_id == user_id, lately).distinct())
        return {network_of(ip) for ip in found.scalars()}


def failed_sign_ins(member: Member, days: int = 30) -> list[Row[Any]]:
    """(name, tries, places, last) of wrong passwords: the member's own, or of everybody they manage."""
    who = FactRow.data["user_id"].as_integer()
    mine = () if member.may(Permission.MANAGE_USERS) else (User.id == member.user_id,)
    statement = (
        select(
            User.name,
            func.count().label("tries"),
            func.count(FactRow.data["ip"].astext.distinct()).label("places"),
            func.max(FactRow.at).label("last"),
        )
        .join(User, User.id == who)
        .where(FactRow.account_id == member.account_id, FactRow.kind == "SignInFailed", *mine)
        .where(FactRow.at > func.now() - timedelta(days=days))
        .group_by(User.id, User.name)
        .order_by(func.max(FactRow.at).desc())
    )
    return list(execute(statement).all())


def account_ids() -> list[int]:
    """Every account of this installation: supervisors and sweepers visit them one by one."""
    with tenant(None):
        return list(execute(text("SELECT every_account()")).scalars())


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: int
    name: str
    country: str
    currency: str
    time_zone: str
    created_at: datetime


def find_account(account_id: int) -> AccountRow | None:
    statement = select(
        Account.id, Account.name, Account.country, Account.currency, Account.time_zone, Account.created_at
    ).where(Account.id == account_id)
    row = execute(statement).mappings().one_or_none()
    return AccountRow(**row) if row else None
