"""A message is opened, or one is locked, but never both at once: both move the same person's Signal session on.

whatsmeow reads the sessions of all devices it locks a message for, and stores them when it is done; opening a message
does the same with the sender's, under no common lock (its `send.go`, `message.go`). Whichever stores last undoes the
other: the next message is locked with a key that was used, and the customer's phone cannot open it.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LONGEST_SECONDS = 10.0  # to lock one message, with questions to the server; then the others go on
OURS = "our send"
_AGAIN = re.compile(r"Found message in .*to accept retry receipt for [^/]+/(\S+) from ")
_NOT_AGAIN = re.compile(
    r"Failed to handle retry receipt for [^/]+/(\S+) from |Dropping retry request from (\S+) "
)
# From the phone itself: another device of the reader's, or one member of a group, is not the reader. With the line
# lost, nothing is confirmed either, and the phone's question comes again.
_GONE = re.compile(
    r"Failed to handle retry receipt for (\S+)/(\S+) from \1: "
    r"(?!.*(?:not connected|disconnected|context canceled|failed to send retry message))"
)
_ID = re.compile(r' id="([^"]*)"')


class KeyTurns:
    """`wait_for_opened()` returns when no message is being opened; `gone` is told id and chat of a message that a phone
    cannot open and whatsmeow cannot lock anew: mostly as it has it no more, which remembers 256 and for its own life.
    """

    def __init__(
        self,
        changed: threading.Condition,
        wait_for_opened: Callable[[], None],
        gone: Callable[[str, str], None],
    ) -> None:
        self._changed, self._wait_for_opened, self._gone = changed, wait_for_opened, gone
        self._owner, self._since = "", 0.0  # whose turn it is: `OURS`, or a message's id

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around a send of ours: it is over when its bytes leave, which is long before WhatsApp answers."""
        self._begin(OURS)
        try:
            yield
        finally:
            self._end(OURS)

    def read_line(self, message: str) -> None:
        """Of whatsmeow's client: a phone asks for a message once more, which is locked anew for it."""
        if again := _AGAIN.match(message):
            self._begin(again[1])

    def read_complaint(self, message: str) -> None:
        if gone := _GONE.match(message):
            self._gone(gone[2], gone[1])
        if failed := _NOT_AGAIN.match(message):
            self._end(failed[1] or failed[2])

    def read_node(self, node: str) -> None:
        """About to be sent: what it was locked with is stored. What is for the owner's phone alone is not it."""
        head = node.partition(">")[0]
        if head.startswith("<message ") and 'category="peer"' not in head and (found := _ID.search(head)):
            self._end(found[1] if self._owner == found[1] else OURS)

    def wait(self) -> None:
        """Before a message is opened. With `changed` held."""
        self._changed.wait_for(self._is_free, LONGEST_SECONDS)

    def _begin(self, owner: str) -> None:
        with self._changed:
            self.wait()
            self._owner, self._since = owner, time.monotonic()
        self._wait_for_opened()

    def _end(self, owner: str) -> None:
        with self._changed:
            if self._owner == owner:
                self._owner = ""
                self._changed.notify_all()

    def _is_free(self) -> bool:
        return not self._owner or time.monotonic() - self._since > LONGEST_SECONDS
