"""Everything customers send besides plain text. A script's line "[photo] caption" is a photo with that caption.

The names in brackets are those of TELLERS; each tells one message and what happens to it a little later.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from clarin_web.devices.gateway import (
    Address,
    CallHeard,
    Decoded,
    File,
    IncomingMessage,
    Kind,
    MessageEdited,
    MessageKind,
    MessageRevoked,
    PollVote,
    Reaction,
)
from clarin_web.devices.message_parts import Part
from clarin_web.devices.simulator.files import file_of

_MARK = re.compile(r"\[([a-z_]+)\] ?(.*)", re.S)
SOON = timedelta(seconds=2)
Details = Mapping[str, str | int | float | bool]
Told = list[Decoded]


def split(line: str) -> tuple[str, str]:
    """The kind a line of a script asks for, and its words. A bracket that is none of ours is text."""
    found = _MARK.fullmatch(line)
    return (found[1], found[2]) if found and found[1] in TELLERS else ("text", line)


def tell(kind: str, plain: IncomingMessage) -> Told:
    """`plain` said as that kind, and what follows; every moment of it is in the events' own times."""
    return TELLERS[kind](plain)


def _with(
    kind: MessageKind, file: Callable[[str], File] | None = None, details: Details | None = None
) -> Callable[[IncomingMessage], Told]:
    def teller(plain: IncomingMessage) -> Told:
        made = file(plain.wa_id) if file else None
        more = dict(details or {}) | ({"file_name": made.name} if made and made.name else {})
        return [dataclasses.replace(plain, kind=kind, file=made, details=more)]

    return teller


def _edited(plain: IncomingMessage) -> Told:
    first = dataclasses.replace(plain, text=f"{plain.text or 'mañana'} ?")
    return [first, MessageEdited(plain.wa_id, plain.chat, plain.text, plain.sent_at + SOON, plain.sender)]


def _deleted(plain: IncomingMessage) -> Told:
    at = plain.sent_at + SOON
    return [plain, MessageRevoked(plain.wa_id, plain.chat, at, plain.sender, push_name=plain.push_name)]


def _reacted(plain: IncomingMessage) -> Told:
    return [plain, Reaction(plain.wa_id, plain.chat, plain.sender, "🙏", plain.sent_at + SOON)]


def _poll(plain: IncomingMessage) -> Told:
    """With the asker's own vote."""
    options = ("Lunes", "Martes", "Otro día")
    poll = dataclasses.replace(
        plain, kind=MessageKind.POLL, text=plain.text or "¿Qué día?", details={"options": "\n".join(options)}
    )
    chosen = hashlib.sha256(options[0].encode()).hexdigest()
    vote = PollVote(
        plain.wa_id, plain.chat, plain.sender, (chosen,), plain.sent_at + SOON, push_name=plain.push_name
    )
    return [poll, vote]


def _call(plain: IncomingMessage) -> Told:
    ring = CallHeard(plain.wa_id, plain.chat, "offered", plain.sent_at, plain.chat_alt)
    return [ring, dataclasses.replace(ring, stage="ended", at=plain.sent_at + SOON)]


def _history(plain: IncomingMessage) -> Told:
    """What was said a month ago, told now."""
    return [dataclasses.replace(plain, sent_at=plain.sent_at - timedelta(days=30), history=True)]


def _in_group(plain: IncomingMessage) -> Told:
    """Said where several people hear it."""
    group, details = Address(Kind.GROUP, "120363041234567890"), {"group_name": "Vecinos (simulado)"}
    return [dataclasses.replace(plain, chat=group, chat_alt=None, details=details)]


def _own(plain: IncomingMessage) -> Told:
    """Written by the owner, on the phone that has the number."""
    return [dataclasses.replace(plain, from_me=True, push_name="")]


def _marks(plain: IncomingMessage) -> Told:
    return [dataclasses.replace(plain, text=("H" + "\u0301\u0e31" * 10) * 3_000 + plain.text)]


def _late(plain: IncomingMessage) -> Told:
    """Cannot be read at first; WhatsApp sends it again."""
    place = dataclasses.replace(plain, kind=MessageKind.UNKNOWN, text="", details={"type": "waiting"})
    return [place, plain]


