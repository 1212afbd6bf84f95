"""Facts about people, their sessions and their rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from clarin_web.announcing import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged(Fact):
    """A session ended, or what a person may see or do changed. `user_id` None: of everybody in the account."""

    durable: ClassVar[bool] = False
    user_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSignedIn(Fact):
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Fact):
    """A wrong password for a person of the account. Attempts that had to wait are not checked, and leave none."""

    user_id: int
    ip: str
