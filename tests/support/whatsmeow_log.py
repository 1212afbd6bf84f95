"""whatsmeow's log without neonize: the lines that it waits for, as it writes them."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from clarin_web.devices.neonize_gateway import in_flight, protos, receipt_gate
from clarin_web.devices.neonize_gateway.receipt_gate import ReceiptGate

ROSA, GROUP = "51911111111@s.whatsapp.net", "1203630@g.us"


class Wire:
    """A gate with a log whose lines are objects; `told` are the messages that were lost."""

    def __init__(self, session_file: Path) -> None:
        self.told: list[tuple[str, str]] = []
        self.file = session_file
        self._lines: list[Any] = []
        self.gate = ReceiptGate(
            in_flight.InFlight(session_file), lambda data: self._lines[int(data)], lambda *_: None, self._tell,
            self._tell,
        )  # fmt: skip

    def _tell(self, wa_id: str, source: str) -> None:
        self.told.append((wa_id, source))

    def say(self, name: str, message: str, level: str = "DEBUG") -> threading.Thread:
        """From a thread of its own, as whatsmeow does; it ends when whatsmeow may go on."""
        self._lines.append(SimpleNamespace(Name=name, Message=message, Level=level))
        number = str(len(self._lines) - 1).encode()
        buffer = ctypes.create_string_buffer(number)

        def read() -> None:
            self.gate.read_line(ctypes.addressof(buffer), len(number))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def open(self, source: str = ROSA) -> threading.Thread:
        return self.say("Client", receipt_gate.OPENING + source)

    def confirm(self, wa_id: str) -> threading.Thread:
        return self.say("Client/Send", f'<receipt id="{wa_id}" to="{ROSA}" type="inactive"/>')


def ends(thread: threading.Thread) -> bool:
    thread.join(30)
    return not thread.is_alive()


def undecryptable(raw: bytes) -> Any:
    return protos.load()[0].UndecryptableMessage.FromString(raw)
