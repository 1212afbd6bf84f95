"""Roles and what they may do (product.md, Roles), and `visible()`: the one function that decides visibility."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_

from clarin_web.lib.errors import Forbidden
from clarin_web.models import Chat, Lead


class Permission(StrEnum):
    READ = "read"
    WORK = "work"
    ASSIGN = "assign"
    EXPORT = "export"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_KOMMO = "manage_kommo"
    MANAGE_PIPELINES = "manage_pipelines"
    MANAGE_USERS = "manage_users"
    OWN = "own"


_AGENT = frozenset({Permission.READ, Permission.WORK})
_MANAGER = _AGENT | {Permission.ASSIGN}
_ADMIN = frozenset(Permission) - {Permission.OWN}
GRANTS: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "admin": _ADMIN,
    "manager": _MANAGER,
    "agent": _AGENT,
    "viewer": frozenset({Permission.READ}),
}


WORKING_ROLES = tuple(role for role, granted in GRANTS.items() if Permission.WORK in granted)


@dataclass(frozen=True, slots=True)
class Member:
    """A user in an account, as queries and actions need them. `scope`: all, unassigned_and_own or own.

    `country` (ISO) is the account's: how the phones they type are read.
    """

    account_id: int
    user_id: int
    role: str
    scope: str = "all"
    country: str = "PE"

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS.get(self.role, frozenset())

    def must(self, permission: Permission) -> None:
        """Raise Forbidden unless the role grants it."""
        if not self.may(permission):
            raise Forbidden()

    @property
    def sees_all(self) -> bool:
        return self.role in ("owner", "admin", "manager") or self.scope == "all"

    @property
    def audience(self) -> str:
        """The same for everybody who sees the same rows: part of the key of what they share."""
        return "all" if self.sees_all else f"{self.scope}:{self.user_id}"


def visible(model: type[Lead] | type[Chat], member: Member) -> ColumnElement[bool]:
    """The rows of `model` that `member` may see. Lists, counts, search, exports and pushes all use it."""
    ours = model.account_id == member.account_id
    if member.sees_all:
        return ours
    if member.scope == "unassigned_and_own":
        return and_(ours, or_(model.owner_id.is_(None), model.owner_id == member.user_id))
    return and_(ours, model.owner_id == member.user_id)
