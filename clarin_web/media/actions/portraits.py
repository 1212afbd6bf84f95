"""Profile pictures: announced, fetched as any file, kept small, and hung up where their contact is shown.

The one that hangs stays until the next is here; a contact has one, whichever of the account's numbers sees it.
"""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from clarin_web.db import execute, session, transaction
from clarin_web.events import Actor, ContactChanged, MediaWanted, announce
from clarin_web.media.actions.keeping import forget_bytes, keep_picture
from clarin_web.media.announced import File
from clarin_web.models import Contact, Media

PORTRAIT_SIDE = 192  # pixels: twice the largest place it is shown at, on a dense screen


def expect_portrait(account_id: int, contact_id: int, device_id: int, portrait_id: str, file: File) -> None:
    """Inside the caller's transaction. The same one told twice is fetched once."""
    known = _of(account_id, contact_id, Media.name == portrait_id)
    if not file.ref or execute(select(Media.id).where(*known).limit(1)).first():
        return
    row = {
        "account_id": account_id,
        "contact_id": contact_id,
        "device_id": device_id,
        "name": portrait_id,
        "ref": file.ref,
        "mime": file.mime,
        "due_at": func.now(),
    }
    execute(insert(Media).values(row))
    announce(MediaWanted(account_id=account_id, actor=Actor.whatsapp(), device_id=device_id))


def hang(account_id: int, media_id: int, picture: bytes) -> None:
    """It was looked at and drawn small: only that is kept. What is no picture is nobody's portrait."""
    with transaction():
        media = session().scalar(
            select(Media)
            .where(Media.account_id == account_id, Media.id == media_id, Media.state == "waiting")
            .with_for_update()
        )
        if media is None or media.contact_id is None:
            return
        whole, contact_id = media.hash, media.contact_id
        if not picture:
            session().delete(media)
            session().flush()
            forget_bytes(account_id, whole)
            return
        media.hash = keep_picture(account_id, picture)
        media.state, media.mime, media.size = "ready", "image/webp", len(picture)
        media.ref, media.reason, media.due_at = None, "", None
        session().flush()
        newer = _of(account_id, contact_id, Media.id > media.id, Media.state == "ready")
        if execute(select(Media.id).where(*newer).limit(1)).first():
            _forget(account_id, contact_id, Media.id == media.id, also=whole)
            return
        _forget(account_id, contact_id, Media.id < media.id, also=whole)
        _show(account_id, contact_id, media.hash)


def take_down(account_id: int, contact_id: int, device_id: int) -> None:
    """They have none any more, says the number that saw it; another number's word may only mean that it is hidden."""
    mine = _of(account_id, contact_id, Media.device_id == device_id)
    if execute(select(Media.id).where(*mine).limit(1)).first():
        _forget(account_id, contact_id)
        _show(account_id, contact_id, "")


def _of(account_id: int, contact_id: int, *which):  # type: ignore[no-untyped-def]
    return Media.account_id == account_id, Media.contact_id == contact_id, *which


def _forget(account_id: int, contact_id: int, *which, also: str = "") -> None:  # type: ignore[no-untyped-def]
    rows = list(
        session().scalars(select(Media).where(*_of(account_id, contact_id, *which)).with_for_update())
    )
    digests = [media.hash for media in rows]
    for media in rows:
        session().delete(media)
    session().flush()  # the question who else names their bytes must not find them
    forget_bytes(account_id, *digests, also)


def _show(account_id: int, contact_id: int, digest: str) -> None:
    mine = Contact.account_id == account_id, Contact.id == contact_id, Contact.portrait != digest
    changed = update(Contact).where(*mine).values(portrait=digest, version=Contact.version + 1)
    if execute(changed.returning(Contact.id).execution_options(synchronize_session=False)).first():
        announce(ContactChanged(account_id=account_id, actor=Actor.whatsapp(), contact_id=contact_id))