def _order(plain: IncomingMessage) -> Told:
    parts = (Part("title", "Pedido"), Part("count", "", "2"), Part("total", "", "259.9 PEN"))
    return [dataclasses.replace(plain, kind=MessageKind.UNKNOWN, details={"named": "order"}, parts=parts)]


def _company(plain: IncomingMessage) -> Told:
    """A message with something to press, as companies send them."""
    parts = (
        Part("title", "Recibo listo"),
        Part("small", "Mensaje automático"),
        Part("link", "Ver recibo", "https://recibos.example/r/77"),
        Part("code", "Copiar código", "XK-204"),
        Part("call", "Llamar", "+51955123456"),
        Part("row", "Plan anual", "12 meses"),
        Part("item", "2 × Silla roja", "90 PEN"),
        Part("starts", "", "1795190000"),
        Part("button", "Sí, quiero"),
    )
    return [dataclasses.replace(plain, parts=parts)]


def _sealed(plain: IncomingMessage) -> Told:
    """Edited by a phone whose key this number has not."""
    at = plain.sent_at + SOON
    return [plain, MessageEdited(plain.wa_id, plain.chat, "", at, plain.sender, sealed=True)]


_CARD = (
    "BEGIN:VCARD\nVERSION:3.0\nFN:Ana Torres\nORG:Taller Torres\n"
    "item1.TEL;waid=51955123456:+51 955 123 456\nEND:VCARD"
)
_WAVE = "".join(f"{(n * 37) % 90 + 5:02x}" for n in range(64))
_PLACE: Details = {"latitude": -12.046374, "longitude": -77.042793, "address": "Plaza Mayor, Lima"}

TELLERS: dict[str, Callable[[IncomingMessage], Told]] = {
    "text": lambda plain: [plain],
    "long": lambda plain: [dataclasses.replace(plain, text=f"{plain.text or 'y además'}, " * 400)],
    "photo": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed)),
    "sticker": _with(MessageKind.STICKER, lambda seed: file_of("sticker", seed)),
    "film": _with(MessageKind.VIDEO, lambda seed: file_of("film", seed, seconds=12)),
    "gif": _with(MessageKind.GIF, lambda seed: file_of("film", seed, seconds=3)),
    "voice": _with(MessageKind.VOICE, lambda seed: file_of("voice", seed, seconds=2), {"waveform": _WAVE}),
    "song": _with(MessageKind.AUDIO, lambda seed: file_of("song", seed, seconds=2)),
    "paper": _with(
        MessageKind.DOCUMENT, lambda seed: file_of("paper", seed, name="pedido.pdf"), {"pages": 1}
    ),
    "place": _with(MessageKind.LOCATION, None, _PLACE),
    "live_place": _with(MessageKind.LOCATION, None, {**_PLACE, "live": True}),
    "card": _with(MessageKind.CONTACT, None, {"vcard": _CARD}),
    "once": _with(MessageKind.UNKNOWN, None, {"view_once": True}),
    "forward": _with(MessageKind.TEXT, None, {"forwards": 1}),
    "ephemeral": _with(MessageKind.TEXT, None, {"expires_in": 604_800}),
    "timer": _with(MessageKind.SYSTEM, None, {"notice": "ephemeral", "seconds": 604_800}),
    "buttons": _with(MessageKind.TEXT, None, {"buttons": "Sí\nNo"}),
    "odd": _with(MessageKind.UNKNOWN, None, {"named": "event"}),
    "order": _order,
    "company": _company,
    "sealed": _sealed,
    "edited": _edited,
    "deleted": _deleted,
    "reacted": _reacted,
    "poll": _poll,
    "call": _call,
    "history": _history,
    "group": _in_group,
    "own": _own,
    "late": _late,
    "marks": _marks,
    "photo_shy": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed, fails=2)),
    "photo_gone": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed, fate="gone")),
    "photo_damaged": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed, fate="damaged")),
    "photo_endless": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed, fate="endless")),
    "photo_page": _with(MessageKind.IMAGE, lambda seed: file_of("photo", seed, fate="html")),
    "photo_bomb": _with(MessageKind.IMAGE, lambda seed: file_of("bomb", seed)),
    "paper_huge": _with(
        MessageKind.DOCUMENT, lambda seed: file_of("paper", seed, name="archivo.zip", size=2 * 1024**3)
    ),
}
ORDINARY = ("photo", "sticker", "voice", "paper", "place", "card", "film")
