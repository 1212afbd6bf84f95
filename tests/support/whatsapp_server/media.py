"""The media host: files locked by their sender, lying there for whoever has the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from .keys import expand
from .ratchet import cbc, uncbc
from .stream import Stream

HOST = "mmg.whatsapp.net"
INFO = {
    "image": "Image",
    "video": "Video",
    "audio": "Audio",
    "ptt": "Audio",
    "document": "Document",
    "sticker": "Image",
    "history": "History",
}
MAC_LENGTH = 10


class MediaHost:
    """`files`: path to what lies there. `answering`: while it is not set, uploads are taken and not answered."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.uploads: list[str] = []
        self.is_empty = False
        self.answering = threading.Event()
        self.answering.set()

    @contextmanager
    def nothing_lies_there(self) -> Iterator[None]:
        """Meanwhile all that is asked for is not found."""
        self.is_empty = True
        try:
            yield
        finally:
            self.is_empty = False

    def put(self, kind: str, data: bytes) -> dict[str, Any]:
        """Lock a file as a phone does; the answer goes into the message's proto."""
        key = os.urandom(32)
        cipher, mac, iv = _keys(kind, key)
        sealed = cbc(cipher, iv, data)
        sealed += hmac.digest(mac, iv + sealed, hashlib.sha256)[:MAC_LENGTH]
        path = f"/v/t62.7118-24/{secrets.token_hex(8)}.enc"
        self.files[path] = sealed
        return {
            "URL": f"https://{HOST}{path}",
            "directPath": f"{path}?ccb=11-4",  # clients add to this query
            "mediaKey": key,
            "fileSHA256": hashlib.sha256(data).digest(),
            "fileEncSHA256": hashlib.sha256(sealed).digest(),
            "fileLength": len(data),
        }

    def open(self, kind: str, message: Any) -> bytes:
        """What the reader of this message sees."""
        cipher, mac, iv = _keys(kind, message.mediaKey)
        sealed, signature = _split(self.files[urlsplit(message.directPath).path])
        assert hmac.digest(mac, iv + sealed, hashlib.sha256)[:MAC_LENGTH] == signature, "the MAC is wrong"
        return uncbc(cipher, iv, sealed)

    def visit(self, stream: Stream) -> None:
        """One request, then good-bye."""
        method, target, headers = stream.request()
        path = urlsplit(target).path
        if method == "POST":
            return self._take(stream, int(headers["content-length"]))
        if method == "DELETE":
            self.files.pop(path, None)
        found = b"" if method == "DELETE" else None if self.is_empty else self.files.get(path)
        if found is None:
            return stream.reply("404 Not Found", Connection="close")
        stream.reply("200 OK", found, Connection="close")

    def _take(self, stream: Stream, length: int) -> None:
        data = stream.take(length)
        path = f"/v/up/{base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')}"
        self.files[path] = data
        self.uploads.append(path)
        self.answering.wait(60)
        answer = {
            "url": f"https://{HOST}{path}",
            "direct_path": f"{path}?ccb=11-4",
            "handle": secrets.token_hex(4),
        }
        stream.reply(
            "200 OK", json.dumps(answer).encode(), Connection="close", Content_Type="application/json"
        )


def _keys(kind: str, key: bytes) -> tuple[bytes, bytes, bytes]:
    expanded = expand(key, 112, f"WhatsApp {INFO[kind]} Keys".encode())
    return expanded[16:48], expanded[48:80], expanded[:16]


def _split(sealed: bytes) -> tuple[bytes, bytes]:
    return sealed[:-MAC_LENGTH], sealed[-MAC_LENGTH:]
