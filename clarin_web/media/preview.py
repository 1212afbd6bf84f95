"""The tiny JPEG that phones show before they have a picture: WebP in, JPEG out.

Also a program: Pillow would weigh ten megabytes for ever in each number's process that once sent a picture.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

PROGRAM = Path(__file__).resolve()
SIDE = 96


def draw(webp: bytes) -> bytes:
    """On white, at most SIDE pixels wide and high."""
    from PIL import Image

    with Image.open(BytesIO(webp), formats=("WEBP",)) as small:
        flat = Image.new("RGB", small.size, "white")
        flat.paste(small, mask=small.getchannel("A") if small.mode == "RGBA" else None)
        flat.thumbnail((SIDE, SIDE))
        out = BytesIO()
        flat.save(out, "JPEG", quality=60)
    return out.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read()))
