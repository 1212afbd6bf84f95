"""Who reads a text is part of the text: whatever a person, an old page or a forged form does, a note reaches no customer.

`CLARIN_INTERLEAVINGS=500` walks as often as was promised; the suite walks a few.
"""

import functools
import io
import json
import os
import random

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices import queued
from clarin_web.devices.gateway import Address, Kind
from clarin_web.models import Draft, Message

from .conftest import out

WALKS = int(os.environ.get("CLARIN_INTERLEAVINGS", "12"))
OTHER = Address(Kind.USER, "51955444333")


@pytest.mark.parametrize(
    "odd",
    [
        {"kind": "note"},
        {"kind": ["text", "note"]},
        {"kind": "Note"},
        {"kind": ""},
        {"note": ""},
    ],
)
def test_whatever_says_note_anywhere_is_one(phone, chat, bruno, odd):
    """Pages from before said it in `kind`; a page in doubt is not believed to mean the customer."""
    bruno.post(f"{chat}/messages", {"body": "margen 18 %", "client_id": "click-0001", **odd})
    assert [(row.kind, row.state, row.body) for row in out(phone)] == [("note", "", "margen 18 %")]


@pytest.mark.parametrize("odd", [{"kind": "note"}, {"note": "margen 18 %"}, {"write": "note"}])
def test_by_no_other_form_of_a_chat_does_a_note_leave(app, phone, chat, bruno, odd):
    """Files, places, polls, cards, letters, what is forwarded or edited, and every form that will come."""
    words = dict.fromkeys(("caption", "question", "name", "body"), "margen 18 %")
    given = {"options": "uno\ndos", "where": "-12.0464,-77.0428", "emoji": "👍", "chat_id": phone.chat.id}
    given |= {"contact_id": phone.chat.contact_id, "device_id": phone.device_id}
    ids = {
        "chat_id": phone.chat.id,
        "message_id": phone.messages[0].id,
        "device_id": phone.device_id,
        "merge_id": 1,
    }
    roads = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("chats.") and "POST" in rule.methods
    ]
    for number, rule in enumerate(roads):
        _host, path = rule.build(ids, append_unknown=False)
        file = io.BytesIO(b"polos"), "lista.txt"
        data = {**words, **given, **odd, "client_id": f"click-{number:04}", "file": file}
        assert bruno.post(path, data).status in (204, 205, 303, 422), path
    assert {row.kind for row in out(phone)} == {"note"}
    refused = bruno.post(f"{chat}/poll?kind=note", {**words, **given, "client_id": "click-9000"})
    assert (refused.status, "it goes to no customer" in refused.text) == (422, True)


def test_an_answer_says_nothing_of_notes_and_a_page_of_before_may_say_text(phone, chat, bruno):
    bruno.post(f"{chat}/messages", {"body": "uno", "client_id": "click-0001"})
    bruno.post(f"{chat}/messages", {"body": "dos", "client_id": "click-0002", "kind": "text"})
    bruno.post(f"{chat}/notes", {"note": "tres", "client_id": "click-0003", "kind": "text"})
    assert [row.kind for row in out(phone)] == ["text", "text", "note"]


def test_a_note_is_quoted_forwarded_retried_edited_and_reacted_to_by_nobody(phone, chat, bruno):
    bruno.post(f"{chat}/notes", {"note": "margen 18 %", "client_id": "click-0001"})
    (note,) = out(phone)
    quoting = {"body": "sí", "client_id": "click-0002", "quoted_wa_id": note.wa_id}
    assert bruno.post(f"{chat}/messages", quoting).status == 422
    assert bruno.get(f"{chat}?answer={note.id}").status == 404
    to = {"chat_id": phone.chat.id, "client_id": "click-0003"}
    assert bruno.post(f"/messages/{note.id}/forward", to).status in (404, 405, 409, 422)
    for deed, data in (("retry", {}), ("edit", {"body": "x"}), ("reaction", {"emoji": "👍"}), ("delete", {})):
        assert bruno.post(f"/messages/{note.id}/{deed}", data).status == 409, deed
    assert [row.id for row in out(phone)] == [note.id]


def test_the_database_keeps_no_note_that_could_wait_to_be_sent(phone, chat, bruno):
    row = {"account_id": phone.account_id, "chat_id": phone.chat.id, "wa_id": "N1", "direction": "out"}
    with pytest.raises(IntegrityError), tenant(phone.account_id), transaction():
        execute(insert(Message).values(**row, kind="note", state="queued", body="x"))
    release()


