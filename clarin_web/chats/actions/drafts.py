"""What somebody typed and did not send: kept on the server, one per person and chat."""

from __future__ import annotations

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.chats.queries import may_see_chat
from clarin_web.db import execute, transaction
from clarin_web.lib.errors import NotFound
from clarin_web.models import Draft


def save_draft(member: Member, chat_id: int, body: str, quoted_wa_id: str | None = None) -> None:
    """Remember the text; an empty one forgets it. Nobody else is told: a draft is private."""
    member.must(Permission.WORK)
    with transaction():
        if not may_see_chat(member, chat_id):
            raise NotFound("chat")
        mine = (
            Draft.account_id == member.account_id,
            Draft.chat_id == chat_id,
            Draft.user_id == member.user_id,
        )
        if not body.strip():
            execute(delete(Draft).where(*mine))
            return
        execute(
            insert(Draft)
            .values(
                account_id=member.account_id,
                chat_id=chat_id,
                user_id=member.user_id,
                body=body,
                quoted_wa_id=quoted_wa_id,
            )
            .on_conflict_do_update(
                index_elements=[Draft.account_id, Draft.user_id, Draft.chat_id],
                set_={"body": body, "quoted_wa_id": quoted_wa_id, "updated_at": func.now()},
            )
        )
