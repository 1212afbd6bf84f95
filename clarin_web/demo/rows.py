"""Rows by the hundred: one INSERT that answers the new ids in order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from clarin_web.db import execute
from clarin_web.models import Base

Row = dict[str, Any]


def insert_rows(model: type[Base], rows: list[Row]) -> list[int]:
    """The new ids in the order of `rows`."""
    made = insert(model).returning(model.__table__.c.id, sort_by_parameter_order=True)
    return list(execute(made, rows).scalars())
