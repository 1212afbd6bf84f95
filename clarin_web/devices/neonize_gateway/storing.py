"""Which of neonize's events are kept, under which name, and what must be added while the connection is at hand.

The raw event is stored before anything is asked of neonize: what fails afterwards loses nothing.
"""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import DecodeError

from clarin_web.devices.gateway import Listener
from clarin_web.devices.neonize_gateway import history, message_secrets
from clarin_web.devices.neonize_gateway.announced import Announced
from clarin_web.devices.neonize_gateway.receipt_gate import ReceiptGate, is_content

log = logging.getLogger(__name__)
QUIET = 300.0  # seconds between two complaints about what nobody can read
STORED = {
    "MessageEv": "message",
    "ReceiptEv": "receipt",
    "UndecryptableMessageEv": "undecryptable",
    "HistorySyncEv": "history",
    "CallOfferEv": "call_offer",
    "CallOfferNoticeEv": "call_notice",
    "CallAcceptEv": "call_accept",
    "CallTerminateEv": "call_end",
    "GroupInfoEv": "group",
    "JoinedGroupEv": "joined",
    "PictureEv": "picture",
}


def keeping_unreadable(
    execute: Callable[[int, int, int, int], None], names: dict[int, str], keep: Callable[[bytes, str], None]
) -> Callable[[int, int, int, int], None]:
    """neonize's own way in, but that what it cannot read is kept as it came: else nobody would ever hear of it.

    `names`: how events are kept, by neonize's number of them.
    """

    def read(uuid: int, binary: int, size: int, code: int) -> None:
        try:
            execute(uuid, binary, size, code)
        except DecodeError:
            if code not in names:
                raise
            keep(ctypes.string_at(binary, size), f"neonize.{names[code]}")

    return read


class Storing:
    """Turns an event into the rows to keep. `client` is neonize's; `find` gives the secrets of a message."""

    def __init__(self, client: Any, find: message_secrets.Find, announced: Announced | None = None) -> None:
        self._client, self._find, self._announced = client, find, announced
        self._complained = -QUIET

    def rows(self, kind: str, event: Any) -> Iterator[tuple[bytes, str]]:
        """Bytes and the name to keep them under, the most important first."""
        if kind == "history":
            yield from ((raw, "neonize.history") for raw in history.slices(event))
            return
        yield event.SerializeToString(), f"neonize.{kind}"
        if kind == "message" and event.Message.HasField("pollUpdateMessage"):
            yield from self._vote(event)
        elif kind == "message" and message_secrets.is_sealed(event):
            yield from self._unsealed(event)

    def keeper(self, kind: str, listener: Listener, gate: ReceiptGate) -> Callable[[Any], None]:
        """What is done with each event of that kind. A message's receipt may leave when this returns."""

        def keep(event: Any) -> None:
            try:
                self._store(kind, event, listener)
            except Exception:
                if kind in ("message", "undecryptable"):
                    gate.fail()
                raise
            if kind == "undecryptable":
                gate.once_more.has_place(event.Info.ID)
                gate.settled(was_opened=False)
            elif kind == "message" and is_content(event.Message):
                gate.stored(event.Info.ID)

        return keep

    def _store(self, kind: str, event: Any, listener: Listener) -> None:
        for raw, name in self.rows(kind, event):
            listener.on_event(raw, name)
        if self._announced and kind == "message":
            self._announced.heard(event.Message)
        elif self._announced and kind == "history":
            self._announced.told(event.Data)

    def _vote(self, event: Any) -> Iterator[tuple[bytes, str]]:
        """The same event with the vote readable: only here are the keys it was encrypted with."""
        try:
            vote = self._client.decrypt_poll_vote(event)
        except Exception as error:  # noqa: BLE001 -- whatever Go says; the poll then simply lacks this vote
            self._complain("a vote cannot be read", error)
            return
        readable = type(event)()
        readable.CopyFrom(event)
        readable.Message.pollUpdateMessage.vote.encPayload = vote.SerializeToString()
        readable.Message.pollUpdateMessage.vote.encIV = b""
        yield readable.SerializeToString(), "neonize.poll_vote"

    def _unsealed(self, event: Any) -> Iterator[tuple[bytes, str]]:
        """The same event as it would have come unsealed. Without the secret its message says that it was edited."""
        try:
            yield from message_secrets.readable(event, self._find)
        except Exception as error:  # noqa: BLE001 -- what others sealed, or a library without SQLite: it stays sealed
            self._complain("what is sealed cannot be read", error)

    def _complain(self, what: str, error: Exception) -> None:
        if time.monotonic() > self._complained + QUIET:
            self._complained = time.monotonic()
            log.warning("%s: %s", what, type(error).__name__)
