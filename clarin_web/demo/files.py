"""The files of the demo's chats: pictures and papers drawn here, a voice that says nothing. Each is kept once, however
many messages have it."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from clarin_web.db import execute
from clarin_web.demo.people import SEED
from clarin_web.demo.rows import Row
from clarin_web.devices.simulator.files import paper, sticker
from clarin_web.media.actions.examining import look_at
from clarin_web.media.actions.keeping import keep_picture
from clarin_web.media.storage import scratch
from clarin_web.models import Media

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SIZE = (480, 360)
VARIANTS = 3
VOICE = Path(__file__).with_name("voice.ogg")  # six seconds of Opus, sung by an oscillator
VOICE_SECONDS = 6
Color = tuple[int, int, int]
_POLO = (
    (150, 70), (200, 50), (280, 50), (330, 70), (400, 140), (350, 180), (330, 150), (330, 330), (150, 330), (150, 150),
    (130, 180), (80, 140),
)  # fmt: skip


def attach(account_id: int, messages: Sequence[Row], ids: Sequence[int]) -> None:
    """Inside the transaction of the messages: those of a kind with a file get theirs."""
    kept: dict[tuple[str, str], Row] = {}
    rows = []
    for message, id_ in zip(messages, ids, strict=True):
        if which := _which(message, id_):
            if which not in kept:
                kept[which] = _keep(account_id, *which)
            name = message["extra"].get("file_name", "")
            rows.append({**kept[which], "message_id": id_, "name": name, "created_at": message["at"]})
    execute(insert(Media), rows)


def _which(message: Row, id_: int) -> tuple[str, str] | None:
    """(what is drawn, its seed): a handful of files for all messages."""
    kind, body = message["kind"], message["body"]
    if kind == "image":
        scene = next((name for word, name in _TOLD_BY.items() if word in body), "cloth")
        return scene, str(id_ % VARIANTS)
    if kind == "document":
        return "paper", message["extra"]["file_name"].rsplit(".", 1)[0].rstrip("0123456789").strip("-")
    return {"sticker": ("sticker", "andina"), "voice": ("voice", "")}.get(kind)


def _keep(account_id: int, what: str, seed: str) -> Row:
    data = MAKERS[what](seed)
    with scratch() as path:
        path.write_bytes(data)
        found = look_at(path)
    return {
        "account_id": account_id, "state": "ready", "mime": found.mime, "size": len(data),
        "hash": keep_picture(account_id, data), "thumb_hash": keep_picture(account_id, found.thumb),
        "width": found.width, "height": found.height, "seconds": VOICE_SECONDS if what == "voice" else 0,
    }  # fmt: skip


def _parcel(draw: ImageDraw, dice: random.Random) -> None:
    """A box on a table, taped and labelled."""
    draw.rectangle((0, 230, 480, 360), fill=(139, 104, 74))
    left = dice.randrange(90, 140)
    draw.polygon([(left, 110), (left + 40, 70), (left + 280, 70), (left + 240, 110)], fill=(214, 172, 118))
    draw.rectangle((left, 110, left + 240, 290), fill=(196, 152, 98))
    draw.rectangle((left + 105, 110, left + 135, 290), fill=(225, 205, 160))
    draw.rectangle((left + 150, 200, left + 225, 260), fill=(248, 248, 244))
    for line in range(4):
        draw.line((left + 158, 212 + 12 * line, left + 215, 212 + 12 * line), fill=(70, 70, 70), width=2)


def _logo(draw: ImageDraw, dice: random.Random) -> None:
    """Two mountains in a ring."""
    color = _color(dice, 40, 150)
    draw.ellipse((120, 60, 360, 300), outline=color, width=12)
    draw.polygon([(165, 235), (225, 120), (285, 235)], fill=color)
    draw.polygon([(225, 235), (275, 155), (325, 235)], fill=tuple(part + 60 for part in color))
    draw.rectangle((165, 245, 325, 254), fill=color)


def _shirt(draw: ImageDraw, dice: random.Random) -> None:
    """A polo with a mark on its chest."""
    cloth = _color(dice, 30, 170)
    draw.polygon(
        _POLO,
        fill=cloth,
    )
    draw.polygon([(200, 50), (240, 100), (280, 50)], fill=tuple(part + 40 for part in cloth))
    draw.line((240, 100, 240, 150), fill=(245, 245, 245), width=3)
    draw.ellipse((272, 120, 312, 160), outline=(250, 250, 250), width=4)
    draw.polygon([(281, 150), (292, 132), (303, 150)], fill=(250, 250, 250))


def _receipt(draw: ImageDraw, dice: random.Random) -> None:
    """A deposit slip with its stamp."""
    draw.rectangle((130, 20, 350, 340), fill=(252, 252, 250), outline=(205, 205, 205))
    draw.ellipse((205, 40, 275, 110), fill=(22, 150, 90))
    draw.line([(222, 76), (236, 90), (260, 60)], fill=(255, 255, 255), width=7)
    for line in range(8):
        width = dice.randrange(60, 180)
        draw.line((150, 140 + 22 * line, 150 + width, 140 + 22 * line), fill=(90, 90, 90), width=3)


def _cloth(draw: ImageDraw, dice: random.Random) -> None:
    """Woven stripes, torn in one place."""
    for at in range(0, 480, 16):
        draw.rectangle((at, 0, at + 15, 360), fill=_color(dice, 70, 190))
    x, y = dice.randrange(150, 300), dice.randrange(110, 220)
    draw.polygon([(x, y), (x + 46, y + 12), (x + 30, y + 44), (x + 8, y + 34)], fill=(28, 24, 22))


def _color(dice: random.Random, low: int, high: int) -> Color:
    return dice.randrange(low, high), dice.randrange(low, high), dice.randrange(low, high)


def _photo(scene: Callable[[ImageDraw, random.Random], None]) -> Callable[[str], bytes]:
    """A scene as the JPEG of a phone; the same each time."""

    def make(seed: str) -> bytes:
        from PIL import Image, ImageDraw

        dice = random.Random(f"{SEED}:{scene.__name__}:{seed}")
        picture = Image.new("RGB", SIZE, _color(dice, 215, 245))
        scene(ImageDraw.Draw(picture), dice)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=82)
        return out.getvalue()

    return make


_TOLD_BY = {"Llegó": "parcel", "logo": "logo", "Muestra": "shirt", "Constancia": "receipt"}
MAKERS: dict[str, Callable[[str], bytes]] = {
    "parcel": _photo(_parcel),
    "logo": _photo(_logo),
    "shirt": _photo(_shirt),
    "receipt": _photo(_receipt),
    "cloth": _photo(_cloth),
    "sticker": sticker,
    "paper": paper,
    "voice": lambda _seed: VOICE.read_bytes(),
}


def loudness(place: int) -> str:
    """The picture of a voice message's sound, as phones send it: 64 steps."""
    dice: Any = random.Random(f"{SEED}:voice:{place}")
    return bytes(dice.choice((4, 20, 45, 70, 95)) if at % 11 < 9 else 2 for at in range(64)).hex()
