"""Small pictures of large ones, drawn by us. Whatever a file claims, neither memory nor time run away with it.

Only jobs and uploads call this: Pillow is imported when the first picture is drawn.
"""

from __future__ import annotations

import mmap
import re
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 25_000_000
# A JPEG painted once is read at half, a quarter or an eighth of its size: what phones of 200 megapixels take.
MOST_JPEG_PIXELS = 220_000_000
SENT_SIDE = 4096  # of a photo made smaller to be sent; WhatsApp's own "HD" is about that
MOST_SCANS = 50  # a progressive JPEG has ten or so; a thousand in 200 kB are minutes of work for nothing
SIDE = 640
# In a JPEG: what begins a part with a length of its own, among the bytes of the picture itself.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
SCAN, END = 0xDA, 0xD9
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")


class NotAPicture(Exception):
    """Pillow cannot read it."""


class TooManyPixels(Exception):
    """It would fill the memory when opened: a bomb, or larger than any chat needs."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A WebP without anything the camera wrote beside the picture, and the size of the original."""

    webp: bytes
    width: int
    height: int


def draw_small(path: Path, side: int = SIDE) -> Drawn:
    """The first frame, upright, at most `side` pixels wide and high. Raises NotAPicture or TooManyPixels."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_JPEG_PIXELS
    if scans_of(path, MOST_SCANS + 1) > MOST_SCANS:
        raise NotAPicture()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is odd in it: nobody could do anything about that
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                _refuse_many_pixels(picture)
                width, height = picture.size
                picture.draft("RGB", (side * 2, side * 2))
                upright = ImageOps.exif_transpose(picture)
                return Drawn(_webp(upright, side), *_upright(picture.getexif().get(0x0112, 1), width, height))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels() from error
    except TooManyPixels:
        raise
    except Exception as error:  # a stranger wrote these bytes: whatever Pillow raises is about them
        raise NotAPicture() from error


def jpeg_of(data: bytes) -> bytes | None:
    """A still picture as JPEG, upright and at most SENT_SIDE wide and high; None when it moves, is a bomb or none."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_JPEG_PIXELS
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            _refuse_many_pixels(picture)
            if getattr(picture, "is_animated", False):
                return None
            picture.draft("RGB", (SENT_SIDE // 2, SENT_SIDE // 2))  # never to less than that
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((SENT_SIDE, SENT_SIDE), Image.Resampling.LANCZOS)
            flat = _on_white(upright)
    except (OSError, ValueError, SyntaxError, MemoryError, TooManyPixels, Image.DecompressionBombError):
        return None
    out = BytesIO()
    flat.save(out, "JPEG", quality=88)
    return out.getvalue()


def scans_of(path: Path, enough: int) -> int:
    """How often a JPEG paints its picture over, counted no further than `enough`; 0 for everything else."""
    found, at = 0, 2
    with path.open("rb") as file:
        if file.read(2) != b"\xff\xd8":
            return 0
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            while found < enough and (marker := _MARKER.search(data, at)):
                kind, at = data[marker.end() - 1], marker.end()
                if kind == END:
                    break
                found += kind == SCAN
                at += max(int.from_bytes(data[at : at + 2]), 2)
    return found


def pixels_of(data: bytes) -> int:
    """As its head says; 0 for what is no picture of ours."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            return picture.width * picture.height
    except (OSError, ValueError, SyntaxError):
        return 0


def _refuse_many_pixels(picture: Image.Image) -> None:
    """Pillow itself only stops at twice its limit. A JPEG painted over and over is held whole, like all others."""
    is_scaled = picture.format == "JPEG" and not picture.info.get("progressive")
    if picture.width * picture.height > (MOST_JPEG_PIXELS if is_scaled else MOST_PIXELS):
        raise TooManyPixels()


def _on_white(picture: Image.Image) -> Image.Image:
    """Photos have no transparency; what is behind it in a chat is white."""
    from PIL import Image

    if picture.mode == "RGB":
        return picture
    layers = _in_eight_bits(picture).convert("RGBA")
    flat = Image.new("RGB", layers.size, "white")
    flat.paste(layers, mask=layers.getchannel("A"))
    return flat


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Grey of 16 bits, as scanners write it, is white to Pillow from the 256th shade on."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda shade: shade * (1 / 256)).convert("L")


def _upright(orientation: int, width: int, height: int) -> tuple[int, int]:
    return (height, width) if orientation in (5, 6, 7, 8) else (width, height)


def _webp(picture: object, side: int) -> bytes:
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101 -- for the type checker
    picture = _in_eight_bits(picture)
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    small = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "PA") else "RGB")
    out = BytesIO()
    small.save(out, "WEBP", quality=74, method=2)
    return out.getvalue()
