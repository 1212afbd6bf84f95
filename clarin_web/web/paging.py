"""Keyset cursors: the last row's sort values as an opaque, URL-safe text."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from clarin_web.lib.errors import Invalid

PAGE, MOST = 50, 200


def _aware(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("a cursor's time has a zone")
    return when


def _big(text: str) -> int:
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value


KINDS: dict[str, Callable[[str], Any]] = {"time": _aware, "int": _big, "text": str, "amount": Decimal}


def encode_cursor(*values: object) -> str:
    """Opaque text for a row's sort values (times, ints, texts, amounts)."""
    parts = [v.isoformat() if isinstance(v, datetime) else str(v) for v in values]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode_cursor(text: str, kinds: Sequence[str]) -> tuple[Any, ...]:
    """The values of a cursor, one per kind ("time", "int", "text", "amount"). Raises Invalid("bad_cursor")."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError("not a list of texts")
        return tuple(KINDS[kind](part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, binascii.Error, InvalidOperation, RecursionError, UnicodeDecodeError) as error:
        raise Invalid("bad_cursor") from error
