"""Files from people of ours: kept when they choose them, a message's when they send it, forgotten otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import func, select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.config import settings
from clarin_web.db import execute, session, transaction
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.lib.text import clean_text
from clarin_web.media.actions.announcing import MOST_NAME
from clarin_web.media.actions.examining import Found, look_at
from clarin_web.media.actions.keeping import forget_bytes, keep, keep_picture
from clarin_web.media.pictures import TooManyPixels
from clarin_web.media.queries import space_left
from clarin_web.media.storage import CHUNK, needed_now, scratch
from clarin_web.media.types import UNKNOWN
from clarin_web.models import Media

UNSENT = timedelta(days=1)
AT_ONCE = 200


def store_upload(member: Member, stream: BinaryIO, name: str, *, most: int = 0) -> Media:
    """Keep what a person chose, looked at and ready to be sent with `attach`. `most`: bytes, if fewer than anywhere.

    Raises Invalid: file_too_large, media_quota, file_empty, picture_too_large. Unavailable: it cannot be kept now.
    """
    member.must(Permission.WORK)
    room = space_left(member.account_id)
    with needed_now(), scratch() as path:
        with path.open("wb") as file:
            size = _copy(stream, file, most or settings().media_most, room)
        try:
            found = look_at(path)
        except TooManyPixels:
            found = Found(UNKNOWN)
        with transaction():
            media = Media(
                account_id=member.account_id,
                uploaded_by=member.user_id,
                state="ready",
                name=clean_text(name.replace("\\", "/").rsplit("/", 1)[-1], MOST_NAME, one_line=True),
                mime=found.mime,
                size=size,
                hash=keep(member.account_id, path),
                thumb_hash=keep_picture(member.account_id, found.thumb),
                width=found.width,
                height=found.height,
            )
            session().add(media)
            session().flush()  # for its id
            return media


def _copy(stream: BinaryIO, file: BinaryIO, most: int, room: int) -> int:
    """Bounded while reading: what a browser says beforehand is not believed."""
    size = 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > most:
            raise Invalid("file_too_large", {"file": "file_too_large"}, most=most >> 20)
        if size > room:
            raise Invalid("media_quota", {"file": "media_quota"})
        file.write(piece)
    if not size:
        raise Invalid("file_empty", {"file": "file_empty"})
    return size


def attach(member: Member, media_id: int, message_id: int) -> None:
    """Inside the message's transaction: the upload of this person becomes the message's file. Or NotFound."""
    mine = (
        Media.account_id == member.account_id,
        Media.id == media_id,
        Media.uploaded_by == member.user_id,
        Media.message_id.is_(None),
    )
    attached = update(Media).where(*mine).values(message_id=message_id).returning(Media.id)
    if execute(attached.execution_options(synchronize_session=False)).first() is None:
        raise NotFound("media")


def copy(account_id: int, media: Media, message_id: int) -> None:
    """Inside the message's transaction: a forwarded file is the same bytes under another message."""
    same = ("state", "name", "mime", "size", "hash", "thumb_hash", "width", "height", "seconds")
    session().add(
        Media(account_id=account_id, message_id=message_id, **{name: getattr(media, name) for name in same})
    )


def forget_unsent(account_id: int) -> int:
    """Uploads nobody sent within a day. Bytes go when no other file has the same. How many."""
    mine = Media.account_id == account_id, Media.message_id.is_(None), Media.contact_id.is_(None)
    old = *mine, Media.created_at < func.now() - UNSENT
    with transaction():
        rows = session().scalars(select(Media).where(*old).limit(AT_ONCE).with_for_update(skip_locked=True))
        gone = list(rows)
        for media in gone:
            _forget(media)
        return len(gone)


def _forget(media: Media) -> None:
    session().delete(media)
    session().flush()  # the question who else names its bytes must not find it
    forget_bytes(media.account_id, media.hash, media.thumb_hash)
