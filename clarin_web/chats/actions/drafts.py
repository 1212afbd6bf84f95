"""What somebody typed and did not send: kept on the server, one answer and one note per person and chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.queries import DRAFT_VERSION, may_see_chat, sent_already
from clarin_web.db import execute, transaction
from clarin_web.lib.errors import NotFound
from clarin_web.models import Draft


@dataclass(frozen=True, slots=True)
class NewDraft:
    """`kind`: answer, or note. With `client_id` it may be what was sent while its page died.

    `seen`: the version its writer had read; what another browser of theirs saved since is not lost. None: unknown.
    """

    kind: str
    body: str
    client_id: str = ""
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class SavedDraft:
    """The version there is now (0: none). `other`: another browser's words, kept instead. `is_sent`: these were."""

    version: int = 0
    other: str = ""
    is_sent: bool = False


def save_draft(member: Member, chat_id: int, new: NewDraft) -> SavedDraft:
    """Remember the text; an empty one forgets it. Nobody else is told: a draft is private."""
    member.must(Permission.WORK)
    with transaction():
        if not may_see_chat(member, chat_id):
            raise NotFound("chat")
        if new.client_id and sent_already(member.account_id, chat_id, new.client_id, new.body):
            return SavedDraft(is_sent=True)
        there = _lock(member, chat_id, new.kind)
        if there is not None and _would_lose(there, new):
            return SavedDraft(there.version, there.body)
        if new.body.strip():
            return SavedDraft(_keep(member, chat_id, new))
        forget_draft(member, chat_id, new.kind)
        return SavedDraft()


def forget_draft(member: Member, chat_id: int, kind: str, *, sent: str = "", seen: int | None = None) -> None:
    """Inside the caller's transaction. With `seen` only what its sender had read, or has `sent`."""
    statement = delete(Draft).where(*_whose(member, chat_id, kind))
    if seen is not None:
        same = func.btrim(Draft.body, " \t\r\n") == sent.strip()
        statement = statement.where(or_(seen >= DRAFT_VERSION, same))
    execute(statement)


def _whose(member: Member, chat_id: int, kind: str) -> tuple[Any, ...]:
    mine = Draft.account_id == member.account_id, Draft.user_id == member.user_id
    return *mine, Draft.chat_id == chat_id, Draft.kind == kind


def _lock(member: Member, chat_id: int, kind: str) -> Row[Any] | None:
    saved = select(Draft.body, DRAFT_VERSION.label("version")).where(*_whose(member, chat_id, kind))
    return execute(saved.with_for_update()).one_or_none()


def _would_lose(there: Row[Any], new: NewDraft) -> bool:
    """Words that the writer never saw, and that are not among the new ones."""
    return new.seen is not None and there.version > new.seen and there.body.strip() not in new.body


def _keep(member: Member, chat_id: int, new: NewDraft) -> int:
    whose = {"account_id": member.account_id, "user_id": member.user_id, "chat_id": chat_id, "kind": new.kind}
    saved = (
        insert(Draft)
        .values(**whose, body=new.body)
        .on_conflict_do_update(index_elements=list(whose), set_={"body": new.body, "updated_at": func.now()})
        .returning(DRAFT_VERSION)
    )
    return int(execute(saved).scalar_one())
