"""Linking a number: the codes to scan, the letters to type, and why it failed."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from clarin_web.devices.gateway import ConnectionChanged, GatewayError, Listener, PairingCode, State
from clarin_web.devices.neonize_gateway import sending, verdicts

_FIRST_CODE, _NEXT_CODE = timedelta(seconds=60), timedelta(seconds=20)
_ALL_CODES = _FIRST_CODE + 5 * _NEXT_CODE  # then WhatsApp hangs up, and a typed code dies with the rest
_SAID_BEFORE = timedelta(seconds=3)  # codes that stop earlier than this before their end did not run out
_EVENT_SECONDS = 2.0  # within which the reason of a failed linking follows its status


class Linking:
    """`phone`: digits, when it is linked by letters typed on that phone; `tell`: how it failed."""

    def __init__(
        self, client: Any, listener: Listener, phone: str, tell: Callable[[ConnectionChanged], None]
    ) -> None:
        self._client, self._listener, self._phone, self._tell = client, listener, phone, tell
        self._codes, self._codes_until = 0, datetime.now(UTC)

    def show_code(self, code: bytes) -> None:
        life = _FIRST_CODE if self._codes == 0 else _NEXT_CODE
        self._codes, self._codes_until = self._codes + 1, datetime.now(UTC) + life
        self._listener.on_pairing_code(PairingCode(code.decode(), self._codes_until))
        if self._codes == 1 and self._phone:
            threading.Thread(target=self._ask_for_typed_code, name="neonize-pair", daemon=True).start()

    def _ask_for_typed_code(self) -> None:
        """Only once the first QR code is there: before it WhatsApp does not listen. Refused, the pairing is over."""
        until = datetime.now(UTC) + _ALL_CODES
        try:
            code = sending.typed_code(self._client, self._phone)
        except GatewayError as error:
            self._tell(ConnectionChanged(State.UNPAIRED, error.reason))
        else:
            self._listener.on_pairing_code(PairingCode(code, until, typed=True))

    def end(self, _uuid: int, status: int) -> None:
        """Of some ends it only says that there was one: why comes as an event, after this hook."""
        text = ctypes.string_at(status).decode(errors="replace")
        if text == "timeout":
            ran_out = datetime.now(UTC) >= self._codes_until - _SAID_BEFORE
            reason = "code_expired" if ran_out else "pairing_cut"
            self._tell(ConnectionChanged(State.UNPAIRED, reason))
        elif text in ("error", "err-unexpected-state"):
            threading.Timer(_EVENT_SECONDS, lambda: self._tell(verdicts.of_pairing(text))).start()
        elif text != "success":
            self._tell(verdicts.of_pairing(text))
