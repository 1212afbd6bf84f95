"""Answers recorded by others (recorded/README.md), served by a plain HTTP file server and connected as a Kommo."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from clarin_web import db
from clarin_web.accounts.actions import create_account
from clarin_web.accounts.permissions import Member
from clarin_web.db import execute, tenant
from clarin_web.kommo import actions
from clarin_web.kommo.client import Client
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import find_connection, streams_of
from clarin_web.kommo.sync import sync
from clarin_web.models import Contact
from tests.support.kommo_visits import odd_of

RECORDED = Path(__file__).parent / "recorded"
LAYOUT = {
    "contacts": "contacts_list_page_1.json",
    "companies": "companies_detail_info_2.json",
    "users": "users_detail_info.json",
}


class Files(SimpleHTTPRequestHandler):
    """Files by path, queries ignored, as `python -m http.server` does; `paged` also knows ?page=2."""

    paged = False

    def do_GET(self):
        parts = urlsplit(self.path)
        if self.paged and parts.path.endswith("/contacts") and parse_qs(parts.query).get("page") == ["2"]:
            self.path = "/page_2"
        super().do_GET()

    def log_message(self, *_):
        pass


class PagedFiles(Files):
    paged = True


def serve(folder, handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    return server


def mirror(folder, handler):
    """Connect and visit twice; answers the connection and the names of the contacts now here."""
    server = serve(folder, handler)
    try:
        account_id = create_account("Recorded")
        with tenant(account_id):
            address = f"http://127.0.0.1:{server.server_port}"
            connection = actions.connect(Member(account_id, 1, "owner"), address, "any-token")
            for _ in range(2):
                with Client(address, "any-token", Limiter(None, 100_000.0)) as client:
                    assert sync(account_id, connection.id, client) is False
            found = find_connection(account_id, connection.id)
            people = streams_of(account_id, connection.id)["users"].cursor.get("people", [])
            contacts = execute(select(Contact.name, Contact.company, Contact.phone)).all()
        return found, people, contacts
    finally:
        server.shutdown()
        server.server_close()
        db.release()


@pytest.fixture
def folder(tmp_path):
    api = tmp_path / "api" / "v4"
    api.mkdir(parents=True)
    for name, source in LAYOUT.items():
        shutil.copy(RECORDED / source, api / name)
    shutil.copy(RECORDED / "contacts_list_page_2.json", tmp_path / "page_2")
    return tmp_path


@pytest.mark.parametrize("handler", [Files, PagedFiles])
def test_a_list_of_recorded_contacts_appears(app, folder, handler):
    connection, people, contacts = mirror(folder, handler)
    assert sorted(row.name for row in contacts) == ["1", "dsgdsg"]
    assert [person["name"] for person in people] == ["Алексей Поимцев"]
    assert (connection.state, connection.error) == ("live", "")
    named = {(odd["kind"], odd["code"]) for odd in odd_of(connection.account_id)}
    assert {("leads", "not_found"), ("pipelines", "not_found"), ("contacts", "filters_ignored")} <= named


def test_a_recorded_contact_appears_with_its_company_and_its_odd_phone_named(app, folder):
    shutil.copy(RECORDED / "contacts_detail_info.json", folder / "api" / "v4" / "contacts")
    connection, _, contacts = mirror(folder, Files)
    assert [tuple(row) for row in contacts] == [("Иван Иванов", "АО Копыта и рыла", None)]
    odd = {"kind": "contact", "kommo_id": "3", "code": "phone_too_short", "value": "+79123"}
    assert odd in odd_of(connection.account_id)


@pytest.mark.parametrize("name", ["contacts_update.json", "contacts_create_data.json", "README.md"])
def test_any_recorded_answer_in_the_wrong_place_crashes_nothing(app, folder, name):
    shutil.copy(RECORDED / name, folder / "api" / "v4" / "users")
    connection, _, contacts = mirror(folder, Files) if name != "README.md" else (None, None, [1, 2])
    assert len(contacts) == 2
    assert connection is None or connection.state == "live"
