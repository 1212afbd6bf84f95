"""Messages asked for once more, both ways: the question is confirmed to WhatsApp when it was acted on, not before.

whatsmeow confirms a phone's question for one of ours while it still locks it anew, and a message that it could not open
while it still asks for it. A kill in between left "sent" on what nobody can read, or a message nobody would send again.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable

ANSWER_SECONDS = 90.0  # whatsmeow gives its own questions to the server 75
MOST_ANSWERS = 4_096  # whose confirmation never came to be sent: the line was lost
_ANSWERED = re.compile(r"Sent retry #\d+ for [^/]+/(\S+) to (\S+)$")
_NOT_ANSWERED = re.compile(r"Failed to handle retry receipt for [^/]+/(\S+) from (\S+): ")
_DROPPED = re.compile(r"Dropping retry request from (\S+) for (\S+): ")
_NOT_OPENED = re.compile(r"(?:Error decrypting|Unavailable) message (\S+) from ")
_NOT_ASKED = re.compile(r"Not sending any more retry receipts for (\S+)$")
_ATTRIBUTE = re.compile(r' ([a-z_]+)="([^"]*)"')


class OnceMore:
    """`changed` is the gate's: whoever waits there looks again."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._answered: Counter[tuple[str, str]] = Counter()  # by message and who asked
        self._without_place: set[str] = set()
        self._to_ask: set[str] = set()

    def read_line(self, message: str) -> None:
        """Of whatsmeow's client."""
        if done := _ANSWERED.match(message):
            self._answer(done[1], done[2])

    def read_complaint(self, message: str) -> None:
        if done := _NOT_ANSWERED.match(message) or _DROPPED.match(message):
            self._answer(done[1], done[2])
        elif closed := _NOT_OPENED.match(message):
            with self._changed:
                self._without_place.add(closed[1])
                if message.startswith("Error"):
                    self._to_ask.add(closed[1])
        elif silent := _NOT_ASKED.match(message):
            self._is_asked(silent[1])

    def has_place(self, wa_id: str) -> None:
        """That it came and could not be opened has its row."""
        with self._changed:
            self._without_place.discard(wa_id)
            self._changed.notify_all()

    def before(self, node: str) -> tuple[Callable[[], bool], float | None] | None:
        """What has to be true before this node is sent, and waited for how long; None for what confirms no question."""
        tag, about = _head(node)
        wa_id = about.get("id", "")
        if tag == "receipt" and about.get("type") == "retry":
            return (lambda: wa_id not in self._without_place), None
        if tag != "ack":
            return None
        if about.get("class") == "receipt" and about.get("type") == "retry":
            who = about.get("participant") or about.get("to", "")
            return (lambda: self._take(wa_id, who)), ANSWER_SECONDS
        if about.get("class") == "message" and wa_id in self._without_place | self._to_ask:
            return (lambda: wa_id not in self._without_place | self._to_ask), None
        return None

    def sent(self, node: str) -> None:
        """Its turn has come: a question to a sender is on its way."""
        tag, about = _head(node)
        if tag == "receipt" and about.get("type") == "retry":
            self._is_asked(about.get("id", ""))

    def _answer(self, wa_id: str, who: str) -> None:
        with self._changed:
            if len(self._answered) > MOST_ANSWERS:
                self._answered.clear()
            self._answered[wa_id, who] += 1
            self._changed.notify_all()

    def _take(self, wa_id: str, who: str) -> bool:
        """One question is confirmed by one answer: the same may be asked again. With `changed` held."""
        if not self._answered[wa_id, who]:
            del self._answered[wa_id, who]
            return False
        self._answered[wa_id, who] -= 1
        return True

    def _is_asked(self, wa_id: str) -> None:
        with self._changed:
            self._to_ask.discard(wa_id)
            self._changed.notify_all()


def _head(node: str) -> tuple[str, dict[str, str]]:
    """What the outermost node is called, and its attributes."""
    head = node.partition(">")[0]
    return head[1:].partition(" ")[0], dict(_ATTRIBUTE.findall(head))
