"""What a file really is, by its bytes; and for pictures a small one of ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clarin_web.media.pictures import SIDE, NotAPicture, draw_small
from clarin_web.media.types import HEAD, PICTURES, UNKNOWN, sniff


@dataclass(frozen=True, slots=True)
class Found:
    """The truth about a file."""

    mime: str
    thumb: bytes = b""
    width: int = 0
    height: int = 0


def look_at(path: Path, side: int = SIDE) -> Found:
    """Raises TooManyPixels. A picture nobody can draw is only offered as a file."""
    with path.open("rb") as file:
        mime = sniff(file.read(HEAD))
    if mime not in PICTURES:
        return Found(mime)
    try:
        small = draw_small(path, side)
    except NotAPicture:
        return Found(UNKNOWN)
    return Found(mime, small.webp, small.width, small.height)
