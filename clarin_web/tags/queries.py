"""Read the account's tags."""

from __future__ import annotations

from sqlalchemy import Row, select

from clarin_web.db import execute
from clarin_web.models import Tag


def tags_of_account(account_id: int) -> list[Row[tuple[int, str, str]]]:
    """(id, name, color) of the tags in use, by name."""
    statement = select(Tag.id, Tag.name, Tag.color).where(
        Tag.account_id == account_id, Tag.archived_at.is_(None)
    )
    return list(execute(statement.order_by(Tag.name_key)).all())
