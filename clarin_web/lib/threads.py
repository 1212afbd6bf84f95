"""Heavy work off the event loop: under gevent one busy greenlet makes every page wait."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def breathe() -> None:
    """Let the other greenlets of this process go on, where there are any: for loops that move many bytes."""
    if _is_gevent():
        from gevent import sleep

        sleep(0)


def off_loop(function: Callable[..., T], *args: Any) -> T:
    """Run `function` in gevent's thread pool when this process is patched by gevent, else right here."""
    if not _is_gevent():
        return function(*args)
    from gevent import get_hub

    result: T = get_hub().threadpool.apply(function, args)
    return result


def _is_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("threading")
