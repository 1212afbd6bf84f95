"""Kommo's pages kept as they came, for a few days and up to so many megabytes, so that a stretch can be replayed.

A page is kept in the transaction of the rows it brought. One that brought nothing new is not kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select

from clarin_web.config import settings
from clarin_web.db import execute, transaction
from clarin_web.kommo.answers import Page, Row, Told, parse, read_page
from clarin_web.models import KommoPage

FASTEST = 1  # level 9 would take six times as long for a tenth less
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there to replay. `oldest` and `newest` are None when nothing is."""

    pages: int
    size: int
    oldest: datetime | None
    newest: datetime | None


def packed(page: Page) -> bytes:
    """What is to be kept of it; nothing when nothing is. Takes a while: done before its transaction opens."""
    return zlib.compress(page.raw, FASTEST) if page.raw and page.rows and _is_wanted() else b""


def keep(account_id: int, connection_id: int, stream: str, page: Page, body: bytes = b"") -> None:
    """Inside the transaction of its rows. `body` is the page packed."""
    body = body or packed(page)
    if not body:
        return
    values: dict[str, Any] = {
        "account_id": account_id,
        "connection_id": connection_id,
        "stream": stream,
        "asked": page.asked,
        "rows": len(page.rows),
        "size": len(body),
        "body": body,
    }
    execute(insert(KommoPage).values(**values))


def kept_of(account_id: int, connection_id: int) -> Kept:
    """How much there is to replay."""
    size = func.coalesce(func.sum(KommoPage.size), 0)
    fetched = KommoPage.fetched_at
    found = select(func.count(), size, func.min(fetched), func.max(fetched))
    pages, taken, oldest, newest = execute(found.where(*_of(account_id, connection_id))).one()
    return Kept(pages, int(taken), oldest, newest)


def ids_between(
    account_id: int, connection_id: int, stream: str, since: datetime, until: datetime
) -> list[int]:
    """Pages of a stretch, oldest first; of every list when `stream` is empty."""
    wanted = select(KommoPage.id).where(
        *_of(account_id, connection_id), KommoPage.fetched_at >= since, KommoPage.fetched_at < until
    )
    if stream:
        wanted = wanted.where(KommoPage.stream == stream)
    return list(execute(wanted.order_by(KommoPage.id)).scalars())


def opened(account_id: int, ids: list[int], names: dict[str, str]) -> Iterator[tuple[str, list[Row]]]:
    """(list, rows) of each page; `names` says by list how its rows are called in an answer. One tidied meanwhile is
    passed over."""
    for id_ in ids:
        wanted = select(KommoPage.stream, KommoPage.body)
        row = execute(wanted.where(KommoPage.account_id == account_id, KommoPage.id == id_)).first()
        if row is not None and row.stream in names:
            body = parse(zlib.decompress(row.body))
            yield row.stream, read_page(Told(body, "", b""), names[row.stream]).rows


def forget_old_pages(account_id: int) -> None:
    """By age, then the oldest of each connection beyond its megabytes."""
    limit = datetime.now(UTC) - timedelta(days=settings().kommo_keep_days)
    newer = func.sum(KommoPage.size).over(partition_by=KommoPage.connection_id, order_by=KommoPage.id.desc())
    sized = select(KommoPage.id, newer.label("taken")).where(KommoPage.account_id == account_id).subquery()
    over = select(sized.c.id).where(sized.c.taken > settings().kommo_keep_mb * MEGABYTE)
    with transaction():
        for which in (KommoPage.fetched_at < limit, KommoPage.id.in_(over)):
            gone = delete(KommoPage).where(KommoPage.account_id == account_id, which)
            execute(gone.execution_options(synchronize_session=False))


def _is_wanted() -> bool:
    return settings().kommo_keep_days > 0 and settings().kommo_keep_mb > 0


def _of(account_id: int, connection_id: int) -> tuple[ColumnElement[bool], ...]:
    return KommoPage.account_id == account_id, KommoPage.connection_id == connection_id
