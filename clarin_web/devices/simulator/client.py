"""The simulated gateway: behaves like a linked number, on one thread of its own, and says that it is simulated."""

from __future__ import annotations

import logging
import random
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clarin_web.devices.files import bytes_of
from clarin_web.devices.gateway import (
    ONLINE_FOR,
    Address,
    Capabilities,
    ConnectionChanged,
    Decoded,
    Kind,
    Listener,
    PermanentError,
    Presence,
    SentResult,
    State,
    TooOftenError,
    TransientError,
    UncertainError,
)
from clarin_web.devices.outgoing import KINDS, Outgoing, OutgoingMedia
from clarin_web.devices.simulator import pairing, people, profiles, wire
from clarin_web.devices.simulator import script as scripts
from clarin_web.devices.simulator.openings import Openings
from clarin_web.devices.simulator.world import World

log = logging.getLogger(__name__)
_TYPING = 4.0  # seconds of a real person's life
_LONGEST_WAIT = 0.2  # seconds between looks at the file: how fast a knob turned by another process is noticed


class SimulatorGateway:
    """See `devices.gateway.Gateway`."""

    capabilities = Capabilities(
        caller_message_ids=True, sends=frozenset(KINDS), checks_numbers=True, simulated=True
    )

    def __init__(
        self, folder: Path, device_id: int, session: str | None, speed: float, *, pairing_phone: str = ""
    ) -> None:
        self._pairing_phone = pairing_phone
        self.world = World(folder / f"{device_id}.sim.db")
        written = scripts.load(folder / f"{device_id}.script.json", device_id)
        self.script = profiles.as_they_are(written, self.world)
        self.capabilities = replace(self.capabilities, asks_every=(4 / speed, 8 / speed))
        self._session = session or self.world.recall("session")
        self._speed = speed
        self._openings = Openings(self.script, self.world, speed)
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._connected = False
        self._back_at: datetime | None = None
        self._drops_at: datetime | None = None
        self._dice = random.Random(self.script.seed)  # noqa: S311 -- a story, not a secret
        self._doubt = False
        self._typed = 0
        self._online_since: float | None = None

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, listener: Listener) -> None:
        self._listener = listener
        self._thread = threading.Thread(target=self._run, args=(listener,), name="simulator", daemon=True)
        self._thread.start()

    def send(self, message: Outgoing) -> SentResult:
        if not self._connected:
            raise TransientError("not_connected")
        person = self.script.person(message.chat.value)
        if person is not None and not person.on_whatsapp:
            raise PermanentError("not_on_whatsapp")
        if isinstance(message, OutgoingMedia):
            bytes_of(message.file)  # as WhatsApp: a file that cannot be read is not sent
        now = datetime.now(UTC)
        self.world.send(message, people.after_send(self.script, message, now, self._speed), now)
        self._wake.set()
        if self._doubt:
            self._doubt = False
            raise UncertainError("not_confirmed")
        return SentResult(message.wa_id, now)

    def on_whatsapp(self, phone: str) -> Address | None:
        if not self._connected:
            raise TransientError("not_connected")
        person = self.script.person(phone)
        self.world.asked(phone)
        return Address(Kind.USER, phone) if person is None or person.on_whatsapp else None

    def ask_name(self, chat: Address) -> None:
        self._answer("name", chat, profiles.name_of(self.script, chat))

    def ask_portrait(self, chat: Address, known: str) -> None:
        self._answer("portrait", chat, profiles.portrait_of(self.script, chat, known))

    def _answer(self, about: str, chat: Address, answer: Decoded) -> None:
        """As an event, and counted; with the knob too_often, WhatsApp complains instead."""
        if not self._connected or self._listener is None:
            raise TransientError("not_connected")
        asked = f"asked {about} {chat.key}"
        self.world.remember(asked, str(int(self.world.recall(asked) or 0) + 1))
        if self.world.recall("too_often"):
            raise TooOftenError("too_often")
        self._listener.on_event(*wire.encode(answer))

    def watch(self, chat: Address) -> None:
        self._online_since = time.monotonic()
        if self._connected and self._listener:
            self._listener.on_presence(Presence(chat, "online"))

    def show_typing(self, chat: Address) -> None:
        self._online_since = time.monotonic()
        if self._connected:
            self.world.remember(f"typing:{chat.key}", datetime.now(UTC).isoformat())

    def rest(self) -> None:
        """As WhatsApp: who types is told only to a number that shows itself online."""
        if self._online_since is not None and time.monotonic() - self._online_since > ONLINE_FOR:
            self._online_since = None

    def mark_read(self, chat: Address, sender: Address, wa_ids: tuple[str, ...]) -> None:
        self.world.seen(wa_ids)

    def log_out(self) -> bool:
        self._forget()
        self._stopping.set()
        if self._listener:
            self._listener.on_state(ConnectionChanged(State.LOGGED_OUT))
        return True

    def _forget(self) -> None:
        self._session, self._connected = None, False
        self.world.remember("session", None)

    def stop(self) -> None:
        """What is due later stays in the world and happens after the next start."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(3)

    def _run(self, listener: Listener) -> None:
        try:
            if self._session is None and not self._pair(listener):
                return
            listener.on_state(ConnectionChanged(State.CONNECTING))
            if self.script.hangs:
                self._stopping.wait()
                return
            self._connect(listener)
            while not self._stopping.is_set() and self._live(listener):
                self._wake.wait(self._nap())
                self._wake.clear()
        except (
            Exception
        ):  # as with the real one, a dead gateway is noticed by `alive`; the reason is in the log
            log.exception("simulator stopped")
        finally:
            self._connected = False

    def _pair(self, listener: Listener) -> bool:
        paired = pairing.pair(
            self.script, listener, self._stopping, self._speed, self._pairing_phone, self._is_scanned
        )
        if paired is None:
            return False
        self._session = paired.session
        self.world.remember("session", paired.session)
        listener.on_paired(paired)
        return True

    def _is_scanned(self) -> bool:
        return any(name == "scan" for name, _ in self.world.take_knobs())

    def _connect(self, listener: Listener) -> None:
        self._connected, self._back_at = True, None
        listener.on_state(ConnectionChanged(State.CONNECTED))

    def _live(self, listener: Listener) -> bool:
        """One look at the world; False ends the gateway."""
        if any(not self._obey(listener, name, value) for name, value in self.world.take_knobs()):
            return False
        now = datetime.now(UTC)
        if self._back_at is not None and now >= self._back_at:
            self._connect(listener)
        if self._connected and self._is_lost(now):
            self._obey(listener, "drop", "")
        if self._connected:
            self._openings.maybe(now)
            if self._online_since is not None:
                self._show_who_types(listener, now)
            for seq, kind, raw in self.world.due(now):
                listener.on_event(raw, kind)
                self.world.told(seq)
        return True

    def _is_lost(self, now: datetime) -> bool:
        """Whether the connection goes now, by the script; it is back in a few seconds."""
        if (every := self.script.drops_every) is None:
            return False
        is_time = self._drops_at is not None and now >= self._drops_at
        if is_time or self._drops_at is None:
            self._drops_at = now + timedelta(seconds=self._dice.uniform(*every) / self._speed)
        return is_time

    def _show_who_types(self, listener: Listener, now: datetime) -> None:
        """Whoever is about to write types first, for as long as people do."""
        soon = now + timedelta(seconds=max(_TYPING / self._speed, 2 * _LONGEST_WAIT))
        for seq, chat, alt in self.world.about_to_write(now, soon, self._typed):
            self._typed = seq
            listener.on_presence(Presence(chat, "typing", alt))

    def _obey(self, listener: Listener, name: str, value: str) -> bool:
        if name == "drop":
            self._connected = False
            self._back_at = datetime.now(UTC) + timedelta(seconds=float(value or 5) / self._speed)
            listener.on_state(ConnectionChanged(State.RECONNECTING, "connection_lost"))
        elif name == "too_often":
            self.world.remember(name, value)
        elif name in profiles.KNOBS:
            self._change(listener, name, value)
        elif name == "doubt":
            self._doubt = True
        elif name == "die":
            return False
        elif name in _ENDS:
            self._connected = False
            if name == "logout":
                self._forget()
            until = datetime.now(UTC) + timedelta(seconds=float(value)) if value else None
            listener.on_state(replace(_ENDS[name], until=until))
            return False
        return True

    def _change(self, listener: Listener, name: str, value: str) -> None:
        told = profiles.changed(self.world, name, value)
        self.script = profiles.as_they_are(self.script, self.world)
        self._openings = Openings(self.script, self.world, self._speed)
        if told:
            listener.on_event(*wire.encode(told))

    def _nap(self) -> float:
        due = self.world.next_due() if self._connected else None
        left = (due - datetime.now(UTC)).total_seconds() if due else _LONGEST_WAIT
        return min(max(left, 0.0), _LONGEST_WAIT)


_ENDS = {
    "logout": ConnectionChanged(State.LOGGED_OUT, "unlinked_on_phone"),
    "ban": ConnectionChanged(State.BANNED, "banned"),
    "outdate": ConnectionChanged(State.OUTDATED, "needs_upgrade"),
    "replace": ConnectionChanged(State.REPLACED, "connected_elsewhere"),
}
