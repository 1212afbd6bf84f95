"""Where bytes of files are kept: by account and by the SHA-256 of what they are, so the same file is kept once.

A file is there whole or not at all. Nothing outside this module knows a path.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from clarin_web.config import settings
from clarin_web.lib.errors import NotFound, Unavailable
from clarin_web.lib.outage import Outage
from clarin_web.lib.threads import off_loop

CHUNK = 128 * 1024
outage = Outage("store of files", "files are not shown")


class Storage(Protocol):
    """Somewhere to keep files. Every method may raise OSError: nothing was kept, or it cannot be reached now."""

    def keep(self, account_id: int, digest: str, path: Path) -> None:
        """Take the file at `path`, whose SHA-256 is `digest`; it is gone from there. Twice is once."""

    def read(self, account_id: int, digest: str, start: int, length: int) -> Iterator[bytes]:
        """These bytes of it. Raises NotFound before the first one."""

    def forget(self, account_id: int, digest: str) -> None:
        """Nobody needs it any more; not being there is fine."""


class Folder:
    """The default: a folder of this machine, `<state dir>/media`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, account_id: int, digest: str, path: Path) -> None:
        target = self._path(account_id, digest)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        off_loop(_sync, path)
        path.replace(target)

    def read(self, account_id: int, digest: str, start: int, length: int) -> Iterator[bytes]:
        try:
            file = self._path(account_id, digest).open("rb")
        except FileNotFoundError as error:
            raise NotFound("media") from error
        return _pieces(file, start, length)

    def forget(self, account_id: int, digest: str) -> None:
        self._path(account_id, digest).unlink(missing_ok=True)

    def _path(self, account_id: int, digest: str) -> Path:
        return self._root / str(account_id) / digest[:2] / digest


def _pieces(file: object, start: int, length: int) -> Iterator[bytes]:
    """A generator's body begins at its first `next`: the file is opened before, so that a 404 is still possible."""
    with file:  # type: ignore[attr-defined]
        file.seek(start)  # type: ignore[attr-defined]
        while length > 0 and (piece := file.read(min(CHUNK, length))):  # type: ignore[attr-defined]
            length -= len(piece)
            yield piece


def _sync(path: Path) -> None:
    """Onto the disk, which takes as long as the disk takes."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


def folder() -> Path:
    """Of finished files and of those being written, on one disk: what is whole is moved, never copied."""
    return settings().state_dir / "media"


@lru_cache(maxsize=1)
def storage() -> Storage:
    """The one of this installation. A folder needs no HTTP client, so each number's process is smaller without."""
    address = settings().media_s3
    if not address:
        return Folder(folder())
    from clarin_web.media.s3 import Bucket

    return Bucket(address)


@contextmanager
def scratch() -> Iterator[Path]:
    """A place for a file that is being written; what is left there afterwards goes."""
    parent = folder() / "tmp"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def needed_now() -> Iterator[None]:
    """For whoever waits for a file: Unavailable when its store does not answer, which the log says once."""
    try:
        yield
    except OSError as error:
        outage.began(error, reason=str(error))
        raise Unavailable("files_away") from error


def shown(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What is being sent to a browser breaks off when the store does: the server closes, and says no more about it."""
    try:
        yield from pieces
    except OSError as error:
        outage.began(error, reason=str(error))
        raise ConnectionResetError(errno.ECONNRESET, "the store of files broke off") from error
    outage.over()


def forget_scratch(older: timedelta = timedelta(days=1)) -> None:
    """What processes that were killed had begun to write: nobody comes back to it."""
    for path in (folder() / "tmp").glob("*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > older.total_seconds():
                path.unlink()


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep_bytes(account_id: int, data: bytes, lock: Callable[[str], None]) -> str:
    """Into storage, after `lock(hash)`; the hash."""
    digest = hashlib.sha256(data).hexdigest()
    lock(digest)
    with scratch() as path:
        path.write_bytes(data)
        storage().keep(account_id, digest, path)
    return digest


@contextmanager
def borrowed(account_id: int, digest: str, size: int) -> Iterator[Path]:
    """A copy on this machine's disk, for whoever needs a path."""
    with scratch() as path:
        with path.open("wb") as copy:
            for piece in storage().read(account_id, digest, 0, size):
                copy.write(piece)
        yield path
