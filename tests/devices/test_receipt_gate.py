"""What whatsmeow's log is made to wait for, and for how long, without neonize: the lines as whatsmeow writes them."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from clarin_web.devices.neonize_gateway import in_flight, key_turns, missed, receipt_gate
from clarin_web.devices.neonize_gateway.mapping import decode
from clarin_web.devices.neonize_gateway.receipt_gate import receipt_of
from clarin_web.devices.neonize_gateway.storing import Storing
from tests.support.whatsmeow_log import GROUP, ROSA, Wire, ends, undecryptable


@pytest.mark.parametrize(
    ("line", "wa_id"),
    [
        ('<receipt id="A1" to="51911111111@s.whatsapp.net" type="inactive"/>', "A1"),
        ('<receipt id="A1" to="51911111111@s.whatsapp.net"/>', "A1"),
        ('<receipt id="A1" recipient="5@lid" to="6@lid" type="sender"/>', "A1"),
        ('<receipt id="A1" to="51911111111@s.whatsapp.net" type="read"/>', ""),
        ('<receipt id="A1" to="5@lid" type="retry"><retry count="1" id="A1" t="1" v="1"/></receipt>', ""),
        ('<ack class="receipt" id="A1" to="51911111111@s.whatsapp.net" type="read"/>', ""),
        (
            '<message id="A1" to="5@lid" type="text"><enc type="msg" v="2"><!-- 162 bytes --></enc></message>',
            "",
        ),
        ('<iq id="7" to="s.whatsapp.net" type="get" xmlns="w:p"/>', ""),
    ],
)
def test_only_what_confirms_a_message_waits(line: str, wa_id: str) -> None:
    assert receipt_of(line) == wa_id


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path / "1.db")


def test_a_receipt_and_the_next_message_wait_for_the_row(wire: Wire) -> None:
    assert ends(wire.open())
    with wire.gate.handling():
        waiting = [wire.confirm("A1"), wire.open(GROUP)]
        assert (wire.file.with_name("1.db.inflight")).read_text() == f"{ROSA}\n0"
        assert all(thread.is_alive() for thread in waiting)
        wire.gate.stored("A1")
        assert all(map(ends, waiting))
        assert (wire.file.with_name("1.db.inflight")).read_text() == f"{GROUP}\n0"


def test_no_message_is_opened_while_one_is_locked_and_none_locked_while_one_is_opened(wire: Wire) -> None:
    """Both would move on the same session, and the one that stores first be undone."""
    again = f"Found message in local cache to accept retry receipt for {ROSA}/B1 from {ROSA}"
    with wire.gate.handling():
        with wire.gate.keys.one():
            opening = wire.open()
            opening.join(0.1)
            assert opening.is_alive()
            node = '<message id="{}" to="5@lid" type="text"{}><participants/></message>'
            assert ends(wire.say("Client/Send", node.format("P1", ' category="peer"')))
            assert opening.is_alive()
            assert ends(wire.say("Client/Send", node.format("B2", "")))
            assert ends(opening)
        retry = wire.say("Client", again)
        retry.join(0.1)
        assert retry.is_alive()
        wire.gate.stored("A1")
        assert ends(retry)
        opening = wire.open()
        assert ends(wire.say("Client/Send", node.format("B1", "")))
        assert ends(opening)


def test_locking_that_never_ends_holds_nobody_up_for_long(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_turns, "LONGEST_SECONDS", 0.05)
    with wire.gate.keys.one():
        assert ends(wire.open())


@pytest.mark.parametrize(
    ("sender", "why", "told"),
    [
        (ROSA, "couldn't find message B1", [("B1", ROSA)]),
        (ROSA, "failed to fetch prekeys: info query timed out", [("B1", ROSA)]),
        (ROSA, "failed to fetch prekeys: websocket disconnected before info query returned response", []),
        (ROSA, "failed to send retry message: websocket not connected", []),
        ("51911111111:3@s.whatsapp.net", "couldn't find message B1", []),
        ("52@lid", "couldn't find message B1", []),
    ],
)
def test_what_whatsmeow_cannot_lock_again_is_told_of_when_the_phone_itself_asked(
    wire: Wire, sender: str, why: str, told: list[tuple[str, str]]
) -> None:
    said = f"Failed to handle retry receipt for {ROSA}/B1 from {sender}: {why}"
    assert ends(wire.say("Client", said, "ERROR"))
    assert wire.told == told
    (tick,) = decode("not_opened", missed.not_opened("B1", ROSA))
    assert (tick.wa_ids, tick.status, tick.chat.value) == (("B1",), "not_opened", "51911111111")  # type: ignore[union-attr]


def test_a_message_without_an_event_holds_nobody_up_for_long(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_gate, "QUIET_SECONDS", 0.05)
    assert ends(wire.open())
    assert ends(wire.confirm("A1"))
    assert ends(wire.open())


def test_what_could_not_be_stored_is_never_confirmed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_gate, "QUIET_SECONDS", 0.05)
    ended: list[int] = []
    monkeypatch.setattr(receipt_gate.os, "kill", lambda pid, number: ended.append(number))

    class Broken:
        def on_event(self, raw: bytes, kind: str) -> None:
            raise RuntimeError("a bug nobody has seen before")

    event = undecryptable(missed.event_of("A1", ROSA))
    keep = Storing(None, lambda _wa_id: None).keeper("undecryptable", Broken(), wire.gate)  # type: ignore[arg-type]
    assert ends(wire.open())
    with wire.gate.handling(), pytest.raises(RuntimeError):
        keep(event)
    receipt = wire.confirm("A1")
    receipt.join(0.3)
    assert receipt.is_alive()
    assert ended == [signal.SIGTERM]
    assert wire.file.with_name("1.db.inflight").read_text() == f"{ROSA}\n0"


def test_what_was_opened_before_and_has_no_row_is_told(wire: Wire) -> None:
    said = "Ignoring message {} from {}: received message with old counter: 3"
    wire.gate.stored("A1")
    assert ends(wire.say("Client", said.format("A1", ROSA), "WARN"))
    assert ends(wire.say("Client", said.format("A2", f"{ROSA} in {GROUP}"), "WARN"))
    assert wire.told == [("A2", f"{ROSA} in {GROUP}")]
    assert ends(wire.confirm("A2"))
    place = decode("undecryptable", missed.event_of(*wire.told[0]))[0]
    assert (place.wa_id, place.chat.value, place.details) == ("A2", "1203630", {"type": "waiting"})  # type: ignore[union-attr]


def a_session_file(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE whatsmeow_sessions (their_id TEXT)")
        db.execute("CREATE TABLE whatsmeow_sender_keys (chat_id TEXT, sender_id TEXT)")
        db.execute("CREATE TABLE whatsmeow_lid_map (lid TEXT, pn TEXT)")
        db.execute("INSERT INTO whatsmeow_lid_map VALUES ('9111', '51911111111')")
        people = [("9111_1:0",), ("9111_1:3",), ("51911111111:0",), ("51922222222:0",), ("511:0",)]
        db.executemany("INSERT INTO whatsmeow_sessions VALUES (?)", people)
        db.executemany(
            "INSERT INTO whatsmeow_sender_keys VALUES (?, ?)", [(GROUP, "9111_1:0"), ("2@g.us", "9111_1:0")]
        )
    return path


def left_in(path: Path) -> tuple[list[str], list[str]]:
    with closing(sqlite3.connect(path)) as db:
        people = [row[0] for row in db.execute("SELECT their_id FROM whatsmeow_sessions")]
        return people, [row[0] for row in db.execute("SELECT chat_id FROM whatsmeow_sender_keys")]


@pytest.mark.parametrize(
    ("source", "people", "groups"),
    [
        (ROSA, {"9111_1:3", "51922222222:0", "511:0"}, {GROUP, "2@g.us"}),
        ("9111@lid", {"9111_1:3", "51922222222:0", "511:0"}, {GROUP, "2@g.us"}),
        ("9111:3@lid", {"9111_1:0", "51911111111:0", "51922222222:0", "511:0"}, {GROUP, "2@g.us"}),
        (f"{ROSA} in {GROUP}", {"9111_1:3", "51922222222:0", "511:0"}, {"2@g.us"}),
        (
            "' OR 1=1 --",
            {"9111_1:0", "9111_1:3", "51911111111:0", "51922222222:0", "511:0"},
            {GROUP, "2@g.us"},
        ),
    ],
)
def test_only_the_sender_of_what_was_open_is_asked_again(
    tmp_path: Path, source: str, people: set[str], groups: set[str]
) -> None:
    path = a_session_file(tmp_path / "1.db")
    in_flight.InFlight(path).begin(source)
    in_flight.resume(path)
    assert tuple(map(set, left_in(path))) == (people, groups)


def test_a_message_that_ends_the_process_each_time_is_given_up(tmp_path: Path) -> None:
    path = a_session_file(tmp_path / "1.db")
    in_flight.InFlight(path).begin(ROSA)
    asked = []
    for _ in range(in_flight.MOST_TIMES + 1):
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("INSERT OR REPLACE INTO whatsmeow_sessions VALUES ('9111_1:0')")
        flight = in_flight.resume(path)
        asked.append("9111_1:0" not in left_in(path)[0])
        flight.begin(ROSA)
    assert asked == [True] * in_flight.MOST_TIMES + [False]
    flight.end(was_opened=True)
    flight.begin(ROSA)
    in_flight.resume(path)
    assert "9111_1:0" not in left_in(path)[0], "one that was opened in between begins the count anew"
