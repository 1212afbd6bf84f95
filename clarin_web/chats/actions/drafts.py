"""What somebody typed and did not send: kept on the server, one answer and one note per person and chat."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.queries import may_see_chat, sent_already
from clarin_web.db import execute, transaction
from clarin_web.lib.errors import NotFound
from clarin_web.models import Draft


@dataclass(frozen=True, slots=True)
class NewDraft:
    """`kind`: answer, or note. With `client_id` it may be what was sent while its page died."""

    kind: str
    body: str
    client_id: str = ""


def save_draft(member: Member, chat_id: int, new: NewDraft) -> bool:
    """Remember the text; an empty one forgets it. False: its words were sent already, nothing is kept.

    Nobody else is told: a draft is private.
    """
    member.must(Permission.WORK)
    with transaction():
        if not may_see_chat(member, chat_id):
            raise NotFound("chat")
        if new.client_id and sent_already(member.account_id, chat_id, new.client_id, new.body):
            return False
        if new.body.strip():
            _keep(member, chat_id, new)
        else:
            forget_draft(member, chat_id, new.kind)
        return True


def forget_draft(member: Member, chat_id: int, kind: str) -> None:
    """Inside the caller's transaction."""
    mine = Draft.account_id == member.account_id, Draft.user_id == member.user_id
    execute(delete(Draft).where(*mine, Draft.chat_id == chat_id, Draft.kind == kind))


def _keep(member: Member, chat_id: int, new: NewDraft) -> None:
    whose = {"account_id": member.account_id, "user_id": member.user_id, "chat_id": chat_id, "kind": new.kind}
    execute(
        insert(Draft)
        .values(**whose, body=new.body)
        .on_conflict_do_update(index_elements=list(whose), set_={"body": new.body, "updated_at": func.now()})
    )
