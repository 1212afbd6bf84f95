"""What comes as text becomes a value PostgreSQL takes too, or is refused with a reason: never anything else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Date, DateTime, Numeric, Text, cast, literal, select, type_coerce

from clarin_web.db import execute, release
from clarin_web.lib import values
from tests.support.odd_values import DATES, JSONS, NUMBERS, TEXTS

READERS: dict[Callable, object] = {
    values.integer: BigInteger,
    partial(values.integer, low=-(2**63)): BigInteger,
    values.record_id: BigInteger,
    values.amount: Numeric,
    values.day: Date,
    lambda text: values.moment(text).replace(tzinfo=None): DateTime,
    values.instant: DateTime(timezone=True),
    values.plain: Text,
}  # fmt: skip


@pytest.mark.parametrize(
    ("reader", "column"), READERS.items(), ids=lambda value: getattr(value, "__name__", type(value).__name__)
)
def test_what_is_read_postgres_takes_and_gives_back(app, reader, column) -> None:
    read = [found for odd in (*NUMBERS, *DATES, *TEXTS) if (found := values.attempt(reader, odd)) is not None]
    assert read
    said = [
        literal(found, column) if not isinstance(found, str) else type_coerce(found, Text) for found in read
    ]
    assert (
        list(execute(select(*(cast(one, column).label(f"c{n}") for n, one in enumerate(said)))).one()) == read
    )
    release()


@given(st.text() | st.from_regex(r"[-+]?\d*[.,]?\d*([eE][+-]?\d+)?", fullmatch=True))
@example("--5")
@example("²")
@example("1e400000")
def test_readers_raise_nothing_but_value_errors(text: str) -> None:
    for reader in (*READERS, values.clock, values.document, values.optional_id):
        values.attempt(reader, text)  # raises what is no ValueError


@pytest.mark.parametrize("text", JSONS, ids=range(len(JSONS)))
def test_no_document_is_more_than_refused(text: str) -> None:
    values.attempt(values.document, text)


def test_days_at_the_ends_can_be_counted_with() -> None:
    """Whoever adds a day, or says it in another time zone, is still in the calendar."""
    assert [values.attempt(values.day, text) for text in ("0001-01-01", "9999-12-31", "2026-02-30", "20260101")] == [None] * 4  # fmt: skip
    assert str(values.day("9999-12-28")) == "9999-12-28"


def test_usual_values() -> None:
    assert [values.integer("007"), values.record_id("7"), str(values.amount("12.50")), str(values.amount(".5"))] == [7, 7, "12.50", "0.5"]  # fmt: skip
    assert str(values.clock("09:30")) == "09:30:00"
    assert str(values.instant("2026-12-01T09:30:00-05:00")) == "2026-12-01 14:30:00+00:00"
