"""Files customers send: small, real ones, made when somebody downloads them; and downloads that go wrong on purpose.

A reference is JSON: {"make": a name of MAKERS, "seed": any, "fails": times to fail first, "fate": see FATES}.
"""

from __future__ import annotations

import io
import json
import math
import random
import struct
import wave
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clarin_web.devices.gateway import File, GoneError, PermanentError, TooLargeError, TransientError

if TYPE_CHECKING:
    from clarin_web.devices.simulator.world import World

FATES = ("", "gone", "damaged", "endless", "html")
_MIMES = {
    "photo": "image/jpeg",
    "sticker": "image/webp",
    "film": "video/mp4",
    "voice": "audio/wav",
    "song": "audio/wav",
    "paper": "application/pdf",
    "bomb": "image/png",
    "face": "image/jpeg",
}


def file_of(
    make: str, seed: str, *, name: str = "", size: int = 0, seconds: int = 0, fails: int = 0, fate: str = ""
) -> File:
    """What a customer's phone announces of one of these files. Its size is told roughly, as phones do."""
    ref = json.dumps({"make": make, "seed": seed, "fails": fails, "fate": fate}).encode()
    return File(ref, _MIMES[make], size or 20_000, name, seconds)


def download(world: World, ref: bytes, path: Path, most: int) -> None:
    """As `gateways.fetch`: fails as often as the reference says, then keeps its promise."""
    wanted = json.loads(ref)
    tried = f"download {zlib.crc32(ref)}"
    times = int(world.recall(tried) or 0)
    world.remember(tried, str(times + 1))
    if times < wanted.get("fails", 0):
        raise TransientError("simulated_failure")
    if wanted.get("fate") == "gone":
        raise GoneError("expired")
    if wanted.get("fate") == "damaged":
        raise PermanentError("damaged")
    if wanted.get("fate") == "endless":
        path.write_bytes(bytes(most))
        raise TooLargeError("larger_than_announced")
    data = _HTML if wanted.get("fate") == "html" else MAKERS[wanted["make"]](str(wanted.get("seed", "")))
    if len(data) > most:
        raise TooLargeError("larger_than_announced")
    path.write_bytes(data)


def photo(seed: str) -> bytes:
    """A JPEG of two colours and a shape."""
    return _picture(seed, "JPEG", (800, 600))


def sticker(seed: str) -> bytes:
    return _picture(seed, "WEBP", (256, 256))


def face(seed: str) -> bytes:
    """A head and shoulders on a ground, as small as WhatsApp's previews."""
    from PIL import Image, ImageDraw

    dice = random.Random(seed)  # noqa: S311 -- a picture, not a secret
    ground, coat, skin = (tuple(dice.randrange(low, 256) for _ in range(3)) for low in (120, 30, 90))
    picture = Image.new("RGB", (96, 96), ground)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((14, 58, 82, 126), fill=coat)
    draw.ellipse((30, 18, 66, 62), fill=skin)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _picture(seed: str, form: str, size: tuple[int, int]) -> bytes:
    from PIL import Image, ImageDraw

    dice = random.Random(seed)  # noqa: S311 -- a picture, not a secret
    width, height = size
    is_photo = form == "JPEG"
    back, front = (tuple(dice.randrange(60, 256) for _ in range(3)) for _ in range(2))
    picture = Image.new("RGB" if is_photo else "RGBA", size, back if is_photo else (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width // 5, height // 5, width * 4 // 5, height * 4 // 5), fill=front)
    draw.rectangle((width // 3, height // 2, width * 2 // 3, height * 9 // 10), fill=back)
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def tone(seed: str) -> bytes:
    """Two seconds of a sound nobody minds, as WAV."""
    pitch = 220 + zlib.crc32(seed.encode()) % 440
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        steps = (int(6000 * math.sin(math.tau * pitch * t / 8000)) for t in range(16000))
        sound.writeframes(b"".join(struct.pack("<h", step) for step in steps))
    return out.getvalue()


def paper(seed: str) -> bytes:
    """A PDF of one page with one line."""
    line = "".join(c for c in seed if (c.isascii() and c.isalnum()) or c == " ")[:40] or "Clarin"
    stream = f"BT /F1 24 Tf 72 720 Td ({line}) Tj ET".encode()
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (table, len(out))
    )


def film(_seed: str) -> bytes:
    """The beginning of an MP4: enough to be recognised, and to be shown with a player that has nothing to play."""
    kind = b"isom\x00\x00\x02\x00isomiso2mp41"
    return struct.pack(">I", len(kind) + 8) + b"ftyp" + kind + struct.pack(">I", 8) + b"free"


def bomb(_seed: str) -> bytes:
    """A PNG of a few kilobytes that would be 10 GB of pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(4_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


_HTML = b"<!doctype html><script>alert(1)</script>"
MAKERS: dict[str, Callable[[str], bytes]] = {
    "photo": photo,
    "sticker": sticker,
    "film": film,
    "voice": tone,
    "song": tone,
    "paper": paper,
    "bomb": bomb,
    "face": face,
}
