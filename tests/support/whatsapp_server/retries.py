"""What a phone does with a message it cannot open: it asks for it once more, the second time with keys for a new beginning."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from .companion import Companion
from .nodes import Node
from .people import Person

MOST_TIMES = 5


@dataclass
class Retries:
    """`asked`: how often, by id; `reasons`: what each message that could not be opened failed with."""

    asked: Counter[str] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)

    def ask(self, companion: Companion | None, person: Person, message: Node, reason: str) -> None:
        wa_id = message.get("id")
        self.reasons.append(f"{wa_id}: {reason}")
        if companion is None or self.asked[wa_id] == MOST_TIMES:
            return
        self.asked[wa_id] += 1
        registration, *keys = person.device.bundle().nodes()
        what = {"count": self.asked[wa_id], "id": wa_id, "t": int(time.time()), "v": 1}
        content = [Node("retry", dict(what)), registration]
        if self.asked[wa_id] > 1:
            content.append(Node("keys", {}, keys))
        source = {"from": message.attrs["to"]}
        if person is companion.owner and not is_answer(message):
            source = {"from": person.jid, "recipient": message.attrs["to"]}
        elif "recipient" in message.attrs:
            source["recipient"] = message.attrs["recipient"]
        attrs = {**source, "type": "retry", "id": wa_id, "t": int(time.time())}
        companion.deliver(Node("receipt", attrs, content))


def is_answer(message: Node) -> bool:
    """Locked for one device, who asked for it."""
    return bool(message.child("enc").tag)
