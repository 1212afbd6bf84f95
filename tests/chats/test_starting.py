"""Write to somebody who has no chat yet: from their page or the inbox, through a number one chooses, checked before it leaves."""

import pytest
from sqlalchemy import func, insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Account, Chat, Contact, ContactIdentity, Device, DoNotContact, Message
from tests.support.claiming import claim_any

LETTER = {"body": "Buenas tardes", "client_id": "click-0001"}


def set_rows(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


@pytest.fixture
def rosa(phone):
    """In the account by her lead; nobody ever wrote to her on WhatsApp."""
    who = {"account_id": phone.account_id, "name": "Rosa", "name_key": "rosa", "phone": "+51987654321"}
    set_rows(phone, insert(Contact).values(**who))
    contact_id = phone.one(Contact).id
    identity = {"account_id": phone.account_id, "contact_id": contact_id}
    set_rows(phone, insert(ContactIdentity).values(**identity, kind="phone", value="+51987654321"))
    return contact_id


def letter(phone, contact_id, **changed):
    return {**LETTER, "contact_id": contact_id, "device_id": phone.device_id, **changed}


def test_from_her_page_bruno_writes_the_first_word(phone, rosa, bruno, vera, carla):
    door = bruno.get(f"/chats/of-contact/{rosa}").one("#chats-of-contact a.btn")
    form = bruno.get(str(door["href"]))
    assert "Rosa" in form.text
    assert [option["value"] for option in form.select("#letter-device option")] == [str(phone.device_id)]
    for _click in range(2):
        sent = bruno.post("/chats/new", letter(phone, rosa))
        assert (sent.status, sent.location) == (303, f"/chats/{phone.chat.id}")
    (chat,), (said,) = phone.rows(Chat), phone.rows(Message)
    assert (chat.contact_id, chat.key, chat.name) == (rosa, "51987654321", "Rosa")
    assert (said.body, said.state, said.author_id) == ("Buenas tardes", "queued", bruno.user_id)
    with tenant(phone.account_id):
        claimed = claim_any(phone.account_id, phone.device_id)
    release()
    assert claimed is not None
    assert claimed.is_first, "so WhatsApp is asked whether the number is there"
    assert not vera.get(f"/chats/of-contact/{rosa}").select("a.btn")
    assert vera.get(f"/chats/new?contact_id={rosa}").status == 403
    assert vera.post("/chats/new", letter(phone, rosa)).status == 403
    assert carla.get(f"/chats/new?contact_id={rosa}").status == 404
    assert carla.post("/chats/new", letter(phone, rosa)).status == 404


def test_from_the_inbox_one_looks_for_whom_to_write_to(phone, rosa, bruno):
    door = bruno.get("/chats").one(".bar a[href*=new]")
    assert "Rosa" in bruno.get(f"{door['href']}?q=ros").text
    found = bruno.htmx_get("/chats/new?q=9876")
    assert "<html" not in found.text
    people = bruno.htmx_get("/chats/new?q=rosa").select("#whom a")
    assert [link["href"] for link in people] == [f"/chats/new?contact_id={rosa}"]
    nobody = bruno.htmx_get("/chats/new?q=zzz")
    assert nobody.select("a[href='/leads/new?name=zzz']")


@pytest.mark.parametrize("typed", ["5511987654321", "551187654321"])
def test_whom_to_write_to_is_found_by_either_form_of_their_number(phone, rosa, bruno, typed):
    brazil = "+5511987654321"
    set_rows(phone, update(Contact).values(phone=brazil))
    set_rows(phone, update(ContactIdentity).values(value=brazil))
    found = bruno.htmx_get(f"/chats/new?q={typed}").select("#whom a")
    assert [link["href"] for link in found] == [f"/chats/new?contact_id={rosa}"]


def test_a_chat_they_have_already_goes_on(phone, rosa, heard, bruno):
    phone.hear(heard("Hola"))
    before = phone.chat.id
    assert bruno.post("/chats/new", letter(phone, rosa)).location == f"/chats/{before}"
    assert [row.body for row in phone.messages] == ["Hola", "Buenas tardes"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": " "}, "This is needed"),
        ({"body": "x" * 4097}, "too long"),
        ({"device_id": "x"}, "not a number"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(phone, rosa, bruno, change, words):
    page = bruno.htmx_post("/chats/new", letter(phone, rosa, **change))
    assert page.status == 422
    assert words in " ".join(page.texts("[id$=-error]"))
    assert page.one("#letter-body").text.strip() == str(change.get("body", LETTER["body"])).strip()
    assert phone.rows(Chat) == []


def test_who_must_not_be_written_to_is_not(phone, rosa, bruno):
    blocked = {"account_id": phone.account_id, "kind": "phone", "value": "+51987654321"}
    set_rows(phone, insert(DoNotContact).values(**blocked))
    page = bruno.htmx_post("/chats/new", letter(phone, rosa))
    assert (page.status, "asked not to be contacted" in page.text) == (422, True)
    assert phone.rows(Chat) == []


def test_nor_is_one_of_our_own_numbers_or_somebody_without_a_phone(phone, rosa, bruno):
    set_rows(phone, update(Contact).values(phone="+51911222333"))
    own = bruno.htmx_post("/chats/new", letter(phone, rosa))
    assert own.texts("[id$=-error]") == ["This is one of your own numbers."]
    set_rows(phone, update(Contact).values(phone=None))
    for page in (
        bruno.htmx_post("/chats/new", letter(phone, rosa)),
        bruno.get(f"/chats/new?contact_id={rosa}"),
    ):
        assert "no phone to write to" in page.text
    assert not bruno.get(f"/chats/of-contact/{rosa}").select("a.btn")


@pytest.mark.parametrize("gone", [{"phone": None}, {"removed_at": func.now()}])
def test_nothing_leaves_from_a_number_that_is_none(phone, rosa, bruno, gone):
    set_rows(phone, update(Device).values(**gone))
    assert "No number is linked yet" in bruno.get(f"/chats/new?contact_id={rosa}").text
    assert bruno.post("/chats/new", letter(phone, rosa)).status == 404


def test_who_sees_only_their_own_sees_what_they_began_and_not_a_colleagues(phone, rosa, bruno, marta):
    set_rows(phone, update(Account).values(agent_scope="own"))
    sent = bruno.post("/chats/new", letter(phone, rosa))
    assert bruno.get(sent.location).status == 200
    set_rows(phone, update(Chat).values(owner_id=marta.user_id))
    refused = bruno.htmx_post("/chats/new", letter(phone, rosa, client_id="click-0002"))
    assert (refused.status, "Somebody else looks after" in refused.text) == (422, True)
    assert len(phone.rows(Message)) == 1


def test_the_number_they_know_us_by_is_chosen(phone, rosa, heard, linked, bruno):
    other = linked(phone.account_id, "Sur", "+51911222444")
    assert bruno.get(f"/chats/new?contact_id={rosa}").one("option[selected]")["value"] == str(phone.device_id)
    other.hear(heard("Hola"))
    chosen = bruno.get(f"/chats/new?contact_id={rosa}").one("option[selected]")
    assert chosen["value"] == str(other.device_id)
