"""Work in turns: one piece at a time for each who wants some, many side by side, and no group takes every place."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

Key = tuple[int, int]  # the group, and who of it


class Turns:
    """`work(group, who)` does one piece and says whether there may be more; then it is the next one's turn."""

    def __init__(self, work: Callable[[int, int], bool], most: int, most_of_group: int) -> None:
        self._work, self._most, self._most_of_group = work, most, most_of_group
        self._lock = threading.Lock()
        self._line: dict[Key, None] = {}  # in order; asking twice is asking once
        self._busy: set[Key] = set()

    def ask(self, group: int, who: int) -> None:
        """Stand in line, also behind one's own turn: what made us ask may have come too late for it."""
        with self._lock:
            self._line.setdefault((group, who))
            self._begin()

    def is_idle(self) -> bool:
        """Nobody works and nobody waits."""
        with self._lock:
            return not self._busy and not self._line

    def _begin(self) -> None:
        """Whoever may go next, the first in line first. The lock is held."""
        groups = Counter(group for group, _who in self._busy)
        for key in list(self._line):
            if (
                len(self._busy) < self._most
                and key not in self._busy
                and groups[key[0]] < self._most_of_group
            ):
                del self._line[key]
                self._busy.add(key)
                groups[key[0]] += 1
                threading.Thread(target=self._take, args=key, name="turn", daemon=True).start()

    def _take(self, group: int, who: int) -> None:
        more = False
        try:
            more = self._work(group, who)
        finally:
            with self._lock:
                self._busy.discard((group, who))
                if more:
                    self._line.setdefault((group, who))
                self._begin()
