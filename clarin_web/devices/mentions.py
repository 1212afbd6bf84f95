"""Who a text mentions, written in the text itself: "@211…@lid" or "@51…@wa". Whoever keeps the text puts names there.

WhatsApp tells the words ("@211… ¿puedes?") and beside them whom the digits name; apart, one is lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from clarin_web.devices.heard import Address, Kind

MOST_MENTIONS = 200
_TOLD = re.compile(r"@(\d{5,20})(?![\d@])")
_GROUP = re.compile(r"@(\d{5,20}(?:-\d{5,20})?)@g\.us")
TOKEN = re.compile(r"@(\d{5,20})@(lid|wa)(?!\w)")
_ENDINGS = {Kind.LID: "lid", Kind.USER: "wa"}
_KINDS = {ending: kind for kind, ending in _ENDINGS.items()}


def mark_mentions(text: str, people: Iterable[Address], groups: Mapping[str, str]) -> str:
    """`text` with each of these people marked where it names them; groups (by their id) go by their own names."""
    if "@" not in text:
        return text
    known = {person.value: _ENDINGS[person.kind] for person in people if person.kind in _ENDINGS}
    text = _GROUP.sub(lambda found: f"@{groups.get(found[1]) or '…'}", text)
    return _TOLD.sub(lambda found: f"@{found[1]}@{known[found[1]]}" if found[1] in known else found[0], text)


def mentioned(text: str) -> list[Address]:
    """Those marked in it, each once."""
    found = TOKEN.findall(text) if "@" in text else []
    return list(dict.fromkeys(Address(_KINDS[ending], user) for user, ending in found))[:MOST_MENTIONS]


def with_mentions(text: str, names: Mapping[Address, str]) -> str:
    """Names instead of the marks; who is not among them is somebody."""
    return TOKEN.sub(lambda found: f"@{names.get(Address(_KINDS[found[2]], found[1])) or '…'}", text)
