"""A first message goes to the address WhatsApp names, which may not have the digits that were asked about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import outlet
from clarin_web.devices.jobs import signs
from clarin_web.models import DoNotContact, NumberCheck

from .conftest import Office
from .test_governing import Gateway, chat_with, message, send

ASKED = "5511987654321"


@pytest.fixture
def gateway(office: Office) -> Iterator[Gateway]:
    office.set(pace_seconds=0)
    made = Gateway()
    outlet.install(made)  # type: ignore[arg-type]
    signs.taken()
    yield made
    outlet.install(None)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (ASKED, "551187654321"),
        ("525512345678", "5215512345678"),
        ("541123456789", "5491123456789"),
        (ASKED, "99887766554433@lid"),
    ],
)
def test_it_is_sent_there_and_remembered(office: Office, gateway: Gateway, asked: str, found: str) -> None:
    gateway.places = {asked: found}
    chat = chat_with(office, asked)
    send(chat, "hola")
    send(chat, "¿está?")
    assert gateway.asked == [asked]
    assert gateway.wire == [(found.removesuffix("@lid"), "hola"), (found.removesuffix("@lid"), "¿está?")]
    with tenant(office.account_id):
        assert execute(select(NumberCheck.key, NumberCheck.is_there)).one() == (found, True)
    release()


def test_a_yes_that_kept_no_address_is_asked_again(office: Office, gateway: Gateway) -> None:
    with tenant(office.account_id), transaction():
        execute(insert(NumberCheck).values(account_id=office.account_id, phone=ASKED, is_there=True))
    gateway.places = {ASKED: "551187654321"}
    send(chat_with(office, ASKED), "hola")
    assert (gateway.asked, gateway.wire) == ([ASKED], [("551187654321", "hola")])


def test_who_must_not_be_written_to_is_not_under_that_address_either(
    office: Office, gateway: Gateway
) -> None:
    gateway.places = {ASKED: "99887766554433@lid"}
    blocked = {"account_id": office.account_id, "kind": "wa_lid", "value": "99887766554433"}
    with tenant(office.account_id), transaction():
        execute(insert(DoNotContact).values(**blocked))
    chat = chat_with(office, ASKED)
    send(chat, "hola")
    assert (message(chat).state, message(chat).failure, gateway.wire) == ("failed", "do_not_contact", [])
    assert signs.refusals == 0, "it is not WhatsApp who minds us"
