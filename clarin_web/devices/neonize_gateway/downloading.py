"""Files from WhatsApp's servers, decrypted as they come: bounded in size and time, never whole in memory.

neonize's own download reads everything into memory whatever was announced, inside a process that a Go panic ends.
The bytes are ordinary HTTPS, encrypted with a key that is in the message, so they are fetched and checked here,
without neonize's Go library and outside the number's process.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clarin_web.devices.gateway import GoneError, PermanentError, TooLargeError, TransientError
from clarin_web.devices.neonize_gateway import protos
from clarin_web.devices.neonize_gateway.refs import KINDS, PLAIN

HOST = "mmg.whatsapp.net"
LONGEST = 300.0  # seconds for one file: a server that drips must not hold the others up
TAG, BLOCK = 10, 16
PLAIN_MOST = 2**20  # bytes of a profile picture; a real one has some ten thousand
_HEADERS = {"Origin": "https://web.whatsapp.com", "Referer": "https://web.whatsapp.com/"}


def download(ref: bytes, path: Path, most: int, proxy: str | None = None) -> None:
    """See `devices.gateways.fetch`."""
    if ref.startswith(PLAIN):
        _download_plain(ref.decode(), path, min(most, PLAIN_MOST), proxy)
        return
    _, contents = protos.load()
    ((field, part),) = contents.Message.FromString(ref).ListFields()
    _download_sealed(part, *KINDS[field.name], path, most, proxy)


def download_history(notice: Any, path: Path, most: int, proxy: str | None) -> None:
    """What a phone left for a device it linked; as `download`."""
    part = protos.load()[1].DocumentMessage()
    for field in ("directPath", "mediaKey", "fileSHA256", "fileEncSHA256"):
        setattr(part, field, getattr(notice, field))
    _download_sealed(part, "History", "md-msg-hist", path, most, proxy)


def _download_sealed(part: Any, use: str, server_name: str, path: Path, most: int, proxy: str | None) -> None:
    addresses = list(_addresses(part, server_name))
    with httpx.Client(proxy=proxy, timeout=httpx.Timeout(30, connect=10), headers=_HEADERS) as client:
        for address in addresses:
            if _fetch(client, address, lambda pieces, file: _decrypt(pieces, part, use, file), path, most):
                return
    raise GoneError("expired")


def _download_plain(address: str, path: Path, most: int, proxy: str | None) -> None:
    """A picture that lies open: nothing is decrypted, everything else holds as for a message's file."""
    if not _is_whatsapps(address):
        raise PermanentError("not_whatsapps")
    with httpx.Client(proxy=proxy, timeout=httpx.Timeout(30, connect=10), headers=_HEADERS) as client:
        if not _fetch(client, address, lambda pieces, file: file.writelines(pieces), path, most):
            raise GoneError("expired")


def _addresses(part: Any, server_name: str) -> Iterator[str]:
    """Only WhatsApp's own servers: the address was written by whoever wrote the message."""
    if part.URL and _is_whatsapps(part.URL):
        yield part.URL
    if part.directPath.startswith("/"):
        digest = base64.urlsafe_b64encode(part.fileEncSHA256).decode()
        mark = "&" if "?" in part.directPath else "?"
        yield f"https://{HOST}{part.directPath}{mark}hash={digest}&mms-type={server_name}&__wa-mms="


def _is_whatsapps(url: str) -> bool:
    """`web.whatsapp.net` is what phones write when they mean the path beside it."""
    try:
        there = urlsplit(url)
        port = there.port
    except ValueError:
        return False
    host = there.hostname or ""
    known = host.endswith(".whatsapp.net") and host != "web.whatsapp.net"
    return there.scheme == "https" and known and port in (None, 443) and not there.username


def _fetch(
    client: httpx.Client,
    address: str,
    write: Callable[[Iterator[bytes], BinaryIO], None],
    path: Path,
    most: int,
) -> bool:
    """False when it is not (or no more) there."""
    try:
        with client.stream("GET", address) as answer:
            if answer.status_code in (403, 404, 410):
                return False
            if answer.status_code != 200:
                raise TransientError(f"status_{answer.status_code}")
            with path.open("wb") as file:
                write(_bounded(answer, most), file)
    except httpx.HTTPError as error:
        raise TransientError(type(error).__name__) from error
    return True


def _bounded(answer: httpx.Response, most: int) -> Iterator[bytes]:
    """The encrypted bytes, as sent: a compressed answer could grow a thousandfold behind our back."""
    limit, seen, until = most + BLOCK + TAG, 0, time.monotonic() + LONGEST
    if int(answer.headers.get("Content-Length") or 0) > limit:
        raise TooLargeError("larger_than_announced")
    for piece in answer.iter_raw(64 * 1024):
        seen += len(piece)
        if seen > limit:
            raise TooLargeError("larger_than_announced")
        if time.monotonic() > until:
            raise TransientError("too_slow")
        yield piece


def _decrypt(pieces: Iterator[bytes], part: Any, use: str, file: BinaryIO) -> None:
    """Nothing written is used before every check of the last line has passed."""
    iv, key, tag_key = _keys(part.mediaKey, use)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    seal = hmac.HMAC(tag_key, hashes.SHA256())
    seal.update(iv)
    plain_hash, held = hashlib.sha256(), b""
    plain = _Unpadded(file, plain_hash)
    for piece in pieces:
        held += piece
        ready, held = held[:-TAG], held[-TAG:]
        seal.update(ready)
        plain.write(decryptor.update(ready))
    expected = seal.finalize()[:TAG]
    try:
        plain.write(decryptor.finalize())
    except ValueError as error:
        raise PermanentError("damaged") from error
    plain.finish()
    if held != expected or (part.fileSHA256 and plain_hash.digest() != part.fileSHA256):
        raise PermanentError("damaged")


class _Unpadded:
    """The last block says how much of it is filling, so one block is always held back."""

    def __init__(self, file: BinaryIO, digest: Any) -> None:
        self._file, self._digest, self._last = file, digest, b""

    def write(self, data: bytes) -> None:
        data = self._last + data
        self._last, ready = data[-BLOCK:], data[:-BLOCK]
        self._put(ready)

    def finish(self) -> None:
        filling = self._last[-1] if self._last else 0
        if not 1 <= filling <= BLOCK or self._last[-filling:] != bytes([filling]) * filling:
            raise PermanentError("damaged")
        self._put(self._last[:-filling])

    def _put(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


def _keys(media_key: bytes, use: str) -> tuple[bytes, bytes, bytes]:
    """Start value, cipher key and seal key, as WhatsApp derives them."""
    info = f"WhatsApp {use} Keys".encode()
    keys = HKDF(hashes.SHA256(), 112, salt=None, info=info).derive(media_key)
    return keys[:16], keys[16:48], keys[48:80]
