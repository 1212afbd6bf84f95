"""The Kommo page: an owner connects, a teammate reads, a stranger sees nothing of it."""

import pytest

from clarin_web.db import execute, release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import Lead
from clarin_web.store import redis_connection
from tests.support.pages import check_page


@pytest.fixture
def kommo():
    with KommoServer(believable(leads=3, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture
def quick(monkeypatch):
    """The pace of a server that does not mind."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)


def connect(person, kommo, **changes):
    """Try, and connect what was shown; the answer of the first of the two that is refused."""
    tried = person.post("/kommo/draft", {"address": kommo.url, "token": kommo.token, **changes})
    return person.post("/kommo") if tried.status == 303 else tried


def connection(account_id):
    with tenant(account_id):
        found = connection_of(account_id)
    release()
    return found


def test_an_owner_connects_and_leads_arrive(ana, vera, account_id, kommo, quick):
    page = ana.get("/kommo")
    check_page(page)
    assert "No Kommo is connected" in page.text
    assert connect(ana, kommo).status == 303
    jobs.sync_connection(account_id, connection(account_id).id)
    with tenant(account_id):
        assert len(execute(Lead.__table__.select()).all()) == 3
    release()
    page = ana.get("/kommo")
    check_page(page)
    assert "Up to date" in page.text
    assert "The first complete check ends by" in page.text
    assert "Complete as of" not in page.text, "nothing was looked through yet"
    assert "Ana Ruiz" in page.text
    assert kommo.token not in page.text
    assert "Disconnect" not in vera.get("/kommo").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": "wrong"}, "Kommo refuses this token"),
        ({"token": ""}, "This is needed"),
        ({"token": "two words"}, "This is not a token"),
        ({"address": "http://127.0.0.1:9"}, "Kommo cannot be reached"),
        ({"address": "http://10.0.0.1"}, "Only addresses of kommo.com"),
        ({"address": "http://demo.kommo.com"}, "only reached over https"),
        ({"address": "\x00"}, "characters that are not text"),
    ],
)
def test_what_cannot_be_connected_says_why(ana, account_id, kommo, quick, changes, words):
    page = connect(ana, kommo, **changes)
    assert page.status == 422
    assert words in page.text
    assert connection(account_id) is None


def test_a_kommo_that_answers_html_is_refused_in_words(ana, kommo, quick):
    kommo.faults.add("html", times=9)
    page = connect(ana, kommo)
    assert page.status == 422
    assert "is not a Kommo" in page.text


def test_only_who_manages_kommo_may_connect_pause_or_disconnect(ana, bruno, carla, account_id, kommo, quick):
    assert connect(bruno, kommo).status == 403
    connect(ana, kommo)
    assert bruno.post("/kommo/pause").status == 403
    assert carla.post("/kommo/pause").status == 404
    assert "No Kommo is connected" in carla.get("/kommo").text
    assert ana.post("/kommo/pause").status == 303
    assert connection(account_id).state == "paused"
    assert ana.post("/kommo/resumption").status == 303
    assert ana.post("/kommo/disconnection").status == 303
    assert connection(account_id) is None


def test_the_token_is_stored_sealed(ana, account_id, kommo, quick):
    connect(ana, kommo)
    assert kommo.token.encode() not in connection(account_id).token_sealed


def test_the_clock_asks_for_visits_that_are_due(ana, account_id, kommo, quick, monkeypatch):
    asked = []
    monkeypatch.setattr(jobs, "enqueue_visit", lambda *ids: asked.append(ids))
    connect(ana, kommo)
    row = connection(account_id)
    asked.clear()
    jobs.tick()
    assert asked == [(account_id, row.id)]
    jobs.sync_connection(account_id, row.id)
    jobs.tick()
    assert len(asked) == 1


def test_the_pace_follows_who_looks(account_id):
    assert jobs._somebody_looks(account_id) is False
    redis_connection().set(f"presence:{account_id}", "1", ex=5)
    assert jobs._somebody_looks(account_id) is True


def test_two_visits_to_one_kommo_never_run_together(ana, account_id, kommo, quick):
    connect(ana, kommo)
    row = connection(account_id)
    kommo.seen.clear()
    with jobs.alone(row.id) as first:
        assert first
        jobs.sync_connection(account_id, row.id)
    assert kommo.seen == []
