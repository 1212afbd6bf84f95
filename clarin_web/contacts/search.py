"""What was typed to find somebody as conditions on a `search` column, the same in every list and picker."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import InstrumentedAttribute

from clarin_web.lib.search_terms import read_terms
from clarin_web.lib.text import like_pattern


def matches(column: InstrumentedAttribute[str], query: str, country: str) -> list[ColumnElement[bool]]:
    """One condition for each term; a term of several forms is found by any. All use the column's trigram index."""
    return [or_(*(column.like(like_pattern(form)) for form in term)) for term in read_terms(query, country)]
