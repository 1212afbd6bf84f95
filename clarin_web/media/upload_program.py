"""A program: makes a file somebody chose ready to be sent, and says what it is. Pages and sockets never do this work.

`python upload_program.py PATH MEANT` may write PATH anew; JSON on standard output. MEANT: see `kinds.ASKED`, or "plain"
for a file that nothing is to be known of but its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve()
MOST_MEMORY = 1024 * 1024 * 1024  # bytes, of which a picture of 220 megapixels, read at half, takes a third
PHOTOS = ("image/jpeg", "image/png", "image/webp")


def prepare(path: Path, meant: str) -> dict[str, Any]:
    """What the row of the file will say. A picture nobody can open safely is a file like any other."""
    from clarin_web.media.inspection import Found, look_at
    from clarin_web.media.pictures import TooManyPixels
    from clarin_web.media.types import UNKNOWN

    seconds, is_photo = _as_voice(path) if meant == "voice" else 0, meant == "auto" and _as_photo(path)
    try:
        found = Found(UNKNOWN) if meant == "plain" else look_at(path)
    except TooManyPixels:
        found = Found(UNKNOWN)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    drawn = base64.b64encode(found.thumb).decode()
    return {"mime": found.mime, "thumb": drawn, "width": found.width, "height": found.height, "seconds": seconds,
            "is_photo": is_photo, "size": path.stat().st_size, "digest": digest}  # fmt: skip


def _as_voice(path: Path) -> int:
    """Seconds of a voice note in the wrapping phones play; 0 for what is none, which stays as it is."""
    from clarin_web.media.voice import voice_of

    voice = voice_of(path.read_bytes())
    if voice is None:
        return 0
    path.write_bytes(voice.ogg)
    return voice.seconds


def _as_photo(path: Path) -> bool:
    """The photo it was meant to be: phones take a WebP for a sticker, and none of fifty megapixels or 16 MB."""
    from clarin_web.media.kinds import kind_for
    from clarin_web.media.pictures import MOST_PIXELS, jpeg_of, pixels_of
    from clarin_web.media.types import HEAD, sniff

    with path.open("rb") as file:
        mime = sniff(file.read(HEAD))
    if mime not in PHOTOS:
        return False
    data = path.read_bytes()
    is_shown = mime != "image/webp" and kind_for(mime, len(data), "auto") == "image"
    if (is_shown and pixels_of(data) <= MOST_PIXELS) or (photo := jpeg_of(data)) is None:
        return False
    path.write_bytes(photo)
    return True


def _within_bounds() -> None:
    """Pages come first, and what a stranger's file makes of the memory ends here."""
    import resource

    os.nice(10)
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    sys.path.insert(0, str(PROGRAM.parents[2]))
    _within_bounds()
    sys.stdout.write(json.dumps(prepare(Path(sys.argv[1]), sys.argv[2])))
