"""A message with a file came: what was announced of it is written down, and whether it will be downloaded."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.config import settings
from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, MediaWanted, announce
from clarin_web.lib.errors import Conflict
from clarin_web.lib.text import clean_text
from clarin_web.media.actions.telling import tell
from clarin_web.media.announced import File
from clarin_web.media.queries import find_media
from clarin_web.models import Media

MOST_NAME = 200
AGAIN = ("failed", "remote", "refused")  # what WhatsApp has no more does not come back by asking


def expect(account_id: int, message_id: int, device_id: int, file: File, *, at_once: bool = True) -> None:
    """Inside the message's transaction. Not `at_once`: a person asks for it first (messages of long ago)."""
    state = "too_large" if file.size > settings().media_most else "waiting" if at_once else "remote"
    row = {
        "account_id": account_id,
        "message_id": message_id,
        "device_id": device_id,
        "state": state,
        "ref": file.ref,
        "name": clean_text(file.name, MOST_NAME, one_line=True),
        "mime": clean_text(file.mime, 100, one_line=True),
        "due_at": func.now(),
        **{name: _bounded(getattr(file, name)) for name in ("size", "seconds", "width", "height")},
    }
    execute(insert(Media).values(row).on_conflict_do_nothing())
    if state == "waiting":
        announce(MediaWanted(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))


def ask_again(member: Member, media_id: int) -> Media:
    """A person wants it (again). What is on its way already stays on its way."""
    member.must(Permission.WORK)
    with transaction():
        media = find_media(member, media_id)
        session().refresh(media, with_for_update=True)
        if media.state == "waiting":
            return media
        if media.state not in AGAIN or media.device_id is None:
            raise Conflict("media_not_available")
        media.state, media.reason, media.attempts, media.due_at = "waiting", "", 0, func.now()
        session().flush()
        tell(member.account_id, media.message_id)
        announce(
            MediaWanted(
                account_id=member.account_id, actor=Actor.user(member.user_id), device_id=media.device_id
            )
        )
        return media


def _bounded(value: int) -> int:
    """A number somebody else's phone wrote: never larger than a column, never below nothing."""
    return min(max(int(value), 0), 2**53)
