"""Bytes and the rows that name them. Both change under one lock per hash, or a row would name bytes just forgotten."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from clarin_web.db import execute, take_turns
from clarin_web.media.storage import hash_of, keep_bytes, storage
from clarin_web.models import Media


def keep(account_id: int, path: Path, digest: str = "") -> str:
    """Inside the transaction that writes the row: the file's hash, if not known yet. The row must bear it."""
    digest = digest or hash_of(path)
    take_turns(_turn(account_id, digest))
    storage().keep(account_id, digest, path)
    return digest


def keep_picture(account_id: int, data: bytes) -> str:
    """The same for a picture we drew; nothing for none."""
    return keep_bytes(account_id, data, lambda digest: take_turns(_turn(account_id, digest))) if data else ""


def forget_bytes(account_id: int, *digests: str) -> None:
    """Inside the transaction that changed the row: what no row names any more goes."""
    wanted = [digest for digest in digests if digest]
    take_turns(*(_turn(account_id, digest) for digest in wanted))
    for digest in wanted:
        named = (Media.hash == digest) | (Media.thumb_hash == digest)
        other = select(Media.id).where(Media.account_id == account_id, named).limit(1)
        if execute(other).first() is None:
            storage().forget(account_id, digest)


def _turn(account_id: int, digest: str) -> str:
    return f"media:{account_id}:{digest}"
