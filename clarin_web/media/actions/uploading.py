"""Files from people of ours: kept when they choose them, a message's when they send it, forgotten otherwise."""

from __future__ import annotations

import base64
import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select, update

from clarin_web.accounts.permissions import Member, Permission
from clarin_web.config import settings
from clarin_web.db import execute, release, session, transaction
from clarin_web.lib.apart import NotDone, done_apart
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.lib.text import clean_text
from clarin_web.lib.threads import off_loop
from clarin_web.media.actions.announcing import MOST_NAME
from clarin_web.media.actions.keeping import forget_bytes, keep, keep_picture
from clarin_web.media.queries import space_left
from clarin_web.media.storage import CHUNK, needed_now, scratch
from clarin_web.media.upload_program import PROGRAM
from clarin_web.models import Media

UNSENT = timedelta(days=1)
AT_ONCE = 200
_SEATS = threading.BoundedSemaphore(2)  # files looked at together, a process and a gigabyte at most for each


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `upload_program` says of a file. `is_photo`: it was made a JPEG that phones show."""

    mime: str
    thumb: str
    width: int
    height: int
    seconds: int
    is_photo: bool
    size: int
    digest: str


def store_upload(
    member: Member, stream: BinaryIO, name: str, *, most: int = 0, meant: str = "document"
) -> Media:
    """Keep what a person chose, looked at and ready to be sent with `attach`. `most`: bytes, if fewer than anywhere.

    `meant` as what (see `upload_program`). Raises Invalid: file_too_large, media_quota, file_empty. Unavailable: it
    cannot be kept now.
    """
    member.must(Permission.WORK)
    most, room = most or settings().media_most, space_left(member.account_id)
    release()  # others need the connection more while bytes are copied and looked at
    with needed_now(), scratch() as path:
        _check_size(off_loop(_copy, stream, path, min(most, room)), most, room)
        found = _prepared(path, meant)
        with transaction():
            media = Media(
                account_id=member.account_id,
                uploaded_by=member.user_id,
                state="ready",
                name=_named(name, found),
                mime=found.mime,
                size=found.size,
                seconds=found.seconds,
                hash=keep(member.account_id, path, found.digest),
                thumb_hash=keep_picture(member.account_id, base64.b64decode(found.thumb)),
                width=found.width,
                height=found.height,
            )
            session().add(media)
            session().flush()  # for its id
            return media


def _prepared(path: Path, meant: str) -> Prepared:
    """In a process of its own, few at a time. One that cannot be looked at within bounds is kept as it is."""
    with _SEATS:
        try:
            said = done_apart(PROGRAM, arguments=(str(path), meant))
        except NotDone:
            try:
                said = done_apart(PROGRAM, arguments=(str(path), "plain"))
            except NotDone as error:
                raise OSError("no file can be looked at") from error
    return Prepared(**json.loads(said))


def _named(name: str, found: Prepared) -> str:
    plain = Path(name.replace("\\", "/").rsplit("/", 1)[-1])
    shown = "voice.ogg" if found.seconds else f"{plain.stem}.jpg" if found.is_photo else plain.name
    return clean_text(shown, MOST_NAME, one_line=True)


def _copy(stream: BinaryIO, path: Path, most: int) -> int:
    """How many bytes, counted no further than one more than `most`: what a browser says beforehand is not believed."""
    size = 0
    with path.open("wb") as file:
        while size <= most and (piece := stream.read(CHUNK)):
            size += len(piece)
            file.write(piece)
    return size


def _check_size(size: int, most: int, room: int) -> None:
    if size > most:
        raise Invalid("file_too_large", {"file": "file_too_large"}, most=most >> 20)
    if size > room:
        raise Invalid("media_quota", {"file": "media_quota"})
    if not size:
        raise Invalid("file_empty", {"file": "file_empty"})


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
