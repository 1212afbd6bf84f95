"""Where something broke, without what it was about: an exception's text holds customers' words as often as not."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

DEPTH = 10  # of exceptions that led to one another


def trace_of(error: BaseException) -> str:
    """Every frame of the exception and of those that led to it: files, lines and kinds, and no value."""
    told: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen and len(seen) < DEPTH:
        seen.add(id(cause))
        frames = "".join(traceback.format_tb(cause.__traceback__))
        told.insert(0, f"Traceback (most recent call last):\n{frames}{_kind(cause)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n\n".join(told)


def _kind(error: BaseException) -> str:
    """Its class, and of PostgreSQL's errors what they are about: a state and the name of a constraint."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    diagnosis = getattr(error, "diag", None)
    about = [getattr(error, "sqlstate", None), getattr(diagnosis, "constraint_name", None)]
    said = " ".join(str(part) for part in about if part)
    return f"{kind} ({said})" if said else kind


class Formatter(logging.Formatter):
    """For the libraries' loggers, which would print an exception's text."""

    def formatException(self, ei: Any) -> str:
        return trace_of(ei[1]) if ei and ei[1] else ""

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's, with the text in it
        return super().format(record)


class Wordless(logging.Filter):
    """An exception among a line's values says its class, an address says its path: a search stands behind it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_wordless(value) for value in record.args)
        elif isinstance(record.args, dict):
            record.args = {name: _wordless(value) for name, value in record.args.items()}
        elif isinstance(record.args, BaseException):
            record.args = (_kind(record.args),)
        if isinstance(record.msg, BaseException):
            record.msg = _kind(record.msg)
        return True


def _wordless(value: object) -> object:
    if isinstance(value, BaseException):
        return _kind(value)
    if isinstance(value, str) and value.startswith("/"):
        return value.partition("?")[0]
    return value


def add_trace(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """For structlog, in place of its own."""
    found = event.pop("exc_info", None)
    if isinstance(found, BaseException):
        event["exception"] = trace_of(found)
    elif found:
        error = found[1] if isinstance(found, tuple) else sys.exc_info()[1]
        if error is not None:
            event["exception"] = trace_of(error)
    return event
