"""Connecting as a new user would: wrong address, wrong token, missing rights, then a look, then Connect."""

from datetime import timedelta

import pytest

from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer, World
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import KommoDraft
from tests.support.pages import check_page


@pytest.fixture
def kommo():
    with KommoServer(believable(leads=40, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    free = Limiter(None, 100_000.0, sleep=lambda _: None)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)


def attempt(person, kommo, **changes):
    return person.post("/kommo/draft", {"address": kommo.url, "token": kommo.token, **changes})


def connection(account_id):
    with tenant(account_id):
        found = connection_of(account_id)
    release()
    return found


def error_beside(page, field):
    assert page.status == 422
    check_page(page)
    return page.one(f"#{page.one(f'input[name={field}][aria-invalid]')['aria-describedby']}").get_text()


def test_a_new_user_finds_the_way(ana, account_id, kommo):
    page = ana.get("/kommo")
    assert "No Kommo is connected" in page.text
    assert "Nothing is imported yet" in page.text

    page = attempt(ana, kommo, address="http://127.0.0.1:9")
    assert "Check how it is written" in error_beside(page, "address")

    with KommoServer(World(), faults=Faults(rate=100_000)) as stranger:
        stranger.faults.add("html", times=9)
        page = attempt(ana, kommo, address=stranger.url)
    assert "is not a Kommo" in error_beside(page, "address")

    page = attempt(ana, kommo, token="not-the-one")
    assert "Kommo refuses this token" in error_beside(page, "token")
    assert "not-the-one" not in page.text
    assert page.one("#address")["value"] == kommo.url, "what was right is kept"

    kommo.faults.add("status", "/api/v4/leads", status=403)
    page = attempt(ana, kommo)
    assert "An administrator of Kommo must make it" in error_beside(page, "token")

    assert connection(account_id) is None
    page = attempt(ana, kommo)
    assert (page.status, page.location) == (303, "/kommo/draft")
    page = ana.get("/kommo/draft")
    assert page.texts("h2") == ["Demo SAC", "What will be mirrored"]
    assert page.texts("#draft-leads, #draft-contacts, #draft-users") == [
        "40",
        str(len(kommo.world.rows["contacts"])),
        str(len(kommo.world.rows["users"])),
    ]
    assert "stages" in page.one("#draft-pipelines").get_text()
    assert "never writes to it" in page.text
    assert kommo.token not in page.text
    assert connection(account_id) is None, "nothing before Connect"

    assert ana.post("/kommo").status == 303
    assert connection(account_id).kommo_account_name == "Demo SAC"
    assert kommo.token not in ana.get("/kommo").text
    assert ana.post("/kommo").status == 409, "a draft is used once"


@pytest.mark.parametrize("locale", ["es", "pt"])
def test_refusals_and_the_look_are_said_in_every_language(ana, kommo, locale):
    assert ana.post("/settings/profile", {"locale": locale, "theme": "system"}).status == 303
    page = attempt(ana, kommo, token="not-the-one")
    assert error_beside(page, "token").startswith("Kommo rechaza" if locale == "es" else "O Kommo recusa")
    attempt(ana, kommo)
    title = ana.get("/kommo/draft").one("h1").get_text()
    assert title == ("Qué llegará" if locale == "es" else "O que virá")


def test_a_token_that_is_no_administrators_says_what_will_be_missing(ana, account_id, kommo):
    token = kommo.tokens.issue(admin=False)
    assert attempt(ana, kommo, token=token).status == 303
    page = ana.get("/kommo/draft")
    assert "is not an administrator" in page.one(".note.warn").get_text()
    assert page.texts("#draft-users") == ["Not known"]
    assert ana.post("/kommo").status == 303
    assert connection(account_id).token_expires_at is not None


def test_a_token_that_has_ended_is_refused_without_asking(ana, kommo):
    page = attempt(ana, kommo, token=kommo.tokens.issue(seconds=-5))
    assert "has already expired" in error_beside(page, "token")
    assert kommo.seen == []


def test_big_lists_are_counted_in_a_few_questions(ana, kommo):
    pipeline = next(iter(kommo.world.rows["pipelines"]))
    for number in range(2960):
        kommo.world.add_lead(f"Lead {number}", pipeline)
    attempt(ana, kommo)
    [text] = ana.get("/kommo/draft").texts("#draft-leads")
    assert text.startswith("About ")
    assert 2000 <= int(text.removeprefix("About ").replace(",", "").replace(".", "")) <= 3000
    assert len(kommo.seen) < 20


def test_another_kommos_token_does_not_replace_the_one_connected(ana, account_id, kommo):
    attempt(ana, kommo)
    ana.post("/kommo")
    other = World()
    other.account["id"] = 31000777
    with KommoServer(other, faults=Faults(rate=100_000)) as stranger:
        page = attempt(ana, kommo, address=stranger.url)
    assert page.status == 409
    assert "belongs to another Kommo account" in page.text
    assert connection(account_id).base_url == kommo.url


def test_cancelling_forgets_the_token_and_only_who_manages_kommo_may_try(ana, bruno, marta, kommo):
    attempt(ana, kommo)
    assert ana.post("/kommo/draft/removal").status == 303
    assert drafts(ana) == 0
    assert ana.get("/kommo/draft").location == "/kommo"
    assert attempt(bruno, kommo).status == 403
    assert bruno.get("/kommo/draft").status == 403


def test_what_was_typed_and_left_is_forgotten_after_an_hour(ana, kommo, monkeypatch):
    attempt(ana, kommo)
    monkeypatch.setattr(jobs, "_tidied_at", None)
    jobs.tick()
    assert drafts(ana) == 1
    monkeypatch.setattr("clarin_web.kommo.drafting.LIFETIME", timedelta(0))
    jobs.tick()
    assert drafts(ana) == 1, "not each second"
    monkeypatch.setattr(jobs, "_tidied_at", None)
    jobs.tick()
    assert drafts(ana) == 0
    assert ana.post("/kommo").status == 409


def drafts(person):
    with tenant(person.account_id):
        found = execute(KommoDraft.__table__.select()).all()
    release()
    return len(found)


def test_trying_has_a_limit(ana, kommo, monkeypatch):
    monkeypatch.setattr("clarin_web.kommo.views.connecting.TRIES", 2)
    for _ in range(2):
        assert attempt(ana, kommo, token="wrong").status == 422
    assert attempt(ana, kommo).status == 429


def test_what_is_wrong_in_the_consent_form_is_said_beside_its_field(ana, kommo):
    page = ana.post("/kommo/consent", {"address": "http://10.0.0.1", "client_id": "x", "client_secret": "y"})
    assert page.status == 422
    assert "Only addresses of kommo.com" in page.one("#consent-address-error").get_text()
    page = ana.post("/kommo/consent", {"address": kommo.url})
    assert page.select("#client_id-error")
    assert page.select("#client_secret-error")
