"""Keyset cursors: the last row's sort values as an opaque, URL-safe text."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from clarin_web.lib import values
from clarin_web.lib.errors import Invalid

PAGE, MOST = 50, 200


def _any_integer(text: str) -> int:
    return values.integer(text, -values.MAX_ID - 1)


KINDS: dict[str, Callable[[str], Any]] = {
    "time": values.instant,
    "int": _any_integer,
    "text": values.plain,
    "amount": values.amount,
}


def encode_cursor(*parts: object) -> str:
    """Opaque text for a row's sort values (times, ints, texts, amounts)."""
    texts = [part.isoformat() if isinstance(part, datetime) else str(part) for part in parts]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def decode_cursor(text: str, kinds: Sequence[str]) -> tuple[Any, ...]:
    """The values of a cursor, one per kind ("time", "int", "text", "amount"). Raises Invalid("bad_cursor")."""
    try:
        parts = values.document(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("not a list of texts")
        return tuple(KINDS[kind](part) for kind, part in zip(kinds, parts, strict=True))
    except ValueError as error:
        raise Invalid("bad_cursor") from error
