"""JSON of values whose type is known: dataclasses, named tuples, lists, tuples, dicts, decimals and plain values.

What comes back is built from the type alone: text of a stranger makes these values or fails, and runs nothing.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
PLAIN = (bool, int, float, str)


class NotThisType(ValueError):
    """The text is not JSON of the type."""


def dump(value: object) -> bytes:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":")).encode()


def load(text: bytes, kind: type[T] | Any) -> T:
    """The value that `dump` was given. Raises NotThisType for anything else."""
    try:
        return _built(kind, json.loads(text))  # type: ignore[no-any-return]
    except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation, RecursionError) as error:
        raise NotThisType(type(error).__name__) from None


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return [[_plain(key), _plain(part)] for key, part in value.items()]
    return str(value) if isinstance(value, Decimal) else value


def _built(kind: Any, found: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return (
            None if found is None else _built(next(part for part in inner if part is not type(None)), found)
        )
    if origin is list:
        return [_built(inner[0], part) for part in _list(found)]
    if origin is dict:
        return {_built(inner[0], key): _built(inner[1], part) for key, part in _list(found)}
    if origin is tuple:
        each = [inner[0]] * len(_list(found)) if inner[-1] is ... else inner
        return tuple(_built(part, one) for part, one in zip(each, _list(found), strict=True))
    if kind is Decimal and isinstance(found, str):
        return Decimal(found)
    if kind in PLAIN:
        return _exactly(kind, found)
    return kind(*(_built(part, one) for part, one in zip(_fields(kind), _list(found), strict=True)))


def _list(found: Any) -> list[Any]:
    return _exactly(list, found)  # type: ignore[no-any-return]


def _exactly(kind: type, found: Any) -> Any:
    if type(found) is not kind:
        raise TypeError(kind.__name__)
    return found


@functools.cache
def _fields(kind: Callable[..., Any]) -> list[Any]:
    """The types of a dataclass's or named tuple's fields, in order."""
    names = getattr(kind, "_fields", None) or [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    return [hints[name] for name in names]
