"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(true: Callable[[], Any], seconds: float = 90) -> Any:
    """What `true` answers, as soon as it is something; fails with the condition's name when it never is."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        if found := true():
            return found
        time.sleep(min(0.25, 0.02 + waited / 20))  # to ask has its price, which those who are asked pay too
    raise AssertionError(f"never became true in {seconds}s: {true}")
