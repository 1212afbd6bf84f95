"""Several chats of a number in flight, each in its own order: one chat's trouble is that chat's.

An answer WhatsApp owes for one message, or a large file on its way up, holds up nobody else. Chats go in turn, a
message each; a thread lives for one turn, so an idle number has none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from clarin_web.lib.turns import Turns

CHATS_IN_FLIGHT = 12
FILES_IN_FLIGHT = 4  # of them; the rest stays free for words
UPLOAD_BYTES_IN_FLIGHT = 16 * 2**20  # a file is held in memory three times over while it is uploaded


class Senders:
    """`weigh(chat)`: the bytes of the next file there, 0 for words, None when nothing may leave.

    `send_next(chat)` sends that one message and says whether there may be more.
    """

    def __init__(self, weigh: Callable[[int], int | None], send_next: Callable[[int], bool]) -> None:
        self._weigh, self._send_next = weigh, send_next
        self._turns = Turns(self._take_turn, CHATS_IN_FLIGHT, CHATS_IN_FLIGHT)
        self._lock = threading.Lock()
        self._uploading: dict[int, int] = {}
        self._parked: dict[int, None] = {}  # chats whose next file waits for one that is on its way

    def ask(self, chat_id: int) -> None:
        """Whatever waits in the chat may leave now."""
        self._turns.ask(0, chat_id)

    def finish(self, seconds: float) -> bool:
        """Wait for what is on its way, not longer than that; nothing new may have been let in."""
        deadline = time.monotonic() + seconds
        while not (idle := self._turns.is_idle()) and time.monotonic() < deadline:
            threading.Event().wait(0.02)
        return idle

    def _take_turn(self, _group: int, chat_id: int) -> bool:
        weight = self._weigh(chat_id)
        if weight is None or not self._has_room(chat_id, weight):
            return False
        try:
            return self._send_next(chat_id)
        finally:
            if weight:
                self._make_room(chat_id)

    def _has_room(self, chat_id: int, weight: int) -> bool:
        """A file larger than the bound goes alone."""
        if not weight:
            return True
        with self._lock:
            on_the_way = self._uploading.values()
            full = len(on_the_way) >= FILES_IN_FLIGHT or sum(on_the_way) + weight > UPLOAD_BYTES_IN_FLIGHT
            if on_the_way and full:
                self._parked[chat_id] = None
                return False
            self._uploading[chat_id] = weight
            return True

    def _make_room(self, chat_id: int) -> None:
        with self._lock:
            del self._uploading[chat_id]
            parked, self._parked = self._parked, {}
        for waiting in parked:
            self.ask(waiting)