def test_a_draft_keeps_its_kind(phone, chat, bruno):
    bruno.post(f"{chat}/messages/draft", {"body": "Estimada"})
    bruno.post(f"{chat}/notes/draft", {"note": "no bajar de 252"})
    page = bruno.get(chat)
    assert page.one("textarea[name=body]").text.strip() == "Estimada"
    assert page.one("textarea[name=note]").text.strip() == "no bajar de 252"
    assert page.one("[name=write][checked]")["value"] == "note", "what was typed last is open"
    assert bruno.get("/chats").texts(".chat-row .draft") == ["Note:"]
    said = phone.messages[0].id
    answering = bruno.get(f"{chat}?answer={said}")
    assert answering.one("[name=write][checked]")["value"] == "answer"
    assert "252" not in answering.one("form.composer").text
    bruno.post(f"{chat}/messages", {"body": "Estimada Rosa", "client_id": "click-0001"})
    assert [(row.kind, row.body) for row in phone.rows(Draft)] == [("note", "no bajar de 252")]


def test_what_a_page_of_before_saves_is_for_no_customer(phone, chat, bruno):
    bruno.post(f"{chat}/draft", {"body": "¿para quién?"})
    assert [row.kind for row in phone.rows(Draft)] == ["note"]


def test_each_box_names_its_reader_and_goes_its_own_way(phone, chat, bruno):
    page = bruno.get(chat)
    answer, note = page.one("form.composer"), page.one("form.note-composer")
    assert (answer["action"], note["action"]) == (f"{chat}/messages", f"{chat}/notes")
    assert answer.select_one("button.send").get_text(strip=True) == "Send to Rosa"
    assert note.select_one("button.save").get_text(strip=True) == "Save note for the team"
    assert not note.select("[data-record], [data-pick], [name=quoted_wa_id]")


def test_other_words_under_one_client_id_are_kept_and_asked_about(phone, chat, bruno):
    bruno.post(f"{chat}/messages", {"body": "Hola", "client_id": "click-0001"})
    for ask in (bruno.post, bruno.htmx_post):
        again = ask(f"{chat}/messages", {"body": "Hola Rosa", "client_id": "click-0001"})
        assert again.status == 422
        assert again.one("textarea[name=body]").text.strip() == "Hola Rosa"
        assert again.one("form.composer [name=client_id]")["value"] != "click-0001"
    asked = bruno.post(f"{chat}/notes", {"note": "Hola", "client_id": "click-0001"})
    assert (asked.status, asked.one("textarea[name=note]").text.strip()) == (422, "Hola")
    assert [row.body for row in out(phone)] == ["Hola"]


def test_words_whose_page_died_while_they_left_are_found_sent(phone, chat, bruno):
    draft = {"body": "Hola", "client_id": "click-0001"}
    assert bruno.post(f"{chat}/messages/draft", draft).status == 204
    bruno.post(f"{chat}/messages", draft)
    assert bruno.post(f"{chat}/messages/draft", draft).status == 205
    assert bruno.post(f"{chat}/messages/draft", draft | {"body": "Hola Rosa"}).status == 204
    assert [row.body for row in phone.rows(Draft)] == ["Hola Rosa"]


@pytest.mark.parametrize(("way", "name"), [("messages", "body"), ("notes", "note")])
def test_what_two_browsers_of_one_person_type_is_both_kept(phone, chat, bruno, way, name):
    """Whoever had not read what the other saved saves nothing over it, and sends it away with nothing."""
    save = functools.partial(bruno.post, f"{chat}/{way}/draft")
    desk = save({name: "El presupuesto largo", "draft": 0})
    assert (desk.status, bool(int(desk.headers["X-Draft"]))) == (204, True)
    mobile = save({name: "ok", "draft": 0})
    offered = {"body": "El presupuesto largo", "version": int(desk.headers["X-Draft"])}
    assert (mobile.status, json.loads(mobile.text)) == (409, offered)
    assert save({name: "", "draft": 0}).status == 409
    bruno.post(f"{chat}/{way}", {name: "ok", "draft": 0, "client_id": "click-0001"})
    assert bruno.get(chat).one(f"textarea[name={name}]").text.strip() == "El presupuesto largo"
    assert save({name: "El presupuesto largo, ok", "draft": 0}).status == 204, "nothing is lost"
    seen = bruno.get(chat).one(f"form:has([name={name}]) [name=draft]")["value"]
    assert save({name: "El presupuesto", "draft": seen}).status == 204
    bruno.post(f"{chat}/{way}", {name: "El presupuesto", "draft": seen, "client_id": "click-0002"})
    assert phone.rows(Draft) == [], "these words left"


