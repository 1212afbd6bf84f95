"""What open pages would hear: the facts that are told while a test looks, instead of what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clarin_web import announcing
from clarin_web.events import Fact, subscribe


@contextmanager
def told(*kinds: type[Fact]) -> Iterator[list[Any]]:
    """Facts of these kinds, in order. Nothing else follows from anything meanwhile."""
    found: list[Any] = []
    before = announcing._subscriptions, announcing._otherwise
    subscribe({kind: [found.append] for kind in kinds})
    try:
        yield found
    finally:
        subscribe(before[0], otherwise=before[1])
