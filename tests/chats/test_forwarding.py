"""A message is passed on to several chats at once: each gets its own, and who must not get it is named with the reason."""

import json

import pytest
from sqlalchemy import insert

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import Chat, DoNotContact
from tests.chats.test_doing import leave

from .conftest import out

PEOPLE = {
    "Pedro": Address(Kind.USER, "51911111111"),
    "Julia": Address(Kind.USER, "51922222222"),
    "Tomás": Address(Kind.USER, "51933333333"),
}


@pytest.fixture
def asked(phone, heard):
    """Rosa's message, and three others who once wrote."""
    phone.hear(heard("El precio es 100"))
    for name, who in PEOPLE.items():
        phone.hear(heard("Hola", chat=who, sender=who, push_name=name))
    return phone.messages[0].id


def chat_of(phone, name):
    return phone.one(Chat, Chat.key == PEOPLE[name].key).id


def toast(page):
    return json.loads(page.headers["HX-Trigger"])["toast"]


def test_ana_forwards_to_a_chat_she_sees_and_it_says_so(phone, asked, ana, carla):
    pedro = chat_of(phone, "Pedro")
    page = ana.get(f"/messages/{asked}/forward?q=Pedro")
    assert [box["value"] for box in page.select("#forward-to input[name=chat_id]")] == [str(pedro)]
    to = {"chat_id": pedro, "client_id": "click-0001"}
    for _click in range(2):
        assert ana.post(f"/messages/{asked}/forward", to).location == f"/chats/{pedro}"
    (sent,) = out(phone)
    assert (sent.chat_id, sent.body, sent.extra["forwards"]) == (pedro, "El precio es 100", 1)
    assert "Forwarded" in ana.get(f"/chats/{pedro}").texts(".msg.out .author")[0]
    assert leave(phone) == ["Text"]
    assert carla.post(f"/messages/{asked}/forward", to).status == 404
    nowhere = {"chat_id": 999999, "client_id": "click-0002"}
    assert ana.post(f"/messages/{asked}/forward", nowhere).status == 404


def test_to_several_chats_each_once(phone, asked, bruno):
    to = {"chat_id": [chat_of(phone, "Pedro"), chat_of(phone, "Julia")], "client_id": "click-0001"}
    for _click in range(2):
        said = toast(bruno.htmx_post(f"/messages/{asked}/forward", to))
    assert (said["text"], said["kind"]) == ("Forwarded to 2 chats.", "ok")
    assert sorted(row.chat_id for row in out(phone)) == sorted(to["chat_id"])


def test_who_must_not_get_it_is_named_and_the_others_get_it(phone, asked, bruno):
    blocked = {"account_id": phone.account_id, "kind": "phone", "value": "+51922222222"}
    with tenant(phone.account_id), transaction():
        execute(insert(DoNotContact).values(**blocked))
    release()
    to = {"chat_id": [chat_of(phone, "Pedro"), chat_of(phone, "Julia")], "client_id": "click-0001"}
    said = toast(bruno.htmx_post(f"/messages/{asked}/forward", to))
    assert said["kind"] == "bad"
    assert said["text"].startswith("Forwarded to 1 chat. Not forwarded. Julia: This person asked not to")
    assert [row.chat_id for row in out(phone)] == [chat_of(phone, "Pedro")]


@pytest.mark.parametrize(
    ("chosen", "words"), [([], "Choose a chat first"), (list(range(1, 7)), "To 5 chats at most")]
)
def test_none_and_too_many_are_told_where_one_chooses(phone, asked, bruno, chosen, words):
    page = bruno.htmx_post(f"/messages/{asked}/forward", {"chat_id": chosen, "client_id": "click-0001"})
    assert page.status == 422
    assert words in page.texts("[role=alert]")[0]
    assert out(phone) == []


def test_what_is_chosen_stays_chosen_while_one_searches(phone, asked, bruno):
    pedro, julia = chat_of(phone, "Pedro"), chat_of(phone, "Julia")
    page = bruno.htmx_get(f"/messages/{asked}/forward?q=Julia&chat_id={pedro}")
    boxes = [(box["value"], box.has_attr("checked")) for box in page.select("input[name=chat_id]")]
    assert boxes == [(str(pedro), True), (str(julia), False)]
    assert bruno.htmx_get(f"/messages/{asked}/forward?q=a&chat_id=x").status == 422