class Tab:
    """A page as it was loaded, with what is typed in its boxes; it may be very old."""

    def __init__(self, page, chat: str) -> None:
        self.chat = chat
        self.forms = {form.textarea["name"]: form for form in page.select(".writing form")}
        self.typed = {name: form.textarea.text.strip() for name, form in self.forms.items()}

    def data(self, name: str) -> dict[str, str]:
        hidden = {field["name"]: field["value"] for field in self.forms[name].select("input[type=hidden]")}
        return {**hidden, name: self.typed[name]}


class Walk:
    """One person with several tabs, typing "N…" only where the team reads and "A…" only where the customer does."""

    def __init__(self, person, chats: list[str], phone, seed: int) -> None:
        self.person, self.chats, self.phone = person, chats, phone
        self.dice, self.tabs, self.words = random.Random(seed), [], 0
        self.open(chats[0])

    def open(self, chat: str, query: str = "") -> None:
        page = self.person.get(chat + query)
        assert page.status == 200
        tab = Tab(page, chat)
        assert "N" not in tab.typed["body"], "a note came back where the customer reads"
        assert "A" not in tab.typed["note"]
        self.tabs.append(tab)

    def step(self) -> None:
        tab, name = self.dice.choice(self.tabs), self.dice.choice(("body", "note"))
        doings = (self.type, self.type, self.save, self.send, self.reload, self.reply, self.forge)
        self.dice.choice(doings)(tab, name)

    def type(self, tab: Tab, name: str) -> None:
        self.words += 1
        tab.typed[name] += f" {'N' if name == 'note' else 'A'}{self.words}"

    def save(self, tab: Tab, name: str) -> None:
        url = tab.forms[name].textarea["data-autosave"]
        self.person.post(url, {name: tab.typed[name]})
        other = Tab(self.person.get(tab.chat), tab.chat)
        assert other.typed[name] == tab.typed[name].strip()

    def send(self, tab: Tab, name: str) -> None:
        ask = self.dice.choice((self.person.post, self.person.htmx_post))
        answer = ask(tab.forms[name]["action"], tab.data(name))
        assert answer.status in (200, 303) if tab.typed[name].strip() else 422
        if answer.status == 303:
            tab.typed[name] = ""
        self.reload(tab, name)

    def reload(self, tab: Tab, name: str) -> None:
        self.tabs.remove(tab)
        self.open(self.dice.choice(self.chats), self.dice.choice(("", "?write=note", "?write=answer")))

    def reply(self, tab: Tab, name: str) -> None:
        said = self.phone.rows(Message, Message.direction == "in")
        mine = [row.id for row in said if f"/chats/{row.chat_id}" == tab.chat]
        self.open(tab.chat, f"?answer={self.dice.choice(mine)}")

    def forge(self, tab: Tab, name: str) -> None:
        """A note on the road of a message: of a page of before, with its kind in every shape."""
        self.words += 1
        kind = self.dice.choice(("note", "NOTE", "", ["text", "note"], ["note", "text"]))
        data = {"body": f"N{self.words}", "kind": kind, "client_id": f"forged-{self.words:06}-{id(self)}"}
        self.person.post(f"{tab.chat}/{self.dice.choice(('messages', 'notes'))}", data)


def test_in_no_order_of_things_does_a_note_leave(phone, heard, bruno):
    phone.hear(heard("Hola"), heard("Buenas", chat=OTHER))
    chats = [f"/chats/{row.chat_id}" for row in phone.rows(Message, Message.direction == "in")]
    for seed in range(WALKS):
        walk = Walk(bruno, chats, phone, seed)
        for _step in range(10):
            walk.step()
    rows = out(phone)
    assert all(row.kind == "note" and row.state == "" for row in rows if "N" in row.body)
    assert all(row.kind == "text" for row in rows if "A" in row.body)
    assert {"note", "text"} == {row.kind for row in rows}
    mine = {"account": phone.account_id, "device": phone.device_id}
    with tenant(phone.account_id):
        ready = execute(queued._READY.with_only_columns(Message.body), mine).scalars().all()
    release()
    assert ready
    assert not [body for body in ready if "N" in body]
