"""Answering: the row is there before anything is sent, a double click is one message, and nothing typed is lost."""

import pytest
from sqlalchemy import insert, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import Chat, DoNotContact, Draft, Message

from .conftest import out

LID = Address(Kind.LID, "99887766554433")
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def set_rows(phone, statement):
    with tenant(phone.account_id), transaction():
        execute(statement)
    release()


def test_bruno_answers_and_the_row_waits_for_the_wire(phone, chat, bruno, carla):
    answer = bruno.post(f"{chat}/messages", {"body": "Sí, *hay*", "client_id": "click-0001"})
    assert answer.status == 303
    (row,) = out(phone)
    assert (row.state, row.body, row.author_id) == ("queued", "Sí, *hay*", bruno.user_id)
    assert row.wa_id.startswith("3EB0")
    assert row.wa_id == row.wa_id.upper()
    assert (phone.chat.last_preview, phone.chat.last_state, phone.chat.waiting_since) == (
        "Sí, hay",
        "queued",
        None,
    )
    page = bruno.get(chat)
    assert page.texts(".msg.out strong") == ["hay"]
    assert len(page.select(".msg.out .tick.queued")) == 1
    assert carla.post(f"{chat}/messages", {"body": "x", "client_id": "click-0002"}).status == 404


def test_a_double_click_is_one_message(phone, chat, bruno):
    for _click in range(3):
        bruno.htmx_post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    assert len(out(phone)) == 1
    bruno.htmx_post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0002"})
    assert len(out(phone)) == 2


def test_htmx_gets_the_bubble_and_an_empty_composer(phone, chat, bruno):
    answer = bruno.htmx_post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    (row,) = out(phone)
    assert f'hx-target="#chat-{phone.chat.id}-messages"' in answer.text
    assert len(answer.select(f"#message-{row.id}[data-status=queued]")) == 1
    composer = answer.one("form.composer")
    assert composer.select_one("textarea").text.strip() == ""
    assert composer.select_one("[name=client_id]")["value"] != "click-0001"


@pytest.mark.parametrize("body", ["", "   \n ", "x" * 4097, "a\x00b", "a\ufffdb"])
def test_what_cannot_be_sent_is_refused_and_kept(phone, chat, bruno, body):
    for ask in (bruno.post, bruno.htmx_post):
        answer = ask(f"{chat}/messages", {"body": body, "client_id": "click-0001"})
        assert answer.status == 422
        assert answer.texts("#composer-error") != [""]
        kept = answer.one("textarea[name=body]").text.strip()
        assert "\x00" in body or kept == body.strip()
        assert answer.one("form.composer [name=client_id]")["value"] == "click-0001"
    assert out(phone) == []


def test_vera_reads_and_does_not_write(phone, chat, vera):
    page = vera.get(chat)
    assert page.select("form.composer, #retry") == []
    assert vera.post(f"{chat}/messages", {"body": "x", "client_id": "click-0001"}).status == 403
    assert vera.post(f"{chat}/messages/draft", {"body": "x"}).status == 403
    assert vera.post(f"{chat}/reading").status == 403
    assert out(phone) == []


@pytest.mark.parametrize(("kind", "value"), [("phone", "+51987654321"), ("wa_pn", "51987654321")])
def test_do_not_contact_stops_messages_and_not_notes(phone, chat, bruno, kind, value):
    set_rows(phone, insert(DoNotContact).values(account_id=phone.account_id, kind=kind, value=value))
    answer = bruno.post(f"{chat}/messages", {"body": "oferta", "client_id": "click-0001"})
    assert answer.status == 422
    assert "asked not to be contacted" in answer.texts("#composer-error")[0]
    note = {"note": "no llamar", "client_id": "click-0002"}
    assert bruno.post(f"{chat}/notes", note).status == 303
    assert [row.kind for row in out(phone)] == ["note"]


def test_do_not_contact_knows_private_ids(phone, heard, bruno):
    phone.hear(heard(chat=LID))
    set_rows(phone, insert(DoNotContact).values(account_id=phone.account_id, kind="wa_lid", value=LID.value))
    url = f"/chats/{phone.chat.id}/messages"
    assert bruno.post(url, {"body": "x", "client_id": "click-0001"}).status == 422


def test_a_note_stays_inside(phone, chat, bruno, ana):
    bruno.post(f"{chat}/notes", {"note": "pide 10%", "client_id": "click-0001"})
    (row,) = out(phone)
    assert (row.kind, row.state) == ("note", "")
    assert phone.chat.last_preview == "Hola"
    assert "Bruno" in ana.get(chat).texts(".msg.note .author")[0]


def test_quoting_shows_what_is_answered(phone, heard, chat, bruno):
    first = phone.messages[0]
    assert bruno.get(f"{chat}?answer={first.id}").texts(".answering span") == ["Hola"]
    bruno.post(f"{chat}/messages", {"body": "sí", "client_id": "click-0001", "quoted_wa_id": first.wa_id})
    assert bruno.get(chat).texts(".msg.out .quote") == ["Hola"]


def test_only_what_failed_is_retried_and_by_a_person(phone, chat, bruno, vera, carla):
    bruno.post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    row = out(phone)[0]
    retry = f"/messages/{row.id}/retry"
    assert bruno.post(retry).status == 409
    set_rows(phone, update(Message).where(Message.id == row.id).values(state="failed", failure=XSS))
    page = bruno.get(chat)
    assert XSS in page.texts("div.not-sent")[0]
    assert page.one("button.retry")["formaction"] == retry
    assert vera.post(retry).status == 403
    assert carla.post(retry).status == 404
    assert bruno.htmx_post(retry).one("article")["data-status"] == "queued"
    assert (out(phone)[0].state, out(phone)[0].wa_id) == ("queued", row.wa_id)
    assert bruno.post(retry).status == 409


def test_drafts_are_kept_per_person(phone, chat, bruno, ana):
    assert bruno.post(f"{chat}/messages/draft", {"body": "estimada Rosa\n"}).status == 204
    assert bruno.get(chat).one("textarea[name=body]").text.strip() == "estimada Rosa"
    assert bruno.get("/chats").texts(".chat-row .draft") == ["Draft:"]
    assert ana.get(chat).one("textarea[name=body]").text.strip() == ""
    bruno.post(f"{chat}/messages/draft", {"body": ""})
    assert phone.count(Draft) == 0
    bruno.post(f"{chat}/messages/draft", {"body": "x"})
    bruno.post(f"{chat}/messages", {"body": "x", "client_id": "click-0001"})
    assert phone.count(Draft) == 0


def test_reading_is_a_post_and_counts_what_was_seen(phone, heard, chat, bruno, carla):
    bruno.get(chat)
    assert phone.chat.unread == 1
    seen = phone.messages[0].id
    phone.hear(heard("otra"))
    assert bruno.get("/chats/unread").texts("body") == ["1 unread chat"]
    assert bruno.post(f"{chat}/reading", {"seen": seen}).status == 303
    assert phone.chat.unread == 1
    assert bruno.htmx_post(f"{chat}/reading").status == 204
    assert (phone.chat.unread, bruno.get("/chats/unread").text) == (0, "")
    assert carla.post(f"{chat}/reading").status == 404
    assert phone.count(Chat) == 1
