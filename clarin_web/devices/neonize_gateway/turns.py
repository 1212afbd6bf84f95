"""One send at a time: whatsmeow lets none begin before WhatsApp has answered the one before, whoever it is to.

An answer that was lost would so hold up every chat for 75 seconds, and for ever once the connection was lost meanwhile:
what it repeats then it waits for without an end (its `send.go` and `request.go`). Whoever waits for a turn therefore
has the connection renewed. whatsmeow then sends the same bytes under the same id again, which WhatsApp knows, and
nothing is in doubt; renewed a second time it gives that one message up as in doubt.

The bound is for WhatsApp's sake, and not to be met by lost answers: where it answers nobody, to go on would only put
one message after the other in doubt.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clarin_web.devices.gateway import TransientError

LEAST_PATIENCE_SECONDS, LONGEST_SECONDS = 0.7, 80.0
LONGEST_DIAL = 5.0  # more is an outage, not a line
PATIENCE = 5  # times what WhatsApp takes at worst, nineteen times in twenty
RENEWALS_OF_ONE = 2
RENEWALS_IN_VAIN = (
    3 * RENEWALS_OF_ONE
)  # one after the other, with no send answered in between: then one a minute
RENEWALS_A_MINUTE = 12
_LOOK_SECONDS = 0.2


class SendTurns:
    """`renew()` cuts the connection, which whatsmeow then makes anew; False when there is none to cut."""

    def __init__(
        self,
        renew: Callable[[], bool],
        is_ready: Callable[[], bool] = lambda: True,
        is_ending: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._renew, self._is_ready, self._is_ending, self._clock = renew, is_ready, is_ending, clock
        self._changed = threading.Condition()
        self._since: float | None = None  # somebody's turn is for so long, or so long connected again
        self._renewals = self._in_vain = 0
        self._renewed: deque[float] = deque(maxlen=RENEWALS_A_MINUTE)
        self._dialled = (
            0.0  # connecting is several round trips: how slow the line is before anything was sent
        )
        self._took: deque[float] = deque(maxlen=50)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn. Raises TransientError when there will be none now: what waits for one has certainly not left."""
        with self._changed:
            while self._since is not None and not self._is_ending():
                self._look(self._patience())
                self._changed.wait(_LOOK_SECONDS)
            if self._is_ending() or not self._is_ready():
                self._changed.notify()
                raise TransientError("not_connected")
            self._since = begun = self._clock()
            self._renewals = 0
        try:
            yield
            self._in_vain = 0
        finally:
            with self._changed:
                if not self._renewals:
                    self._took.append(self._clock() - begun)
                self._since = None
                self._changed.notify()

    def look(self) -> None:
        """Called now and then: nobody else may wait for one that never ends."""
        with self._changed:
            self._look(LONGEST_SECONDS)

    def connected(self, dialled: float | None = None) -> None:
        """Again: what was sent again has as long as it had before. `dialled`: the seconds that connecting took."""
        with self._changed:
            self._dialled = self._dialled if dialled is None else min(dialled, LONGEST_DIAL)
            if self._since is not None:
                self._since = self._clock()

    def _look(self, patience: float) -> None:
        now = self._clock()
        if self._since is None or now < self._since + patience or self._renewals >= RENEWALS_OF_ONE:
            return
        if (self._renewals or self._may_renew(now)) and self._renew():
            self._since = now
            self._renewed.append(now)
            self._renewals += 1
            self._in_vain += 1

    def _may_renew(self, now: float) -> bool:
        """What was begun for one message is ended for it."""
        is_rested = not self._renewed or now >= self._renewed[-1] + 60
        is_full = len(self._renewed) == RENEWALS_A_MINUTE and now < self._renewed[0] + 60
        return not is_full and (is_rested or self._in_vain < RENEWALS_IN_VAIN)

    def _patience(self) -> float:
        worst = sorted(self._took)[int(len(self._took) * 0.95)] if self._took else 0.0
        return max(LEAST_PATIENCE_SECONDS, PATIENCE * worst, self._dialled)
