"""Histories that were announced and have not come, written down beside the session.

whatsmeow confirms the notice, and fetches what it announces afterwards: a kill in between, or a download that failed,
would lose that part for ever, as a phone tells it once. It lies on WhatsApp's servers for a while and the notice holds
its key, so it is fetched here, without the phone.
"""

from __future__ import annotations

import base64
import logging
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clarin_web.devices.gateway import GoneError, PermanentError, TransientError
from clarin_web.devices.neonize_gateway import history, protos

log = logging.getLogger(__name__)
SUFFIX = ".announced"
LOST = "neonize.history_lost"
PATIENCE = 600.0  # seconds in which the library may fetch it itself; and between two tries of ours
MOST, MOST_OPENED = 64 * 2**20, 256 * 2**20
Tell = Callable[[bytes, str], None]


class Announced:
    """`tell` keeps an event. What an earlier process left is due at once."""

    def __init__(self, session_file: Path, proxy: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = session_file.with_name(session_file.name + SUFFIX)
        self._proxy, self._clock = proxy, clock
        self._lock = threading.Lock()
        self._early: Counter[tuple[int, int]] = Counter()
        self._due = dict.fromkeys(self._read(), clock())
        self._fetching: threading.Thread | None = None

    def heard(self, message: Any) -> None:
        """Before the message is confirmed."""
        if not message.protocolMessage.HasField("historySyncNotification"):
            return
        notice = message.protocolMessage.historySyncNotification
        if not (notice.directPath or notice.initialHistBootstrapInlinePayload):
            return  # that there is no history, or who may see it
        with self._lock:
            if self._early[_key(notice)]:
                self._early[_key(notice)] -= 1
                return
            self._due[bytes(notice.SerializeToString())] = self._clock() + PATIENCE
            self._write()

    def told(self, data: Any) -> None:
        """It came, and is stored. Its notice may be behind it: they take two ways through the library."""
        with self._lock:
            found = (raw for raw in self._due if _key(_notice(raw)) == _key(data))
            if (raw := next(found, None)) is None:
                self._early[_key(data)] += 1
                return
            del self._due[raw]
            self._write()

    def look(self, tell: Tell) -> None:
        """Called now and then while connected; what is due is fetched on a thread of its own."""
        if self._fetching is not None and self._fetching.is_alive():
            return
        with self._lock:
            raw = next((raw for raw, due in self._due.items() if due <= self._clock()), None)
        if raw is not None:
            self._fetching = threading.Thread(target=self._fetch, args=(raw, tell), daemon=True)
            self._fetching.start()

    def _fetch(self, raw: bytes, tell: Tell) -> None:
        """What cannot come any more is told as such: people see it on the page of the number."""
        try:
            for part in history.slices(fetched(raw, self._proxy)):
                tell(part, "neonize.history")
            log.warning("a history that was announced had not come: it is fetched now")
        except TransientError:
            with self._lock:
                self._due[raw] = self._clock() + PATIENCE
            return
        except (GoneError, PermanentError, ValueError, zlib.error):
            tell(raw, LOST)
        with self._lock:
            if self._due.pop(raw, None) is not None:
                self._write()

    def _read(self) -> list[bytes]:
        """A line cut short by a kill was not confirmed: the notice comes again."""
        lines = self._path.read_bytes().split(b"\n")[:-1] if self._path.exists() else []
        return [base64.b64decode(line) for line in lines]

    def _write(self) -> None:
        """Whole or not at all."""
        lines = b"".join(base64.b64encode(raw) + b"\n" for raw in self._due)
        fresh = self._path.with_name(self._path.name + "~")
        fresh.write_bytes(lines)
        fresh.chmod(0o600)
        fresh.replace(self._path)


def fetched(raw: bytes, proxy: str) -> Any:
    """The event the library would have told. Raises as `devices.gateways.fetch`, or ValueError for what is none."""
    from clarin_web.devices.neonize_gateway import downloading  # heavy, and almost never needed here

    notice, event = _notice(raw), protos.load()[0].HistorySync()
    sealed = bytes(notice.initialHistBootstrapInlinePayload)
    if not sealed:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history"
            downloading.download_history(notice, path, MOST, proxy or None)
            sealed = path.read_bytes()
    try:
        event.Data.ParseFromString(zlib.decompressobj().decompress(sealed, MOST_OPENED))
    except Exception as error:  # protobuf's own, whatever its implementation calls it
        raise ValueError("not a history") from error
    return event


def _notice(raw: bytes) -> Any:
    return protos.load()[1].HistorySyncNotification.FromString(raw)


def _key(about: Any) -> tuple[int, int]:
    """What a notice and the history it announces have in common."""
    return int(about.syncType), int(about.chunkOrder)
