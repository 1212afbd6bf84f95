"""What WhatsApp tells besides single messages: history in slices, votes, calls, names of groups."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from clarin_web.devices.decode import decode
from clarin_web.devices.gateway import (
    CallHeard,
    GroupNamed,
    IncomingMessage,
    MessageRevoked,
    PersonNamed,
    PollVote,
    Reaction,
)
from clarin_web.devices.neonize_gateway import history
from clarin_web.devices.neonize_gateway.storing import Storing

from .test_neonize_mapping import GROUP, MARIA, M, e, info, jid, key, message, n, source

NOW = 1_795_190_000


def no_secrets(_wa_id: str) -> list[Any]:
    return []


def past(*conversations: Any) -> Any:
    event = n.HistorySync()
    event.Data.syncType = 0
    for name, fields, messages in conversations:
        conversation = event.Data.conversations.add(ID=name, **fields)
        for number, said in enumerate(messages):
            held = conversation.messages.add()
            held.message.key.ID = said.pop("id", f"H{number}")
            held.message.key.remoteJID = name
            held.message.key.fromMe = said.pop("me", False)
            held.message.messageTimestamp = NOW + number
            for field, value in said.items():
                target = getattr(held.message, field)
                target.CopyFrom(value) if hasattr(target, "CopyFrom") else setattr(held.message, field, value)
    return event


def told(event: Any) -> list[Any]:
    return [decoded for raw in history.slices(event) for decoded in decode("neonize.history", raw)]


def test_history_is_cut_into_slices_of_one_chat():
    many = [{"message": M(conversation=f"n{n}")} for n in range(120)]
    event = past(
        (MARIA, {"name": "María"}, many), (GROUP, {"name": "Barrio"}, [{"message": M(conversation="hola")}])
    )
    assert len(list(history.slices(event))) == 4
    rows = told(event)
    assert [row.text for row in rows] == [f"n{n}" for n in range(120)] + ["hola"]
    assert all(isinstance(row, IncomingMessage) and row.history for row in rows)
    assert (rows[0].push_name, rows[-1].details["group_name"]) == ("María", "Barrio")


def test_history_tells_how_people_call_themselves():
    event = past((MARIA, {}, [{"message": M(conversation="hola")}]))
    for number in range(60):
        event.Data.pushnames.add(ID=f"5190000{number:04}@s.whatsapp.net", pushname=f"Ana {number}")
    event.Data.pushnames.add(ID=MARIA, pushname="-")
    event.Data.pushnames.add(ID="status@broadcast", pushname="Nadie")
    assert len(list(history.slices(event))) == 3
    named = told(event)[1:]
    assert [(one.chat.value, one.push_name) for one in named[:2]] == [
        ("51900000000", "Ana 0"),
        ("51900000001", "Ana 1"),
    ]
    assert len(named) == 60
    assert all(isinstance(one, PersonNamed) and not one.phone_book for one in named)


def test_history_tells_who_what_and_what_became_of_it():
    reaction = {"text": "👍", "senderTimestampMS": NOW * 1000}
    photo = e.ImageMessage(caption="mira", mediaKey=b"k" * 32, directPath="/x", mimetype="image/jpeg")
    wrapped = M(ephemeralMessage=e.FutureProofMessage(message=M(imageMessage=photo)))
    event = past(
        (
            "77001@lid",
            {"pnJID": MARIA},
            [
                {"id": "A", "message": wrapped, "pushName": "María"},
                {"id": "B", "message": M(conversation="ya"), "me": True, "status": 4},
                {"id": "C", "messageStubType": 1},
                {"id": "D", "messageStubType": 40},
                {"id": "E", "messageStubType": 39},
            ],
        )
    )
    event.Data.conversations[0].messages[0].message.reactions.add(**reaction).key.fromMe = True
    first, ours, gone, call, heart, revoked = told(event)
    assert (first.text, first.kind, first.push_name, first.chat_alt.value) == (
        "mira",
        "image",
        "María",
        "5521988887777",
    )
    assert first.file is not None
    assert (type(heart), heart.wa_id, heart.emoji, heart.from_me) == (Reaction, "A", "👍", True)
    assert (ours.from_me, ours.state) == (True, "read")
    assert (gone.kind, type(revoked), revoked.wa_id) == ("unknown", MessageRevoked, "C")
    assert (call.kind, call.details["call"]) == ("call", "ended")


def test_a_vote_is_stored_readable_beside_the_event_itself():
    class Client:
        def decrypt_poll_vote(self, event: Any) -> Any:
            return e.PollVoteMessage(selectedOptions=[hashlib.sha256(b"A").digest()])

    update = e.PollUpdateMessage(senderTimestampMS=NOW * 1000)
    update.pollCreationMessageKey.ID = "POLL"
    update.vote.encPayload, update.vote.encIV = b"secret", b"iv"
    event = n.Message.FromString(message(M(pollUpdateMessage=update)))
    (raw, first), (readable, second) = Storing(Client(), no_secrets).rows("message", event)
    assert (first, second) == ("neonize.message", "neonize.poll_vote")
    assert decode(first, raw) == []
    (vote,) = decode(second, readable)
    assert isinstance(vote, PollVote)
    assert (vote.wa_id, vote.options) == ("POLL", (hashlib.sha256(b"A").hexdigest(),))


def test_a_vote_nobody_can_read_is_kept_raw_and_said_once(caplog):
    class Client:
        def decrypt_poll_vote(self, event: Any) -> Any:
            raise RuntimeError("no secret")

    update = e.PollUpdateMessage()
    update.pollCreationMessageKey.ID = "POLL"
    event = n.Message.FromString(message(M(pollUpdateMessage=update)))
    storing = Storing(Client(), no_secrets)
    assert [kind for _ in range(3) for _, kind in storing.rows("message", event)] == ["neonize.message"] * 3
    assert len([r for r in caplog.records if "vote" in r.getMessage()]) == 1


def meta(ident: str = "CALL1") -> Any:
    found = n.BasicCallMeta(
        timestamp=NOW, callID=ident, callCreator=jid(MARIA), callCreatorAlt=jid("77001@lid")
    )
    getattr(found, "from").CopyFrom(jid(MARIA))
    return found


@pytest.mark.parametrize(
    ("reason", "stage"),
    [
        ("", "ended"),
        ("timeout", "ended"),
        ("accepted_elsewhere", "answered"),
        ("rejected_elsewhere", "declined"),
    ],
)
def test_a_call_says_how_far_it_came(reason: str, stage: str):
    event = n.CallTerminate(basicCallMeta=meta(), reason=reason)
    (call,) = decode("neonize.call_end", event.SerializePartialToString())
    assert isinstance(call, CallHeard)
    assert (call.call_id, call.stage, call.chat.value, call.chat_alt.key) == (
        "CALL1", stage, "5521988887777", "77001@lid",
    )  # fmt: skip


def test_a_group_that_is_renamed_says_its_name():
    event = n.GroupInfoEvent(JID=jid(GROUP), Timestamp=NOW)
    event.Name.Name = "Vecinos"
    (named,) = decode("neonize.group", event.SerializePartialToString())
    assert isinstance(named, GroupNamed)
    assert (named.chat.key, named.name) == (GROUP, "Vecinos")


def test_a_deletion_by_an_admin_says_so():
    revoke = e.ProtocolMessage(type=e.ProtocolMessage.REVOKE)
    revoke.key.ID = key("ORIG")["ID"]
    where = source(GROUP, MARIA)
    event = n.Message.FromString(message(M(protocolMessage=revoke), where))
    event.Info.CopyFrom(info(where))
    event.Info.Edit = "8"
    (gone,) = decode("neonize.message", event.SerializeToString())
    assert (gone.by_admin, gone.sender.value, gone.push_name) == (True, "5521988887777", "María")
