"""Rows of dicts as one jsonb parameter: one statement however many rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Table,
    TableValuedAlias,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.types import TypeEngine

LAG = timedelta(hours=1)
AHEAD = timedelta(minutes=1)  # what is stamped later than this from now was stamped by a client
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


def one_of(column: Any, values: Iterable[Any], type_: TypeEngine[Any] | None = None) -> ColumnElement[bool]:
    """`column` among `values`, as one array parameter: an IN list is a statement anew for each length."""
    return column == any_(literal(list(values), ARRAY(type_ or BigInteger())))


def pairs(values: Iterable[tuple[str, str]]) -> Select[Any]:
    """Two columns of text, for `tuple_(a, b).in_(…)`, as one parameter."""
    rows = [{"a": first, "b": second} for first, second in values]
    source = recordset(rows, {"a": Text(), "b": Text()})
    return select(source.c.a, source.c.b)


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


def is_believed(table: Table, new: Any) -> ColumnElement[bool]:
    """Whether an answer overwrites what we hold: one with an older stamp is a late one, and does not. But what was
    last changed longer ago than lists lag was stamped into the past: then the older stamp is the truth. And a stamp
    that we hold from the future proves nothing against any answer."""
    mine, now = table.c.kommo_updated_at, datetime.now(UTC)
    is_no_proof = (mine < now - LAG) | (mine > now + AHEAD)
    return func.coalesce((mine <= new.kommo_updated_at) | is_no_proof, true())


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
