"""Memory that large files, histories and many messages leave behind is given back while the number rests.

Go cleans up when it allocates: after a film was sent it may do nothing for minutes, and keep the film several times.
"""

from __future__ import annotations

import ctypes
import logging
from typing import Any

from clarin_web.devices.vitals import memory_mb

log = logging.getLogger(__name__)
GROWN = 4  # MB more than after the last time
NUDGES = 20_000  # ids nobody uses: some megabytes of small things, then Go looks through what it holds


class Tidying:
    """Looked at with every heartbeat."""

    def __init__(self) -> None:
        self._settled: int | None = None
        self._again = False

    def look(self, client: Any) -> None:
        """Twice in a row: what Go let go of the first time reaches the system by the second."""
        held = memory_mb()
        if held is None:
            return
        if self._settled is None or held <= self._settled + GROWN:
            self._settled = min(held, self._settled or held)
            self._again = False
            return
        _tidy(client)
        if self._again:
            self._settled = memory_mb()
        self._again = not self._again


def _tidy(client: Any) -> None:
    try:
        for _ in range(NUDGES):
            client.generate_message_id()
    except Exception as error:  # noqa: BLE001 -- neonize raises several families; the next heartbeat tries again
        log.info("whatsapp: nothing tidied: %s", type(error).__name__)
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's own, and only there
    if trim is not None:
        trim(0)
