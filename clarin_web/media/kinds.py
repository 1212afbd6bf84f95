"""As which kind of message a file is sent: what phones show as a picture or play; everything else is a document."""

from __future__ import annotations

from clarin_web.config import settings

ASKED = ("auto", "document", "voice", "sticker")
MB = 1024 * 1024
# What it is, by its bytes: (kind, the most bytes WhatsApp's phones take of that kind).
_SHOWN = {
    "image/jpeg": ("image", 16 * MB),
    "image/png": ("image", 16 * MB),
    "video/mp4": ("video", 32 * MB),
    "audio/mpeg": ("audio", 16 * MB),
    "audio/mp4": ("audio", 16 * MB),
    "audio/aac": ("audio", 16 * MB),
    "audio/ogg": ("audio", 16 * MB),
}
STICKER_MOST = MB
# The process that sends holds a file several times over: larger ones would cost it more memory than it may have.
SENT_MOST = 32 * MB
CAPTIONED = ("image", "video", "document")


def most_sent() -> int:
    """Bytes of one file of ours, as told before it is chosen."""
    return min(SENT_MOST, settings().media_most)


def kind_for(mime: str, size: int, asked: str) -> str | None:
    """None when it cannot be sent as what was asked for."""
    if asked == "sticker":
        return "sticker" if mime == "image/webp" and size <= STICKER_MOST else None
    kind, most = _SHOWN.get(mime, ("document", 0))
    if asked == "document" or size > most:
        return "document"
    return kind
