"""What goes wrong, as a Spanish-speaking seller meets it: the right status, a sentence, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from clarin_web.accounts.actions import close_session
from clarin_web.accounts.queries import sessions_of
from clarin_web.contacts.actions import create_group_contact
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo.limiter import Limiter
from clarin_web.leads.actions import NewLead, create_lead
from clarin_web.models import (
    Chat,
    Contact,
    Device,
    Draft,
    KommoConnection,
    Lead,
    LeadNote,
    Message,
    Tag,
    User,
    UserSession,
)
from clarin_web.pipelines.actions import create_pipeline
from tests.support.cast import PASSWORD, Person
from tests.support.pages import Page

NOT_HERE = "No está aquí"
IDS = {"account_id", "session_id", "pipeline_id", "stage_id", "lead_id", "contact_id", "chat_id", "message_id", "device_id", "tag_id"}  # fmt: skip


@pytest.fixture
def rosa(ana: Person) -> Person:
    return speaks_spanish(ana)


def speaks_spanish(person: Person) -> Person:
    with tenant(person.account_id, person.user_id), transaction():
        execute(update(User).where(User.id == person.user_id).values(locale="es"))
    release()
    return person


@pytest.fixture
def lead(rosa: Person) -> int:
    with tenant(rosa.account_id):
        create_pipeline(rosa.account_id, "Ventas", ["Nuevo"], is_main=True)
        made = create_lead(rosa.member, NewLead(title="50 sillas")).id
    release()
    return made


@pytest.fixture
def chat(rosa: Person) -> int:
    """A chat with one failed message, on a number of the account."""
    account = {"account_id": rosa.account_id}
    with tenant(rosa.account_id), transaction():
        device = execute(insert(Device).values(**account, name="Ventas").returning(Device.id)).scalar_one()
        contact = create_group_contact(rosa.account_id, "Clientes")
        made = execute(
            insert(Chat)
            .values(**account, device_id=device, contact_id=contact, key="1@g.us", kind="group")
            .returning(Chat.id)
        ).scalar_one()
        execute(
            insert(Message).values(
                **account, chat_id=made, wa_id="A", direction="out", state="failed", body="Hola"
            )
        )
    release()
    return made


def count(person: Person, model: type, *where: object) -> int:
    with tenant(person.account_id):
        found = execute(select(func.count()).select_from(model).where(*where)).scalar_one()  # type: ignore[arg-type]
    release()
    return int(found)


def test_a_wrong_password_keeps_the_address_typed(app: Flask) -> None:
    form = {"email": "rosa@andina.test", "password": "no es esta", "next": "/leads"}
    answer = app.test_client().post("/login", data=form, headers={"Accept-Language": "es-PE,es;q=0.9"})
    page = Page(answer.status_code, answer.get_data(as_text=True), dict(answer.headers), [])
    assert page.status == 401
    assert "Correo o contraseña incorrectos" in page.text
    assert page.one("input[name=email]")["value"] == "rosa@andina.test"
    assert page.one("input[name=next]")["value"] == "/leads"
    assert PASSWORD not in page.text
    assert "no es esta" not in page.text


def test_a_session_that_ended_inside_a_fragment(rosa: Person, chat: int) -> None:
    """The draft was kept as it was typed; signing in leads back to the page."""
    rosa.htmx_post(f"/chats/{chat}/messages/draft", {"body": "Le confirmo mañana"})
    with tenant(rosa.account_id, rosa.user_id):
        close_session(sessions_of(rosa.user_id)[0].id, rosa.user_id)
    release()
    here = {"HX-Current-URL": f"http://localhost/chats/{chat}?unread=1", "Accept-Language": "es"}
    for answer in (
        rosa.htmx_get("/chats/unread", headers=here),
        rosa.htmx_post(f"/chats/{chat}/messages", {"body": "Le confirmo mañana"}, headers=here),
    ):
        assert answer.status == 401
        assert "Inicia sesión para continuar." in answer.text
        assert "<html" not in answer.text
        assert answer.headers["HX-Redirect"].startswith("/login?")
        assert answer.headers["HX-Redirect"].endswith(f"next={quote(f'/chats/{chat}?unread=1', safe='')}")
    assert count(rosa, Message) == 1
    assert count(rosa, Draft, Draft.body == "Le confirmo mañana") == 1


@pytest.mark.parametrize("bad", ["0", "-1", "abc", "1.5", "%00", "9" * 30, "1;drop", "１"])
def test_bad_ids(rosa: Person, bad: str) -> None:
    for url in (
        f"/leads/{bad}",
        f"/chats/{bad}",
        f"/contacts/{bad}",
        f"/devices/{bad}",
        f"/leads/board/{bad}",
    ):
        page, fragment = rosa.get(url), rosa.htmx_get(url)
        assert (page.status, fragment.status) == (404, 404), url
        assert NOT_HERE in page.text, url
        assert NOT_HERE in fragment.text, url
        assert "<html" not in fragment.text, url


def test_another_accounts_ids_on_every_page_and_write(
    app: Flask, rosa: Person, carla: Person, lead: int, chat: int
) -> None:
    """Whatever has an id in its address: for Carla it is not there, in her words, and stays as it was."""
    speaks_spanish(carla)
    ids = ids_of(rosa, lead, chat)
    before = {
        model: count(rosa, model) for model in (Lead, Chat, Message, LeadNote, Contact, Device, Tag, Draft)
    }
    asked = 0
    for rule in app.url_map.iter_rules():
        if not rule.arguments & IDS:
            continue
        url = rule.rule
        for name in rule.arguments:
            url = url.replace(f"<int:{name}>", str(ids.get(name, 0))).replace(f"<string:{name}>", "title")
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = carla.htmx_get(url) if method == "GET" else carla.htmx_post(url, WHATEVER)
            assert answer.status == 404, f"{method} {url} answered {answer.status}"
            assert NOT_HERE in answer.text, f"{method} {url}"
            asked += 1
    assert asked > 25
    assert before == {model: count(rosa, model) for model in before}


WHATEVER = {"body": "x", "client_id": "click-0001", "title": "x", "value": "x", "name": "x", "tag": "x", "reason": "x", "version": "1", "stage_id": "1", "owner_id": "", "address": "x"}  # fmt: skip


def ids_of(person: Person, lead: int, chat: int) -> dict[str, int]:
    with tenant(person.account_id, person.user_id):
        found = execute(select(Lead.pipeline_id, Lead.stage_id).where(Lead.id == lead)).one()
        there = execute(
            select(Chat.contact_id, Chat.device_id, Message.id).join(Message, Message.chat_id == Chat.id)
        ).one()
        session_id = execute(select(UserSession.id).where(UserSession.user_id == person.user_id)).scalar_one()
    release()
    return {
        "account_id": person.account_id, "session_id": session_id, "lead_id": lead, "chat_id": chat, "tag_id": 1,
        "pipeline_id": found.pipeline_id, "stage_id": found.stage_id,
        "contact_id": there.contact_id, "device_id": there.device_id, "message_id": there.id,
    }  # fmt: skip


def test_too_much_input(rosa: Person, lead: int) -> None:
    for answer in (
        rosa.htmx_post(f"/leads/{lead}/notes", {"body": "x" * (1024 * 1024 + 1)}),
        rosa.htmx_post(
            f"/leads/{lead}/notes", {f"f{n}": "x" for n in range(600)}, content_type="multipart/form-data"
        ),
    ):
        assert answer.status == 413
        assert "Es demasiado grande" in answer.text
    answer = rosa.htmx_post(f"/leads/{lead}/notes", {"body": "x" * 5001})
    assert answer.status == 422
    assert "Es demasiado largo" in answer.text
    assert "x" * 5001 in answer.text, "what was typed is still there"
    assert count(rosa, LeadNote) == 0


@pytest.mark.parametrize("raw", [b"body=a%00b", b"body=%ff%fe%00%01", b"body=%EF%BF%BD", b"body=%1b%5b31m"])
def test_binary_input(rosa: Person, lead: int, chat: int, raw: bytes) -> None:
    for url in (f"/leads/{lead}/notes", f"/chats/{chat}/messages"):
        headers = {
            "HX-Request": "true",
            "X-CSRF-Token": rosa.csrf,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = rosa.client.post(url, data=raw + b"&client_id=click-0001", headers=headers)
        assert answer.status_code == 422, url
        assert "caracteres que no son texto" in answer.get_data(as_text=True), url
    assert (count(rosa, LeadNote), count(rosa, Message)) == (0, 1)


def test_a_file_where_words_belong(rosa: Person, lead: int, chat: int) -> None:
    photo = b"\xff\xd8\xff\xe0\x00\x10JFIF"
    for url in (f"/leads/{lead}/notes", f"/chats/{chat}/messages"):
        upload = {"body": (BytesIO(photo), "foto.jpg"), "client_id": "click-0001"}
        answer = rosa.htmx_post(url, upload, content_type="multipart/form-data")
        assert answer.status == 422, url
    raw = rosa.client.post(
        f"/leads/{lead}/notes", data=photo, headers={"X-CSRF-Token": rosa.csrf, "Accept-Language": "es"}
    )
    assert raw.status_code == 422
    assert (count(rosa, LeadNote), count(rosa, Message)) == (0, 1)


@pytest.mark.parametrize("url", ["/leads?colour=red", "/leads?stage=abc", "/leads?sort=evil", "/chats?colour=red", "/chats?device=abc", "/chats?unread=maybe", "/chats?before=%21%21"])  # fmt: skip
def test_unknown_filters_show_nothing_and_say_why(rosa: Person, lead: int, chat: int, url: str) -> None:
    page, fragment = rosa.get(url), rosa.htmx_get(url)
    assert (page.status, fragment.status) == (422, 422)
    for answer in (page, fragment):
        assert not answer.select("tbody tr, .chat-row")
        assert any(words in answer.text for words in ("filtro", "enlace")), answer.text
        assert "filter" not in " ".join(answer.texts("[role=alert], .problem, h2, li"))


@pytest.fixture
def kommo(monkeypatch: pytest.MonkeyPatch) -> Iterator[KommoServer]:
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    with KommoServer(believable(leads=3, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


def test_a_kommo_token_that_is_refused(rosa: Person, kommo: KommoServer) -> None:
    page = rosa.post("/kommo/draft", {"address": kommo.url, "token": "wrong"})
    assert page.status == 422
    assert "Kommo rechaza este token" in page.text
    assert kommo.url in [field.get("value") for field in page.select("input[name=address]")]
    assert count(rosa, KommoConnection) == 0


def test_a_kommo_that_answers_html(rosa: Person, kommo: KommoServer) -> None:
    kommo.faults.add("html", times=9)
    page = rosa.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
    assert page.status == 422
    assert "no es un Kommo" in page.text
    assert kommo.url in [field.get("value") for field in page.select("input[name=address]")]
    assert count(rosa, KommoConnection) == 0


def test_a_device_that_never_pairs(rosa: Person) -> None:
    """The code ran out, the number is still there, and the page offers another code."""
    with tenant(rosa.account_id), transaction():
        values = {
            "account_id": rosa.account_id,
            "name": "Ventas",
            "state": "unpaired",
            "state_reason": "code_expired",
        }
        device = execute(insert(Device).values(**values).returning(Device.id)).scalar_one()
    release()
    for page in (rosa.get(f"/devices/{device}"), rosa.htmx_get(f"/devices/{device}"), rosa.get("/devices")):
        assert page.status == 200
        assert "El código venció antes de que alguien lo escaneara" in page.text
    assert rosa.get(f"/devices/{device}").select(f"form[action='/devices/{device}/pairing']")
    assert count(rosa, Device) == 1
