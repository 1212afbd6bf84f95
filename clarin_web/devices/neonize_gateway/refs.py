"""What is remembered of a message's file, to find its bytes later. Apart from `downloading`, whose libraries weigh more
than all of this: only the worker of files loads them.
"""

from __future__ import annotations

from typing import Any

from clarin_web.devices.neonize_gateway import protos

# Field of the message: (what its keys are derived for, what the server calls it).
KINDS = {
    "imageMessage": ("Image", "image"),
    "stickerMessage": ("Image", "image"),
    "videoMessage": ("Video", "video"),
    "ptvMessage": ("Video", "video"),
    "audioMessage": ("Audio", "audio"),
    "documentMessage": ("Document", "document"),
}
_KEPT = ("URL", "directPath", "mediaKey", "fileSHA256", "fileEncSHA256", "fileLength", "mimetype")


PLAIN = b"https://"  # how the ref of a file begins that is not encrypted; no message's part begins so
PORTRAITS = "pps.whatsapp.net"


def plain_ref(url: str, direct_path: str) -> bytes:
    """Of a profile picture: anybody who knows its address may have it. b"" when WhatsApp gave none."""
    if url.startswith(PLAIN.decode()):
        return url.encode()
    return f"https://{PORTRAITS}{direct_path}".encode() if direct_path.startswith("/") else b""


def ref_of(name: str, part: Any) -> bytes:
    """What `download` needs of a message's part; b"" when the part leads to no bytes (or to none by a text)."""
    if name not in KINDS or not part.mediaKey or not (part.URL or part.directPath):
        return b""
    _, contents = protos.load()
    kept = contents.Message()
    for field in _KEPT:
        if value := getattr(part, field):
            try:
                setattr(getattr(kept, name), field, value)
            except ValueError:  # an address that is not UTF-8
                return b""
    return bytes(kept.SerializeToString())
