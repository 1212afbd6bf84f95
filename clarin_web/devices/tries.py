"""How long a number waits for its next process when the one before it ended: pure.

Kept in the row (`device.tries`, `retry_at`), so that a supervisor that starts anew asks WhatsApp no sooner.
"""

from __future__ import annotations

import random

QUICK_SECONDS = (1, 2, 4, 8, 16, 30)
# Whoever is refused and asks at once again makes it worse.
REFUSED_SECONDS = (5, 20, 45, 300, 900, 1800)
REFUSALS = ("login_refused", "kicked")
JITTER = (0.8, 1.2)  # devices do not come back in step
# From then on it is not a hiccup: somebody is told. Until then no wait is longer than a minute.
WORRYING = 4
# Connected for less, a number is not well again.
STEADY_SECONDS, ALIVE_SECONDS = 60.0, 10.0


def wait_after(tries: int, reason: str) -> float:
    """Seconds after the `tries`-th process that did not stay connected (1: the first)."""
    waits = REFUSED_SECONDS if reason.startswith(REFUSALS) else QUICK_SECONDS
    return waits[min(tries, len(waits)) - 1] * random.uniform(*JITTER)  # noqa: S311
