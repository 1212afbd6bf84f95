"""A file on its way to WhatsApp: uploaded first, then a message that says where it is and how to open it.

neonize's own senders want ffmpeg, guess types and open a `str` as a path or a URL: only its upload is used, with bytes.
"""

from __future__ import annotations

import enum
from typing import Any

from clarin_web.devices.files import bytes_of, preview_of
from clarin_web.devices.neonize_gateway.building import context_of
from clarin_web.devices.neonize_gateway.protos import load
from clarin_web.devices.outgoing import OutgoingMedia


class Shelf(enum.Enum):
    """Neonize's MediaType by its numbers: its own cannot be imported without its library."""

    IMAGE = 0
    VIDEO = 1
    AUDIO = 2
    DOCUMENT = 3


_SHELVES = {
    "image": Shelf.IMAGE,
    "sticker": Shelf.IMAGE,
    "video": Shelf.VIDEO,
    "gif": Shelf.VIDEO,
    "audio": Shelf.AUDIO,
    "voice": Shelf.AUDIO,
    "document": Shelf.DOCUMENT,
}
VOICE_MIME = "audio/ogg; codecs=opus"


def upload(client: Any, message: OutgoingMedia) -> Any:
    """The waE2E.Message to send. Nothing has left when this fails."""
    stored = client.upload(bytes_of(message.file), _SHELVES[message.kind.value])
    return _FILLERS[message.kind.value](message, _where(stored, message), load()[1])


def _where(stored: Any, message: OutgoingMedia) -> dict[str, Any]:
    return {
        "URL": stored.url,
        "directPath": stored.DirectPath,
        "mediaKey": stored.MediaKey,
        "fileSHA256": stored.FileSHA256,
        "fileEncSHA256": stored.FileEncSHA256,
        "fileLength": stored.FileLength,
        "mimetype": VOICE_MIME if message.kind.value == "voice" else message.file.mime,
        **context_of(message, load()[1]),
    }


def _size(message: OutgoingMedia) -> dict[str, Any]:
    return {"width": message.file.width or None, "height": message.file.height or None}


def _image(message: OutgoingMedia, where: dict[str, Any], e2e: Any) -> Any:
    preview = preview_of(message.file) or None
    shown = {"caption": message.caption or None, "JPEGThumbnail": preview, **_size(message)}
    return e2e.Message(imageMessage=e2e.ImageMessage(**where, **shown))


def _video(message: OutgoingMedia, where: dict[str, Any], e2e: Any) -> Any:
    film = e2e.VideoMessage(
        **where,
        caption=message.caption or None,
        seconds=message.file.seconds or None,
        gifPlayback=message.kind.value == "gif" or None,
        **_size(message),
    )
    return e2e.Message(videoMessage=film)


def _audio(message: OutgoingMedia, where: dict[str, Any], e2e: Any) -> Any:
    sound = e2e.AudioMessage(**where, seconds=message.file.seconds or None, PTT=message.kind.value == "voice")
    return e2e.Message(audioMessage=sound)


def _document(message: OutgoingMedia, where: dict[str, Any], e2e: Any) -> Any:
    """Its own name, as the sender has it."""
    name = message.file.name or "file"
    paper = e2e.DocumentMessage(**where, fileName=name, title=name, caption=message.caption or None)
    return e2e.Message(documentMessage=paper)


def _sticker(message: OutgoingMedia, where: dict[str, Any], e2e: Any) -> Any:
    return e2e.Message(stickerMessage=e2e.StickerMessage(**where, **_size(message)))


_FILLERS = {
    "image": _image,
    "sticker": _sticker,
    "video": _video,
    "gif": _video,
    "audio": _audio,
    "voice": _audio,
    "document": _document,
}
