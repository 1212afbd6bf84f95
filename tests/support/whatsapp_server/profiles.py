"""What groups are called and everybody looks like, and the questions about it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from .media import MediaHost
from .nodes import Jid, Node

HOST = "pps.whatsapp.net"


class Refused(Exception):
    """The answer is an error of this code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass
class Profiles:
    """`hidden`: whose picture this number may not see. `asked`: (about, who), in order."""

    media: MediaHost
    groups: dict[Jid, str] = field(default_factory=dict)
    portraits: dict[Jid, tuple[str, str]] = field(default_factory=dict)
    hidden: set[Jid] = field(default_factory=set)
    asked: list[tuple[str, Jid]] = field(default_factory=list)
    too_often: bool = False

    def hang(self, jid: Jid, data: bytes) -> str:
        """A new picture; its id."""
        path, portrait_id = f"/v/t61.24694-24/{secrets.token_hex(6)}.jpg", str(secrets.randbelow(10**9))
        self.media.files[path] = data
        self.portraits[jid] = portrait_id, path
        return portrait_id

    def group(self, question: Node) -> list[Node]:
        jid = self._asked("name", question.attrs["to"])
        if jid not in self.groups:
            raise Refused(403, "forbidden")
        now = int(time.time())
        told = {
            "id": jid.user,
            "subject": self.groups[jid],
            "s_t": now,
            "creation": now,
            "s_o": Jid("51900000009"),
        }
        return [Node("group", told | {"creator": Jid("51900000009"), "addressing_mode": "pn"})]

    def picture(self, question: Node) -> list[Node]:
        jid = self._asked("portrait", question.attrs["target"])
        if jid in self.hidden:
            raise Refused(401, "not-authorized")
        if jid not in self.portraits:
            raise Refused(404, "item-not-found")
        portrait_id, path = self.portraits[jid]
        if question.child("picture").get("id") == portrait_id:
            return []
        where = {"url": f"https://{HOST}{path}?ccb=11-4", "direct_path": f"{path}?ccb=11-4"}
        return [Node("picture", {"id": portrait_id, "type": "preview", **where})]

    def _asked(self, about: str, jid: object) -> Jid:
        assert isinstance(jid, Jid), f"a question about {jid!r}"
        self.asked.append((about, jid))
        if self.too_often:
            raise Refused(429, "rate-overlimit")
        return jid
