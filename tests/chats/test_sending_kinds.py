"""A place, a person's card, a poll: filled in, refused in plain words, queued once, shown in the thread."""

import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind, PollVote
from clarin_web.models import Contact, DoNotContact, Message

from .conftest import out

CUSTOMER = Address(Kind.USER, "51987654321")
PLACE = {"where": "https://maps.google.com/?q=-12.05,-77.04", "name": "Tienda", "client_id": "click-0001"}
POLL = {"question": "¿Cuándo?", "options": "Lunes\nMartes\n", "client_id": "click-0001"}


def set_rows(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def test_the_composer_offers_every_kind_and_each_opens_as_a_page(phone, chat, bruno, vera, carla):
    links = [link["href"] for link in bruno.get(chat).select("form.composer .menu-item[href]")]
    assert links == [f"{chat}/files", f"{chat}/location", f"{chat}/contact-card", f"{chat}/poll"]
    for link in links:
        assert bruno.get(link).status == 200
        assert bruno.htmx_get(link).select(".app") == []
        assert (vera.get(link).status, carla.get(link).status) == (403, 404)
        assert (vera.post(link).status, carla.post(link, PLACE | POLL | {"contact_id": 1}).status) == (
            403,
            404,
        )


def test_a_location_is_queued_once(phone, chat, bruno):
    for _click in range(2):
        assert bruno.post(f"{chat}/location", PLACE).status == 303
    (row,) = out(phone)
    assert (row.kind, row.body, row.state) == ("location", "Tienda", "queued")
    assert (row.extra["latitude"], row.extra["longitude"]) == (-12.05, -77.04)
    assert phone.chat.last_kind == "location"


def test_a_location_that_is_none_is_refused_with_what_was_typed(phone, chat, bruno):
    for ask in (bruno.post, bruno.htmx_post):
        answer = ask(f"{chat}/location", PLACE | {"where": "https://maps.app.goo.gl/x"})
        assert answer.status == 422
        assert "neither coordinates" in answer.texts("#where-error")[0]
        assert answer.one("#name")["value"] == "Tienda"
    assert out(phone) == []


def test_a_poll_is_queued_with_its_options(phone, chat, bruno):
    answer = bruno.htmx_post(f"{chat}/poll", POLL | {"many": "1"})
    assert "dialog:close" in answer.headers["HX-Trigger"]
    (row,) = out(phone)
    assert answer.one("article")["id"] == f"message-{row.id}"
    assert (row.kind, row.body, row.extra) == ("poll", "¿Cuándo?", {"options": "Lunes\nMartes", "choices": 0})


def test_votes_in_our_own_poll_are_counted(phone, chat, bruno):
    bruno.post(f"{chat}/poll", POLL)
    (poll,) = out(phone)
    set_rows(phone, update(Message).where(Message.id == poll.id).values(state="sent"))
    chosen = hashlib.sha256(b"Martes").hexdigest()
    phone.hear(PollVote(poll.wa_id, CUSTOMER, CUSTOMER, (chosen,), datetime.now(UTC), push_name="Rosa"))
    shown = " ".join(bruno.get(chat).texts(".msg.out"))
    assert "Lunes 0" in shown
    assert "Martes 1" in shown


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("Lunes", "Between 2 and 12"),
        ("\n".join(f"{n}" for n in range(13)), "Between 2 and 12"),
        ("Lunes\nLunes", "the same"),
        ("Lunes\n" + "x" * 101, "100 characters"),
    ],
)
def test_a_poll_whatsapp_would_refuse_is_refused_here(phone, chat, bruno, options, why):
    answer = bruno.post(f"{chat}/poll", POLL | {"options": options})
    assert (answer.status, why in answer.texts("#options-error")[0]) == (422, True)
    assert out(phone) == []


def test_a_contact_is_found_by_name_or_number_and_sent_as_a_card(phone, chat, bruno):
    with tenant(phone.account_id), transaction():
        made = insert(Contact).values(
            account_id=phone.account_id, name="Zoila Ramos", name_key="zoila ramos", phone="+51900111222"
        )
        contact_id = execute(made.returning(Contact.id)).scalar_one()
    release()
    for q in ("zoila", "Rosa", "987 654"):
        names = bruno.get(f"{chat}/contact-card?q={q}").texts("#people .grow")
        assert names == [{"zoila": "Zoila Ramos"}.get(q, "Rosa")]
    bruno.post(f"{chat}/contact-card", {"contact_id": contact_id, "client_id": "click-0001"})
    (row,) = out(phone)
    assert (row.kind, row.body) == ("contact", "Zoila Ramos")
    assert "waid=51900111222:+51900111222" in str(row.extra["vcard"])
    set_rows(phone, update(Contact).where(Contact.id == contact_id).values(phone=None))
    refused = bruno.post(f"{chat}/contact-card", {"contact_id": contact_id, "client_id": "click-0002"})
    assert refused.status == 422


def test_no_kind_reaches_who_must_not_be_contacted(phone, chat, bruno):
    blocked = {"account_id": phone.account_id, "kind": "phone", "value": "+51987654321"}
    set_rows(phone, insert(DoNotContact).values(**blocked))
    for path, data in (("location", PLACE), ("poll", POLL)):
        answer = bruno.post(f"{chat}/{path}", data)
        assert (answer.status, len(answer.select("[role=alert]"))) == (422, 1)
    assert out(phone) == []
