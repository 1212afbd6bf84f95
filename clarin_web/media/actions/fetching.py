"""The steps of a download: claimed for a while, then arrived, tried later or given up. A lost claim comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, MediaArrived, announce
from clarin_web.media.actions.keeping import forget_bytes, keep
from clarin_web.media.actions.telling import tell
from clarin_web.models import Media

LEASE = timedelta(minutes=10)
PAUSES = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
GIVEN_UP = ("failed", "expired", "too_large", "refused")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file this process downloads now."""

    id: int
    ref: bytes
    size: int
    attempts: int


def claim(account_id: int, device_id: int) -> Claimed | None:
    """The next file due on this device, ours for LEASE; the smallest first, so that a film holds nothing up."""
    due = (
        select(Media.id)
        .where(*_due(account_id, device_id))
        .order_by(Media.size, Media.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with transaction():
        row = execute(
            update(Media)
            .where(Media.account_id == account_id, Media.id == due.scalar_subquery())
            .values(attempts=Media.attempts + 1, due_at=func.now() + LEASE)
            .returning(Media.id, Media.ref, Media.size, Media.attempts)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return Claimed(row.id, row.ref, row.size, row.attempts) if row else None


def arrived(account_id: int, media_id: int, path: Path) -> None:
    """The bytes are kept; a worker looks at what they are before anybody else does."""
    size = path.stat().st_size
    with transaction():
        digest = keep(account_id, path)
        execute(_waiting(account_id, media_id).values(hash=digest, size=size, due_at=func.now() + LEASE))
        announce(MediaArrived(account_id=account_id, actor=Actor.whatsapp(), media_id=media_id))


def try_later(account_id: int, claimed: Claimed, reason: str) -> None:
    """Longer and longer pauses; after the last, a person may ask again."""
    if claimed.attempts > len(PAUSES):
        gave_up(account_id, claimed.id, "failed", reason)
        return
    pause = PAUSES[claimed.attempts - 1]
    with transaction():
        execute(_waiting(account_id, claimed.id).values(reason=reason[:200], due_at=func.now() + pause))


def let_go(account_id: int, claimed: Claimed) -> None:
    """Whoever fetched it ends: that was no attempt."""
    with transaction():
        values = {"attempts": claimed.attempts - 1, "due_at": func.now()}
        execute(_waiting(account_id, claimed.id).values(values))


def gave_up(account_id: int, media_id: int, state: str, reason: str) -> None:
    """`state` is one of GIVEN_UP; the bubble says so."""
    with transaction():
        mine = Media.account_id == account_id, Media.id == media_id, Media.state == "waiting"
        media = session().scalar(select(Media).where(*mine).with_for_update())
        if media is None:
            return
        had, media.hash = media.hash, ""
        media.state, media.reason, media.due_at = state, reason[:200], None
        if media.contact_id is not None:
            session().delete(media)  # the portrait that was there stays, and is asked for again another day
        session().flush()  # the listeners read the row in statements of their own
        forget_bytes(account_id, had)
        tell(account_id, media.message_id)


def _waiting(account_id: int, media_id: int):  # type: ignore[no-untyped-def]
    """Only what still waits is changed: somebody else may have finished it."""
    mine = Media.account_id == account_id, Media.id == media_id, Media.state == "waiting"
    return update(Media).where(*mine).execution_options(synchronize_session=False)


def _due(account_id: int, device_id: int):  # type: ignore[no-untyped-def]
    return (
        Media.account_id == account_id,
        Media.device_id == device_id,
        Media.state == "waiting",
        Media.hash == "",
        Media.due_at <= func.now(),
    )
