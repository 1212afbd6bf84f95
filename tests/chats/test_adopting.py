"""A message in doubt learns from what WhatsApp says later: by its own id, by its words, or as the only one in doubt."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, session, tenant, transaction
from clarin_web.devices.deeds import show_deed
from clarin_web.devices.gateway import Address, Kind, Receipt
from clarin_web.models import Message

CUSTOMER = Address(Kind.USER, "51987654321")
WIRE = "3EB0" + "0A" * 9


@pytest.fixture
def chat(phone, heard):
    phone.hear(heard())
    return phone.chat.id


def said(phone, chat_id, wa_id, state="uncertain", body="Hola", **more):
    row = {"account_id": phone.account_id, "chat_id": chat_id, "direction": "out", **more}
    with tenant(phone.account_id), transaction():
        made = insert(Message).values(
            **row, wa_id=wa_id, state=state, body=body, at=datetime.now(UTC) - timedelta(minutes=3)
        )
        message_id = execute(made.returning(Message.id)).scalar_one()
    release()
    return message_id


def tick(wa_id=WIRE, status="delivered", ago=60):
    return Receipt((wa_id,), status, datetime.now(UTC) - timedelta(seconds=ago), CUSTOMER)


def row(phone, message_id):
    return phone.one(Message, Message.id == message_id)


def test_a_tick_for_its_own_id_ends_the_doubt(phone, chat):
    doubt = said(phone, chat, "3EB0W1")
    phone.hear(tick("3EB0W1", "read"))
    assert (row(phone, doubt).state, row(phone, doubt).failure) == ("read", "")


def test_a_tick_for_an_id_nobody_has_is_for_the_only_one_in_doubt(phone, chat):
    doubt = said(phone, chat, "3EB0W1")
    phone.hear(tick())
    assert (row(phone, doubt).state, row(phone, doubt).wa_id) == ("delivered", WIRE)
    phone.hear(tick(status="read"))
    assert row(phone, doubt).state == "read"


@pytest.mark.parametrize(
    ("others", "ticked"),
    [
        ([("3EB0W2", "uncertain")], {}),
        ([("3EB0W2", "sending")], {}),
        ([(WIRE, "sent")], {}),
        ([], {"wa_id": "ABCD"}),
        ([], {"ago": 1}),
        ([], {"ago": 900}),
    ],
    ids=["two in doubt", "one on its way", "known", "a phone's id", "too fresh", "before it was written"],
)
def test_where_it_could_be_another_the_doubt_stays(phone, chat, others, ticked):
    doubt = said(phone, chat, "3EB0W1")
    for wa_id, state in others:
        said(phone, chat, wa_id, state)
    phone.hear(tick(**ticked))
    assert (row(phone, doubt).state, row(phone, doubt).wa_id) == ("uncertain", "3EB0W1")


def test_our_own_message_seen_on_whatsapp_is_the_one_in_doubt_and_not_a_second_one(phone, heard, chat):
    doubt = said(phone, chat, "3EB0W1", body="¿llegó?")
    other = said(phone, chat, "3EB0W2", body="otra")
    phone.hear(heard("¿llegó?", wa_id=WIRE, from_me=True, sender=Address(Kind.USER, "51911222333")))
    assert (row(phone, doubt).state, row(phone, doubt).wa_id) == ("sent", WIRE)
    assert row(phone, other).state == "uncertain"
    assert phone.count(Message, Message.direction == "out") == 2


def test_a_doubtful_edit_changes_its_message_when_it_turns_out_to_have_left(phone, chat):
    message = said(phone, chat, "3EB0W1", "read", "100 soles")
    edit = said(phone, chat, "3EB0W2", body="120 soles", kind="edit", extra={"target": message})
    with tenant(phone.account_id), transaction():
        show_deed(phone.account_id, session().get_one(Message, edit), "uncertain", "not_confirmed")
    release()
    for _twice in range(2):
        phone.hear(tick("3EB0W2"))
    assert (row(phone, message).body, row(phone, message).state) == ("120 soles", "read")
    assert "deeds" not in row(phone, message).extra
