"""What asks for a message once more, them us and we them, is confirmed when it was acted on."""

from __future__ import annotations

from pathlib import Path

import pytest

from clarin_web.devices.neonize_gateway import missed, once_more, receipt_gate
from clarin_web.devices.neonize_gateway.storing import Storing
from tests.support.waiting import until
from tests.support.whatsmeow_log import GROUP, ROSA, Wire, ends, undecryptable


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path / "1.db")


def question_of(wa_id: str, who: str = ROSA, group: str = "") -> str:
    """How whatsmeow confirms that a phone asked for one of our messages once more."""
    where = f'participant="{who}" to="{group}"' if group else f'to="{who}"'
    return f'<ack class="receipt" id="{wa_id}" {where} type="retry"/>'


@pytest.mark.parametrize(
    ("who", "group", "level", "said"),
    [
        (ROSA, "", "DEBUG", "Sent retry #1 for {where}/B1 to {who}"),
        ("51911111111:3@s.whatsapp.net", "", "DEBUG", "Sent retry #12 for {where}/B1 to {who}"),
        (ROSA, GROUP, "DEBUG", "Sent retry #1 for {where}/B1 to {who}"),
        (ROSA, "", "ERROR", "Failed to handle retry receipt for {where}/B1 from {who}: couldn't find message B1"),
        (ROSA, GROUP, "ERROR", "Failed to handle retry receipt for {where}/B1 from {who}: couldn't find message B1"),
        (ROSA, "", "WARN", "Dropping retry request from B1 for {who}: internal retry counter is 10"),
    ],
)  # fmt: skip
def test_a_phones_question_for_a_message_is_confirmed_when_it_was_answered(
    wire: Wire, who: str, group: str, level: str, said: str
) -> None:
    """A kill before that: WhatsApp asks again, and the next process answers, or says that it was not sent."""
    other = wire.say("Client/Send", question_of("B2", who, group))
    asked = [wire.say("Client/Send", question_of("B1", who, group)) for _ in range(2)]
    asked[0].join(0.1)
    assert all(thread.is_alive() for thread in (other, *asked))
    answer = said.format(where=group or ROSA, who=who)
    assert ends(wire.say("Client", answer, level))
    until(lambda: sum(thread.is_alive() for thread in asked) == 1)
    assert ends(wire.say("Client", answer, level)), "asked twice, answered twice"
    assert all(map(ends, asked))
    assert other.is_alive()


def test_what_is_answered_before_its_confirmation_is_written_holds_nobody_up(wire: Wire) -> None:
    assert ends(wire.say("Client", f"Sent retry #1 for {ROSA}/B1 to {ROSA}"))
    assert ends(wire.say("Client/Send", question_of("B1")))


def test_a_question_that_is_never_answered_is_confirmed_in_the_end(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_gate, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(once_more, "ANSWER_SECONDS", 0.05)
    with wire.gate.handling():
        assert ends(wire.say("Client/Send", question_of("B1")))


ASKS = '<receipt id="A1" to="{who}" type="retry"><retry count="1" id="A1" t="1" v="1"/></receipt>'


def test_what_cannot_be_opened_has_its_place_before_it_is_asked_for_and_confirmed(wire: Wire) -> None:
    asking, confirming = ASKS.format(who=ROSA), f'<ack class="message" id="A1" to="{ROSA}" type="text"/>'
    with wire.gate.handling():
        assert ends(wire.say("Client", f"Error decrypting message A1 from {ROSA}: no session", "WARN"))
        confirmed = wire.say("Client/Send", confirming)
        asked = wire.say("Client/Send", asking)
        assert ends(wire.say("Client/Send", confirming.replace("A1", "A2"))), "another message's"
        asked.join(0.1)
        assert asked.is_alive()
        assert confirmed.is_alive()
        wire.gate.once_more.has_place("A1")
        assert ends(asked)
        assert ends(confirmed)
        assert ends(wire.say("Client", f"Error decrypting message A1 from {ROSA}: no session", "WARN"))
        confirmed = wire.say("Client/Send", confirming)
        wire.gate.once_more.has_place("A1")
        confirmed.join(0.1)
        assert confirmed.is_alive(), "confirmed without a word to who can send it again"
        assert ends(wire.say("Client", "Not sending any more retry receipts for A1", "WARN"))
        assert ends(confirmed)


def test_what_only_the_phone_has_is_confirmed_when_it_has_its_place(wire: Wire) -> None:
    with wire.gate.handling():
        assert ends(wire.say("Client", f'Unavailable message A1 from {ROSA} (type: "")', "WARN"))
        confirmed = wire.say("Client/Send", f'<ack class="message" id="A1" to="{ROSA}" type="text"/>')
        confirmed.join(0.1)
        assert confirmed.is_alive()
        Storing(None, lambda _wa_id: []).keeper("undecryptable", Kept(), wire.gate)(  # type: ignore[arg-type]
            undecryptable(missed.event_of("A1", ROSA))
        )
        assert ends(confirmed)


class Kept:
    """Everything has its row at once."""

    def on_event(self, raw: bytes, kind: str) -> None: ...
