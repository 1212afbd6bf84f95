"""A file that arrived is looked at; then it may be shown."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from clarin_web.db import execute, session, transaction
from clarin_web.lib.errors import NotFound
from clarin_web.media.actions.fetching import gave_up
from clarin_web.media.actions.keeping import keep_picture
from clarin_web.media.actions.portraits import PORTRAIT_SIDE, hang
from clarin_web.media.actions.telling import tell
from clarin_web.media.inspection import Found, look_at
from clarin_web.media.pictures import SIDE, TooManyPixels
from clarin_web.media.storage import borrowed, outage
from clarin_web.media.types import UNKNOWN
from clarin_web.models import Media, Message

log = structlog.get_logger()
SHOWN_AS_PICTURES = ("image", "sticker")


def examine(account_id: int, media_id: int) -> None:
    """Look at a file that arrived. Done twice it does nothing; not done, its claim ends and the clock asks again."""
    try:
        _examine(account_id, media_id)
    except OSError as error:
        outage.began(error, reason=str(error))


def _examine(account_id: int, media_id: int) -> None:
    row = execute(
        select(Media.hash, Media.size, Media.contact_id, Message.kind)
        .outerjoin(Message, (Message.account_id == Media.account_id) & (Message.id == Media.message_id))
        .where(Media.account_id == account_id, Media.id == media_id, Media.state == "waiting")
        .where(Media.hash != "")
    ).one_or_none()
    if row is None:
        return
    side = SIDE if row.contact_id is None else PORTRAIT_SIDE
    try:
        with borrowed(account_id, row.hash, row.size) as path:
            found = look_at(path, side)
    except NotFound:
        gave_up(account_id, media_id, "failed", "lost")
    except TooManyPixels:
        log.warning("a picture too large to open safely", media=media_id)
        if row.contact_id or row.kind in SHOWN_AS_PICTURES:
            gave_up(account_id, media_id, "refused", "too_many_pixels")
        else:
            _ready(account_id, media_id, Found(UNKNOWN))
    else:
        if row.contact_id:
            hang(account_id, media_id, found.thumb)
        else:
            _ready(account_id, media_id, found)


def _ready(account_id: int, media_id: int, found: Found) -> None:
    with transaction():
        media = session().scalar(
            select(Media)
            .where(Media.account_id == account_id, Media.id == media_id, Media.state == "waiting")
            .with_for_update()
        )
        if media is None:
            return
        media.state, media.reason, media.due_at = "ready", "", None
        media.mime, media.thumb_hash = found.mime, keep_picture(account_id, found.thumb)
        if found.width:
            media.width, media.height = found.width, found.height
        session().flush()  # the listeners read the row in statements of their own
        tell(account_id, media.message_id)
