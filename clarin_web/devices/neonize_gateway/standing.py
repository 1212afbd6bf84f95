"""Whether a number is really connected, from everything neonize says and everything it keeps to itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from clarin_web.devices.gateway import ConnectionChanged, State
from clarin_web.devices.neonize_gateway import states, verdicts
from clarin_web.devices.tries import REFUSALS

# A connection that is ended this often, each time this soon, is not wanted there: whatsmeow would log in at once again.
QUICK_SECONDS, MOST_QUICK_ENDS = 60.0, 3
DOUBTS = 2  # looks at a connection that says nothing and is none, before a new process takes over
LOG_SECONDS = 1.0  # whatsmeow's log comes by a thread of its own


class Standing:
    """`over`: this process cannot bring it back, a new one can. What WhatsApp decided stays decided."""

    def __init__(self, is_linked: bool, report: Callable[[ConnectionChanged], None]) -> None:
        self.is_linked, self._report = is_linked, report
        self.ready = self.over = False
        self._last = ConnectionChanged(State.STOPPED)
        self._connected_at: float | None = None
        self._quick_ends = self._doubts = 0

    def hear(self, name: str, event: Any) -> None:
        """One of neonize's events about the connection."""
        change = states.change_of(name, event)
        if change is None:
            return
        if name == "DisconnectedEv" and self._last.reason.startswith(("stream_error", "whatsapp_busy")):
            change = self._last  # it says less than what came just before it
        if change.state is State.CONNECTED:
            self._connected_at = self._connected_at or time.monotonic()
        elif change.reason != "no_answer":
            change = self._ended(change)
        self.judge(change)

    def judge(self, change: ConnectionChanged) -> None:
        """A refusal ends the process: whatsmeow waits for ever after one, and linking has failed."""
        is_refused = change.reason.startswith(REFUSALS)
        if not self.is_linked and change.state not in states.FINAL:
            if not is_refused:
                return  # how linking goes is told by the library's own hook
            change = ConnectionChanged(State.UNPAIRED, change.reason)
        self.tell(change)
        self.over = self.over or is_refused

    def end(self, change: ConnectionChanged) -> None:
        """neonize's connect() has returned."""
        self.ready = False
        if change.reason.startswith(REFUSALS):
            self.judge(change)
        else:
            self.tell(change)

    def tell(self, change: ConnectionChanged) -> None:
        if self._last.state in states.FINAL or (self.over and change.state not in states.FINAL):
            return
        self._last, self._doubts = change, 0
        self.ready = change.state is State.CONNECTED
        self._report(change)

    def renewed(self) -> None:
        """We cut this connection ourselves: its end is no sign."""
        self._connected_at = None

    def look(self, client: Any) -> None:
        """After a 515 whose reconnecting fails, whatsmeow neither says so nor tries again."""
        if not self.ready or (client.is_connected and client.is_logged_in):
            self._doubts = 0
            return
        self._doubts += 1
        if self._doubts >= DOUBTS:
            self.tell(ConnectionChanged(State.RECONNECTING, "connection_lost"))
            self.over = True

    def _ended(self, change: ConnectionChanged) -> ConnectionChanged:
        if self._connected_at is None:
            return change
        was_quick = time.monotonic() - self._connected_at < QUICK_SECONDS
        self._connected_at = None
        self._quick_ends = self._quick_ends + 1 if was_quick else 0
        has_enough = self._quick_ends >= MOST_QUICK_ENDS and change.state not in states.FINAL
        return ConnectionChanged(State.CONNECTING, "kicked") if has_enough else change


class Overheard(logging.Handler):
    """Reads out of whatsmeow's log the verdicts neonize cannot hand over; `tell` is told those that will pass."""

    def __init__(self, tell: Callable[[ConnectionChanged], None] = lambda _: None) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell
        self._verdict: ConnectionChanged | None = None
        self._heard = threading.Event()
        logging.getLogger("whatsmeow.Client").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if verdict := verdicts.of_log(line):
            self._verdict = verdict
            self._heard.set()
        elif passing := verdicts.of_passing(line):
            self._tell(passing)

    def verdict_on(self, error: Exception) -> ConnectionChanged:
        """Why neonize's connect() ended. For a code it does not know, the library only says which message it was."""
        said = str(error)
        if "ConnectFailure.Reason" in said or "TemporaryBan.Code" in said:
            self._heard.wait(LOG_SECONDS)
            is_ban = "TemporaryBan" in said
            return self._verdict or (verdicts.of_ban(0, 0) if is_ban else verdicts.of_login(0))
        return ConnectionChanged(State.CONNECTING, states.plain_reason(error))
