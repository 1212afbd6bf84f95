"""The neonize gateway: one number, one process, started once. Import only in a device's own process.

neonize must not be restarted inside a process (every connect leaks a connection, a stopped pairing hangs), so
whenever its connect() returns this gateway is dead and the process must end; the supervisor starts a fresh one.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clarin_web.devices import outlet
from clarin_web.devices.gateway import (
    Address,
    Capabilities,
    ConnectionChanged,
    Kind,
    Listener,
    NumberFound,
    Paired,
    SentResult,
    State,
    TransientError,
)
from clarin_web.devices.neonize_gateway import (
    asking,
    in_flight,
    lean,
    presence,
    profiles,
    quiet,
    receipt_gate,
    sending,
    sockets,
    states,
    store,
    verdicts,
)
from clarin_web.devices.neonize_gateway.addresses import jid_from
from clarin_web.devices.neonize_gateway.announced import Announced
from clarin_web.devices.neonize_gateway.linking import Linking
from clarin_web.devices.neonize_gateway.message_secrets import SessionSecrets
from clarin_web.devices.neonize_gateway.standing import Overheard, Standing
from clarin_web.devices.neonize_gateway.storing import STORED, Storing, keeping_unreadable
from clarin_web.devices.neonize_gateway.tidying import Tidying
from clarin_web.devices.neonize_gateway.turns import SendTurns
from clarin_web.devices.outgoing import KINDS, Outgoing
from clarin_web.devices.proxies import secrets_of

log = logging.getLogger(__name__)
_DRAIN_IDLE, _DRAIN_MOST = 0.3, 10.0
_SOON = 30.0  # just paired, WhatsApp connects again by itself


class NeonizeGateway:
    """See `devices.gateway.Gateway`; the numbered traps are in docs/whatsapp.md."""

    capabilities = Capabilities(caller_message_ids=False, sends=frozenset(KINDS), checks_numbers=True)

    def __init__(
        self, session_file: Path, session: str | None, *, proxy: str = "", pairing_phone: str = ""
    ) -> None:
        quiet.prepare_process(secrets_of(proxy))
        self._proxy, self._pairing_phone = proxy, pairing_phone
        self._file = session_file
        self._owned = store.own(session_file)
        self._session = store.open_session(session_file, session)
        self._in_flight = in_flight.resume(session_file)
        self._announced = Announced(session_file, proxy)
        self._client: Any = None
        self._thread: threading.Thread | None = None
        self._listener: Listener | None = None
        self._last_event = time.monotonic()
        self._shown, self._tidying = presence.Shown(), Tidying()
        self._standing = Standing(self._session is not None, self._report)
        self._overheard = Overheard(self._standing.judge)
        self._turns = SendTurns(self._renew, lambda: self._ready, outlet.is_closed)
        self._socket: int | None = None
        self._dialling: float | None = None

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive() and not self._standing.over

    def start(self, listener: Listener) -> None:
        """Handlers are registered before connect: neonize tells Go its list of events once."""
        with lean.left_out():
            from neonize.client import NewClient
        self._gate = receipt_gate.install(self._in_flight, listener)
        from neonize.proto.Neonize_pb2 import JID

        self._listener = listener
        if self._session:
            self._client = NewClient(str(self._file), jid=jid_from(self._session, JID))
            self._say(State.CONNECTING)
        else:
            self._client = NewClient(str(self._file), uuid="new", new_device=True)
            self._say(State.PAIRING)
        self._register(listener)
        self._thread = threading.Thread(target=self._run, name="neonize-connect", daemon=True)
        self._thread.start()

    def send(self, message: Outgoing) -> SentResult:
        if not self._ready:
            raise TransientError("not_connected")
        return sending.send(self._client, message, self._turns.one(), self._gate.keys.one())

    def on_whatsapp(self, phone: str) -> Address | None:
        if not self._ready:
            raise TransientError("not_connected")
        asked, found = Address(Kind.USER, phone), asking.on_whatsapp(self._client, phone)
        if found is not None and found != asked:
            self._told(NumberFound(asked, found, datetime.now(UTC)))
        return found

    def ask_name(self, chat: Address) -> None:
        if not self._ready:
            raise TransientError("not_connected")
        if chat.kind is Kind.GROUP:
            self._told(asking.group_name(self._client, chat))
        else:
            self._told(asking.person_names(self._client, chat))

    def ask_portrait(self, chat: Address, known: str) -> None:
        if not self._ready:
            raise TransientError("not_connected")
        self._told(asking.portrait(self._client, chat, known))

    def _told(self, answer: profiles.Answer) -> None:
        """Kept as what WhatsApp says by itself is."""
        if self._listener:
            self._listener.on_event(*profiles.row_of(answer))

    def watch(self, chat: Address) -> None:
        if self._ready:
            self._shown.watch(self._client, chat)

    def show_typing(self, chat: Address) -> None:
        if self._ready:
            self._shown.typing(self._client, chat)

    def rest(self) -> None:
        self._standing.look(self._client)
        if self._ready:
            self._shown.rest(self._client)
            self._tidying.look(self._client)
            self._turns.look()
            if self._listener:
                self._announced.look(self._listener.on_event)

    def mark_read(self, chat: Address, sender: Address, wa_ids: tuple[str, ...]) -> None:
        if not self._ready:
            raise TransientError("not_connected")
        sending.mark_read(self._client, chat, sender, wa_ids)

    def log_out(self) -> bool:
        """Without a connection only our half can be forgotten; the phone still lists the device then."""
        deadline = time.monotonic() + _SOON
        while not self._ready and self.alive and time.monotonic() < deadline:
            threading.Event().wait(0.05)
        is_told = self._ready
        if is_told:
            sending.log_out(self._client)
        store.forget(self._file)
        self._say(State.LOGGED_OUT)
        return is_told

    def stop(self) -> None:
        """Disconnect first: stop() alone throws away up to 100 events WhatsApp believes we have.

        Never called while pairing, where both calls hang: the child just exits.
        """
        if self._client is None or not self._session:
            return
        self._standing.ready = False
        self._client.disconnect()
        deadline = time.monotonic() + _DRAIN_MOST
        while time.monotonic() < min(self._last_event + _DRAIN_IDLE, deadline):
            threading.Event().wait(0.05)
        self._client.stop()
        if self._thread is not None:
            self._thread.join(3)

    def _register(self, listener: Listener) -> None:
        from neonize import events

        storing = Storing(self._client, SessionSecrets(self._file), self._announced)
        names = {events.EVENT_TO_INT[getattr(events, name)]: kind for name, kind in STORED.items()}
        way_in = keeping_unreadable(self._client.event.execute, names, listener.on_event)
        self._client.event.execute = self._gate.around(way_in)
        for name, kind in STORED.items():
            self._client.event(getattr(events, name))(self._kept(storing.keeper(kind, listener, self._gate)))
        for name in states.WATCHED:
            self._client.event(getattr(events, name))(self._watcher(name))
        for event, read in (
            (events.ChatPresenceEv, presence.of_chat),
            (events.PresenceEv, presence.of_person),
        ):
            self._client.event(event)(self._observer(listener, read))
        self._client.event(events.PairStatusEv)(lambda _client, event: self._on_pair_status(event))
        linking = Linking(self._client, listener, self._pairing_phone, self._tell)
        self._client.event.qr(lambda _client, code: linking.show_code(code))
        # Pairing results reach Python early only through this hook; the default prints a pointer.
        self._client._NewClient__onLoginStatus = linking.end

    def _kept(self, keep: Any) -> Any:
        def kept(_client: Any, event: Any) -> None:
            self._last_event = time.monotonic()
            keep(event)

        return kept

    def _observer(self, listener: Listener, read: Any) -> Any:
        def observe(_client: Any, event: Any) -> None:
            if found := read(event):
                listener.on_presence(found)

        return observe

    def _watcher(self, name: str) -> Any:
        def watch(_client: Any, event: Any) -> None:
            self._last_event = time.monotonic()
            self._standing.hear(name, event)

        return watch

    def _renew(self) -> bool:
        """The connection is cut, and whatsmeow makes a new one."""
        if not self._ready or self._socket is None or not sockets.cut(self._socket):
            return False
        log.warning("whatsapp: a send is not confirmed while others wait: the connection is renewed")
        self._socket, self._dialling = None, time.monotonic()
        self._standing.renewed()
        return True

    def _run(self) -> None:
        self._dialling = time.monotonic()
        try:
            self._client.connect(self._proxy_settings())
            change = ConnectionChanged(State.CONNECTING, "connection_lost")
        except Exception as error:  # noqa: BLE001 -- whatever Go says: show the reason and let the process end
            log.info("whatsapp: connect ended: %s", quiet.without(str(error), secrets_of(self._proxy)))
            change = self._overheard.verdict_on(error)
        self._standing.end(change)

    def _proxy_settings(self) -> Any:
        """Messages and media both go through it, while pairing too."""
        from neonize.client import ProxySettings

        return ProxySettings(proxy_address=self._proxy) if self._proxy else None

    def _on_pair_status(self, event: Any) -> None:
        """From here it is a linked number that connects: WhatsApp ends this connection, and the next is its own."""
        if event.Status != states.PAIR_SUCCESS:
            return self._tell(verdicts.of_pairing(event.Error))
        jid = event.ID
        self._session = f"{jid.User}:{jid.Device}@{jid.Server}"
        self._standing.is_linked = True
        if self._listener:
            self._listener.on_paired(
                Paired(phone=jid.User, session=self._session, push_name=event.BusinessName)
            )
        self._say(State.CONNECTING)

    @property
    def _ready(self) -> bool:
        return self._standing.ready

    def _say(self, state: State) -> None:
        self._tell(ConnectionChanged(state))

    def _tell(self, change: ConnectionChanged) -> None:
        self._standing.tell(change)

    def _report(self, change: ConnectionChanged) -> None:
        if self._ready:
            self._socket = sockets.newest_to(sockets.port_of(self._proxy))
            began, self._dialling = self._dialling, None
            self._turns.connected(time.monotonic() - began if began else None)
        if self._listener:
            self._listener.on_state(change)
