"""The simulated WhatsApp: what it does to a message, that a restart forgets nothing, that it names itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import (
    Address,
    ConnectionChanged,
    Decoded,
    IncomingMessage,
    Kind,
    Paired,
    PairingCode,
    PermanentError,
    Presence,
    Receipt,
    State,
    TransientError,
)
from clarin_web.devices.outgoing import OutgoingText
from clarin_web.devices.simulator import people
from clarin_web.devices.simulator.client import SimulatorGateway
from clarin_web.devices.simulator.script import Persona, Script, load, save
from clarin_web.devices.simulator.wire import encode

MARIA = Persona("51987654321", "María", lid="77001", answers={"precio": ["¿Con envío?"]}, answer_chance=1.0)
NOBODY = Persona("51900000000", "Nadie", on_whatsapp=False)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Listener:
    """Collects what a gateway says, and waits for it."""

    def __init__(self) -> None:
        self.events: list[Decoded] = []
        self.states: list[State] = []
        self.codes: list[PairingCode] = []
        self.paired: list[Paired] = []
        self.presences: list[Presence] = []
        self._news = threading.Condition()

    def on_event(self, raw: bytes, kind: str) -> None:
        self._note(self.events, *decode(kind, raw))

    def on_state(self, change: ConnectionChanged) -> None:
        self._note(self.states, change.state)

    def on_pairing_code(self, code: PairingCode) -> None:
        self._note(self.codes, code)

    def on_paired(self, paired: Paired) -> None:
        self._note(self.paired, paired)

    def on_presence(self, presence: Presence) -> None:
        self._note(self.presences, presence)

    def _note(self, where: list[Any], *what: object) -> None:
        with self._news:
            where.extend(what)
            self._news.notify_all()

    def wait(self, true: Callable[[], object]) -> None:
        with self._news:
            assert self._news.wait_for(true, 10)


def message(text: str, to: str = MARIA.phone, wa_id: str = "W1") -> OutgoingText:
    return OutgoingText(wa_id, Address(Kind.USER, to), text)


Start = Callable[..., tuple[SimulatorGateway, Listener]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[SimulatorGateway] = []

    def begin(session: str | None = "simulated:1", **script: Any) -> tuple[SimulatorGateway, Listener]:
        save(Script(phone="51999", people=[MARIA, NOBODY], **script), tmp_path / "1.script.json")
        gateway, listener = SimulatorGateway(tmp_path, 1, session, speed=200), Listener()
        running.append(gateway)
        gateway.start(listener)
        return gateway, listener

    yield begin
    for gateway in running:
        gateway.stop()


def test_a_customer_receives_reads_and_answers_in_that_order() -> None:
    story = people.after_send(Script("51999", people=[MARIA]), message("El precio es S/ 120"), NOW, speed=1)
    moments, events = zip(*story, strict=True)
    assert list(moments) == sorted(moments)
    assert [e.status for e in events if isinstance(e, Receipt)] == ["delivered", "read"]
    answer = events[-1]
    assert isinstance(answer, IncomingMessage)
    assert (answer.text, answer.chat, answer.chat_alt) == (
        "¿Con envío?", Address(Kind.LID, "77001"), Address(Kind.USER, MARIA.phone),
    )  # fmt: skip


def test_the_same_message_always_tells_the_same_story() -> None:
    script = Script("51999", people=[MARIA])
    assert people.after_send(script, message("hola"), NOW, 1) == people.after_send(
        script, message("hola"), NOW, 1
    )


def test_somebody_silent_gets_it_and_never_reads() -> None:
    silent = Persona("51987654321", "María", silent=True)
    story = people.after_send(Script("51999", people=[silent]), message("hola"), NOW, 1)
    assert [e.status for _, e in story if isinstance(e, Receipt)] == ["delivered"]
    assert len(story) == 1


def test_every_event_survives_the_wire() -> None:
    for _, event in people.after_send(Script("51999", people=[MARIA]), message("precio"), NOW, 1):
        raw, kind = encode(event)
        assert decode(kind, raw) == [event]
    with pytest.raises(ValueError, match="no IncomingMessage"):
        decode("simulator.message", b"{}")


def test_a_script_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    script = Script("51999", people=[MARIA, NOBODY], opens_every=(1.0, 2.0))
    save(script, tmp_path / "1.script.json")
    assert load(tmp_path / "1.script.json", 1) == script
    assert load(tmp_path / "none.json", 7).people


def test_pairing_shows_codes_then_connects(start: Start) -> None:
    _, listener = start(session=None, pair_after=80.0)
    listener.wait(lambda: listener.states[-1:] == [State.CONNECTED])
    assert len(listener.codes) == 2
    assert all(code.text.startswith("simulated-whatsapp:") for code in listener.codes)
    assert listener.paired[0].phone == "51999"


def test_sending_needs_a_connection_and_a_number_on_whatsapp(start: Start) -> None:
    gateway, listener = start()
    listener.wait(lambda: State.CONNECTED in listener.states)
    with pytest.raises(PermanentError):
        gateway.send(message("hola", NOBODY.phone))
    gateway.world.turn("drop", "2000")
    listener.wait(lambda: State.RECONNECTING in listener.states)
    with pytest.raises(TransientError):
        gateway.send(message("hola"))
    assert gateway.world.wire() == []


def test_a_restart_goes_on_with_what_was_on_the_wire(start: Start) -> None:
    gateway, listener = start()
    listener.wait(lambda: State.CONNECTED in listener.states)
    gateway.send(message("precio"))
    gateway.stop()
    _, after = start()
    after.wait(lambda: any(isinstance(e, IncomingMessage) for e in after.events))
    said = [*listener.events, *after.events]
    assert [e.status for e in said if isinstance(e, Receipt)] == ["delivered", "read"]


def test_openings_go_on_where_they_stopped(tmp_path: Path) -> None:
    chatty = Persona("51987654321", "María", openings=["Hola", "¿Hay alguien?"])
    save(Script("51999", people=[chatty], opens_every=(1.0, 1.0)), tmp_path / "1.script.json")
    for text in ("Hola", "¿Hay alguien?"):
        gateway, listener = SimulatorGateway(tmp_path, 1, "simulated:1", speed=5), Listener()
        gateway.start(listener)
        listener.wait(lambda: listener.events)  # noqa: B023
        gateway.stop()
        assert listener.events[0].text == text  # type: ignore[union-attr]


def test_the_line_drops_by_the_script_and_is_back(start: Start) -> None:
    _, listener = start(drops_every=(2.0, 3.0))
    connected = [State.CONNECTED, State.RECONNECTING, State.CONNECTED, State.RECONNECTING]
    listener.wait(lambda: [s for s in listener.states if s in connected][:4] == connected)
