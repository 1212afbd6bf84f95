"""Accounts (tenants), users, memberships and the sessions people sign in with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clarin_web.models.base import Base, Id, Now, Owned, own_key

ROLES = ("owner", "admin", "manager", "agent", "viewer")
SCOPES = ("all", "unassigned_and_own", "own")


class Account(Base):
    """The tenant. Has no `account_id`: it is the account."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(f"agent_scope IN {SCOPES}", "agent_scope"),)
    id: Mapped[Id]
    name: Mapped[str]
    country: Mapped[str] = mapped_column(server_default="PE")
    currency: Mapped[str] = mapped_column(server_default="PEN")
    time_zone: Mapped[str] = mapped_column(server_default="America/Lima")
    agent_scope: Mapped[str] = mapped_column(server_default="all")
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Now]


class User(Base):
    """A person. Global: one person may belong to several accounts."""

    __tablename__ = "app_user"
    __table_args__ = (UniqueConstraint("email"),)
    id: Mapped[Id]
    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="es")
    theme: Mapped[str] = mapped_column(server_default="system")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[Now]


class UserSession(Base):
    """A signed-in browser. The cookie holds the secret; the row holds its SHA-256 only."""

    __tablename__ = "user_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("app_user.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("account.id", ondelete="SET NULL"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    csrf_token: Mapped[str]
    ip: Mapped[str] = mapped_column(server_default="")
    user_agent: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Now]
    last_seen_at: Mapped[Now]
    revoked_at: Mapped[datetime | None]


class Membership(Owned, Base):
    """What a user may do in one account. Row-level security also lets a user see their own rows."""

    __tablename__ = "membership"
    __table_args__ = (
        own_key(),
        UniqueConstraint("account_id", "user_id"),
        Index(None, "user_id"),
        CheckConstraint(f"role IN {ROLES}", "role"),
    )
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("app_user.id", ondelete="CASCADE"))
    role: Mapped[str]
    kommo_user_id: Mapped[int | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[Now]
