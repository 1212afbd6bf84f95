"""Rows of dicts as one jsonb parameter: one statement however many rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Table, TableValuedAlias, Text, and_, case, cast, column, func, tuple_
from sqlalchemy.dialects.postgresql import JSONB, Insert, insert
from sqlalchemy.types import TypeEngine

Columns = Mapping[str, TypeEngine[Any]]


def recordset(rows: Sequence[Mapping[str, object]], columns: Columns) -> TableValuedAlias:
    """`rows` as a FROM element with typed `columns`, named t."""
    document = cast(json.dumps(rows, default=_plain, ensure_ascii=False), Text)
    typed = [column(name, type_) for name, type_ in columns.items()]
    return (
        func.jsonb_to_recordset(cast(document, JSONB))
        .table_valued(*typed, name="t")
        .render_derived(with_types=True)
    )


def insert_from(table: Table, rows: Sequence[Mapping[str, object]], columns: Columns) -> Insert:
    """INSERT INTO table (columns) SELECT … FROM the rows."""
    source = recordset(rows, columns)
    return insert(table).from_select(list(columns), source.select())


def unless_kept(
    kept: ColumnElement[bool], mine: ColumnElement[Any], theirs: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Ours where a person decided here, else Kommo's."""
    return case((kept, mine), else_=theirs)


def differs(
    table: Table, values: Mapping[str, ColumnElement[Any]], names: Iterable[str]
) -> ColumnElement[bool]:
    """Whether writing `values` would change any of `names`: an unchanged row is not written at all."""
    wanted = list(names)
    mine = tuple_(*(table.c[name] for name in wanted))
    return and_(mine.is_distinct_from(tuple_(*(values[name] for name in wanted))))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
