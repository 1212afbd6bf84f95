"""Whoever is looked for is found alike everywhere: leads, inbox, "New message", forwarding, sending a card."""

import pytest
from sqlalchemy import update

from clarin_web.db import execute, tenant, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import Account, Contact
from clarin_web.pipelines.starters import start_pipeline

TYPED = ["0051987654321", "0987654321", "987 654 321", "wa.me/51987654321", "maría penaranda", "NÚÑEZ"]


@pytest.fixture
def maria(phone, heard, ana):
    """She wrote, and has a lead and a chat."""
    with tenant(phone.account_id):
        start_pipeline(phone.account_id, "es")
    phone.hear(heard("Hola", chat=Address(Kind.USER, "51987654321"), push_name="María Peñaranda Núñez"))
    ana.post("/leads", {"title": "Chompas", "contact_id": str(phone.one(Contact).id)})
    return phone


def pages(phone, q):
    message = phone.messages[0].id
    return {
        "leads": ("/leads", {"q": q}, "#results .c-title a"),
        "inbox": ("/chats", {"q": q}, ".chat-row b"),
        "new message": ("/chats/new", {"q": q}, "#whom a.menu-item"),
        "forward": (f"/messages/{message}/forward", {"q": q}, "#forward-to label"),
        "card": (f"/chats/{phone.chat.id}/contact-card", {"q": q}, "#people button"),
    }


@pytest.mark.parametrize("q", TYPED)
def test_every_list_and_picker_finds_her_alike(maria, bruno, q):
    for name, (url, query, css) in pages(maria, q).items():
        assert bruno.get(url, query_string=query).select(css), f"{name} does not find {q}"
    for name, (url, query, css) in pages(maria, "999 888 777").items():
        assert not bruno.get(url, query_string=query).select(css), f"{name} finds somebody else"


def test_somebody_without_a_chat_is_found_by_any_word_and_any_number(phone, ana, bruno):
    with tenant(phone.account_id):
        start_pipeline(phone.account_id, "es")
    ana.post("/leads", {"name": "Rosa Elvira Quispe", "phone": "987650099"})
    with tenant(phone.account_id), transaction():
        execute(update(Contact).values(reached=["+51911000111"]))
    for q in ("987650099", "987 650 099", "elvira", "quispe rosa", "50099", "911 000 111"):
        found = bruno.get("/chats/new", query_string={"q": q}).texts("#whom a.menu-item")
        assert found
        assert "Rosa Elvira Quispe" in found[0]


def test_a_number_is_read_as_dialled_in_the_accounts_country(phone, heard, bruno):
    with tenant(phone.account_id), transaction():
        execute(update(Account).where(Account.id == phone.account_id).values(country="BR"))
    phone.hear(heard("Oi", chat=Address(Kind.USER, "551187654321"), push_name="João"))
    for q in ("11 8765-4321", "(11) 98765-4321", "015 11 98765 4321", "+55 11 8765-4321"):
        assert bruno.get("/chats", query_string={"q": q}).texts(".chat-row b") == ["João"], q


def test_whom_nobody_knows_becomes_a_lead_with_what_was_typed(phone, bruno):
    for q, kept in (("+51 911 000 111", "phone"), ("Rosa Elvira", "name")):
        door = bruno.htmx_get("/chats/new", query_string={"q": q}).one("#whom a.btn")
        assert str(door["href"]).startswith(f"/leads/new?{kept}=")
