"""Every kind that can be sent: built for WhatsApp without its library, logged whole by the simulator, in order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.gateway import Address, Kind, MessageKind
from clarin_web.devices.neonize_gateway.building import build
from clarin_web.devices.outgoing import (
    Outgoing,
    OutgoingContact,
    OutgoingEdit,
    OutgoingLocation,
    OutgoingPoll,
    OutgoingReaction,
    OutgoingRevoke,
    OutgoingText,
    Quoted,
    Target,
    kind_of,
)
from clarin_web.devices.simulator.people import after_send
from clarin_web.devices.simulator.script import Script
from clarin_web.devices.simulator.world import World
from clarin_web.models import Message
from tests.support.claiming import claim_any

from .conftest import PHONE, Office, until

MARIA = Address(Kind.USER, PHONE)
GROUP = Address(Kind.GROUP, "120363041234567890")
THEIRS, OURS = Target("3EB0AA", False, MARIA), Target("3EB0BB", True)
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL;waid=51911:+51 911\nEND:VCARD"

ALL: list[Outgoing] = [
    OutgoingText("W1", MARIA, "hola @12345", quoted=Quoted("3EB0AA", MARIA, "¿hay?"), forwards=2),
    OutgoingLocation("W2", MARIA, -12.05, -77.04, "Tienda", "Av. Arequipa 100"),
    OutgoingContact("W3", MARIA, "Ana", CARD),
    OutgoingPoll("W4", MARIA, "¿Cuándo?", ("Lunes", "Martes"), 0),
    OutgoingReaction("W5", GROUP, THEIRS, "👍"),
    OutgoingEdit("W6", MARIA, OURS, "hola, María"),
    OutgoingRevoke("W7", MARIA, OURS),
]


def test_whatsapp_gets_each_kind_in_its_own_form() -> None:
    text, place, card, poll, reaction, edit, revoke = (build(message) for message in ALL)
    assert text.extendedTextMessage.text == "hola @12345"
    context = text.extendedTextMessage.contextInfo
    assert (context.stanzaID, context.participant) == ("3EB0AA", f"{PHONE}@s.whatsapp.net")
    assert (context.isForwarded, context.forwardingScore, list(context.mentionedJID)) == (True, 2, [])
    where = place.locationMessage
    assert (where.degreesLatitude, where.degreesLongitude, where.name) == (-12.05, -77.04, "Tienda")
    assert (card.contactMessage.displayName, card.contactMessage.vcard) == ("Ana", CARD)
    assert [option.optionName for option in poll.pollCreationMessage.options] == ["Lunes", "Martes"]
    assert len(poll.messageContextInfo.messageSecret) == 32
    key = reaction.reactionMessage.key
    assert (key.ID, key.fromMe, key.participant) == ("3EB0AA", False, f"{PHONE}@s.whatsapp.net")
    changed = edit.editedMessage.message.protocolMessage
    assert (changed.key.ID, changed.key.fromMe, changed.editedMessage.conversation) == (
        "3EB0BB", True, "hola, María",
    )  # fmt: skip
    assert (revoke.protocolMessage.type, revoke.protocolMessage.key.ID) == (0, "3EB0BB")
    assert all(proto.SerializeToString() for proto in (text, place, card, poll, reaction, edit, revoke))


@pytest.mark.parametrize(
    ("of", "field"), [("image", "imageMessage"), ("video", "videoMessage"), ("document", "documentMessage")]
)
def test_the_words_under_a_file_are_edited_as_that_kind_of_file(of: str, field: str) -> None:
    """As plain text phones would show an edit without its words."""
    edit = build(OutgoingEdit("W6", MARIA, OURS, "nuevas", MessageKind(of)))
    changed = edit.editedMessage.message.protocolMessage.editedMessage
    assert [(part.name, value.caption) for part, value in changed.ListFields()] == [(field, "nuevas")]


def test_a_single_choice_poll_is_the_form_phones_know() -> None:
    poll = build(OutgoingPoll("W4", MARIA, "¿Cuándo?", ("Lunes", "Martes")))
    assert poll.pollCreationMessageV3.selectableOptionsCount == 1


def test_the_simulator_logs_every_kind_once_and_whole(tmp_path: Path) -> None:
    world, now = World(tmp_path / "1.sim.db"), datetime.now(UTC)
    for message in ALL:
        world.send(message, after_send(Script("51999"), message, now, 1), now)
    assert [kind for kind, _ in world.contents()] == [kind_of(message) for message in ALL]
    assert world.contents()[3][1]["options"] == ["Lunes", "Martes"]
    assert world.contents()[5][1]["target"] == {"wa_id": "3EB0BB", "from_me": True, "sender": None}
    assert [wa_id for wa_id, _, _ in world.wire()] == [message.wa_id for message in ALL]


def queue(office: Office, wa_id: str, kind: str, body: str = "", state: str = "queued", **extra: Any) -> int:
    row = {"account_id": office.account_id, "chat_id": office.chat_id, "direction": "out", "state": state}
    with tenant(office.account_id), transaction():
        statement = insert(Message).values(**row, wa_id=wa_id, kind=kind, body=body, extra=extra)
        made = execute(statement.returning(Message.id)).scalar_one()
        if target := extra.get("target"):
            deeds = {str(made): {"kind": kind, "body": body, "state": "queued", "failure": ""}}
            old = execute(select(Message.extra).where(Message.id == target)).scalar_one()
            merged = {**old, "deeds": {**old.get("deeds", {}), **deeds}}  # type: ignore[dict-item]
            execute(update(Message).where(Message.id == target).values(extra=merged))
    release()
    return made


def row(office: Office, message_id: int) -> Message:
    with tenant(office.account_id):
        found = session().get_one(Message, message_id)
        session().expunge_all()
    release()
    return found


def test_rows_of_every_kind_leave_in_the_order_of_their_chat(linked: Office) -> None:
    first = queue(linked, "W1", "text", "precio 100")
    queue(linked, "W2", "edit", "precio 120", target=first)
    queue(linked, "W3", "location", "Tienda", latitude=-12.05, longitude=-77.04, address="Lima")
    queue(linked, "W4", "contact", "Ana", vcard=CARD, forwards=1)
    queue(linked, "W5", "poll", "¿Cuándo?", options="Lunes\nMartes", choices=1)
    queue(linked, "W6", "reaction", "👍", target=first)
    queue(linked, "W7", "revoke", target=first)
    linked.start()
    until(lambda: set(linked.states()) <= {"sent", "delivered", "read"})
    kinds = [kind for kind, _ in linked.world.contents()]
    assert kinds == ["text", "edit", "location", "contact", "poll", "reaction", "revoke"]
    contents = [fields for _, fields in linked.world.contents()]
    assert (contents[1]["target"]["wa_id"], contents[1]["text"]) == ("W1", "precio 120")
    assert (contents[3]["forwards"], contents[4]["options"]) == (1, ["Lunes", "Martes"])
    changed = row(linked, first)
    assert (changed.kind, changed.body, changed.extra["original"]) == ("deleted", "", "precio 100")
    assert "deeds" not in changed.extra
    assert changed.reactions == {"me": "👍"}


def claims(office: Office) -> list[str]:
    """What may leave now, one after the other."""
    taken = []
    with tenant(office.account_id):
        while claimed := claim_any(office.account_id, office.device_id):
            taken.append(claimed.message.wa_id)
    release()
    return taken


@pytest.mark.parametrize(("state", "free"), [("sending", []), ("uncertain", ["W3"])])
def test_a_deed_waits_until_it_is_known_how_its_message_left(
    office: Office, state: str, free: list[str]
) -> None:
    """What is on the wire is overtaken by nothing of its chat; what is in doubt, by all but its own deeds."""
    doubtful = queue(office, "W1", "text", "hola", state=state)
    queue(office, "W2", "edit", "chau", target=doubtful)
    queue(office, "W3", "text", "otra cosa")
    assert claims(office) == free
    with tenant(office.account_id), transaction():
        on_the_wire = (Message.id == doubtful) | (Message.state == "sending")
        execute(update(Message).where(on_the_wire).values(state="delivered"))
    assert claims(office) == ["W2"]


def test_a_deed_on_what_never_left_fails_and_its_message_says_so(office: Office) -> None:
    failed = queue(office, "W1", "text", "hola", state="failed")
    edit = queue(office, "W2", "edit", "chau", target=failed)
    assert claims(office) == []
    assert (row(office, edit).state, row(office, edit).failure) == ("failed", "target_not_sent")
    deeds: Any = row(office, failed).extra["deeds"]
    assert deeds[str(edit)]["state"] == "failed"
    assert row(office, failed).body == "hola"


def test_a_kind_that_cannot_be_sent_fails_before_the_wire(linked: Office) -> None:
    queue(linked, "W1", "unknown", "?")
    linked.start()
    until(lambda: linked.states() == ["failed"])
    assert linked.world.wire() == []


def test_killed_again_and_again_no_deed_overtakes_its_message_and_none_leaves_twice(linked: Office) -> None:
    pairs = []
    for number in range(20):
        message = queue(linked, f"M{number:03d}", "text", f"texto {number}")
        pairs.append((message, queue(linked, f"E{number:03d}", "edit", f"nuevo {number}", target=message)))
    for at_least in (5, 15, 28):
        process = linked.start()
        until(lambda least=at_least: len(linked.world.wire()) >= least)
        process.kill()
        process.wait(60)
    linked.start()

    def is_over() -> bool:
        states = [(row(linked, message).state, row(linked, deed).state) for message, deed in pairs]
        waits = {("uncertain", "queued")}  # the deed of a message in doubt
        return all(pair in waits or not {"queued", "sending"} & {*pair} for pair in states)

    until(is_over, 60)
    wire = [wa_id for wa_id, _, _ in linked.world.wire()]
    assert len(wire) == len(set(wire)), "something left twice"
    for number, (message, deed) in enumerate(pairs):
        if f"E{number:03d}" in wire:
            assert wire.index(f"M{number:03d}") < wire.index(f"E{number:03d}")
        if row(linked, deed).state == "sent":
            assert row(linked, message).body == f"nuevo {number}"
    doubts = [r.state for pair in pairs for r in (row(linked, pair[0]), row(linked, pair[1]))].count(
        "uncertain"
    )
    assert doubts <= 3, "at most one doubt for each kill"
