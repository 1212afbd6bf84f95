"""Background work of files, and the clock that finds what was forgotten."""

from __future__ import annotations

from sqlalchemy import func, select

from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, tenant
from clarin_web.events import MediaArrived
from clarin_web.jobs import enqueue, job
from clarin_web.media import actions
from clarin_web.models import Media

EXAMINE = "clarin_web.media.jobs.examine"
AT_ONCE = 200


@job
def examine(account_id: int, media_id: int) -> None:
    """What a file is, and a small picture of it."""
    actions.examine(account_id, media_id)


def examine_soon(fact: MediaArrived) -> None:
    """Listener: bytes came. Drawing is a second for each large one: chats and Kommo have other workers."""
    enqueue("pictures", EXAMINE, fact.account_id, fact.media_id)


def sweep() -> None:
    """Every account: files whose worker died are looked at again; uploads nobody sent go."""
    for account_id in account_ids():
        with tenant(account_id):
            for media_id in _overlooked(account_id):
                enqueue("pictures", EXAMINE, account_id, media_id, once=f"examine-{media_id}")
            actions.forget_unsent(account_id)


def _overlooked(account_id: int) -> list[int]:
    waiting = Media.account_id == account_id, Media.state == "waiting", Media.hash != ""
    late = select(Media.id).where(*waiting, Media.due_at <= func.now()).order_by(Media.id).limit(AT_ONCE)
    return list(execute(late).scalars())
