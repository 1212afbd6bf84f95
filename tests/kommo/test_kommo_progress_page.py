"""The import as people watch it: phase, rows, pace, time left; it is paused, goes on, is cancelled, begins again."""

import time

import pytest

from clarin_web.db import release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs, standing
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import Progress, connection_of, streams_of
from clarin_web.store import redis_connection
from tests.support.cast import check_page


@pytest.fixture
def kommo():
    with KommoServer(believable(leads=3, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


@pytest.fixture
def connected(ana, account_id, kommo, monkeypatch):
    """A connection whose import has begun and not ended; its id."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    monkeypatch.setattr(jobs, "enqueue_visit", lambda *_: None)
    ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
    ana.post("/kommo")
    with tenant(account_id), transaction():
        connection_id = connection_of(account_id).id
        streams = streams_of(account_id, connection_id)
        for name, done, total in (("contacts", 500, 500), ("leads", 3212, 7000)):
            streams[name].rows_done, streams[name].rows_total = done, total
        streams["contacts"].phase = "live"
        streams["leads"].cursor = {"since": 5, "is_busy": True}
    release()
    return connection_id


def streams(account_id, connection_id):
    with tenant(account_id):
        found = streams_of(account_id, connection_id)
    release()
    return found


def test_the_page_says_how_far_it_is_and_survives_a_reload(ana, connected):
    first, second = ana.get("/kommo/progress"), ana.get("/kommo/progress")
    for page in (first, second):
        check_page(page)
        assert "3,712 of about 7,500 leads and contacts read" in page.text
        bar = page.one("progress")
        assert (bar["value"], bar["max"]) == ("3712", "7500")
        assert "3,212 of 7,000 rows" in page.text


def test_the_pace_and_the_time_left_come_from_the_last_two_minutes(ana, connected):
    key, now = f"kommo:pulse:{connected}", time.time()
    redis_connection().rpush(key, f"{now}:3712", f"{now - 20}:1712")
    found = standing.pulse(connected, Progress(3712, 7500, False))
    assert round(found.rate) == 100
    assert found.left == 38
    assert "about 38 s left" in ana.get("/kommo/progress").text
    assert standing.pulse(connected + 1, Progress(1, 2, False)).rate is None


def test_pausing_keeps_the_place_and_going_on_takes_it_up(ana, account_id, connected):
    assert ana.post("/kommo/progress/pause").location.endswith("/kommo/progress")
    page = ana.get("/kommo/progress")
    assert "It goes on where it stopped" in page.text
    assert ana.post("/kommo/progress/resumption").location.endswith("/kommo/progress")
    assert streams(account_id, connected)["leads"].rows_done == 3212


def test_a_cancelled_import_is_over_and_can_begin_again(ana, account_id, connected, kommo):
    assert ana.post("/kommo/import/end").status == 303
    page = ana.get("/kommo/progress")
    check_page(page)
    assert "The import is over" in page.text
    assert "Cancel the import" not in page.text
    assert ana.post("/kommo/import").status == 303
    assert "Cancel the import" in ana.get("/kommo/progress").text
    kommo.seen.clear()
    jobs.sync_connection(account_id, connected)
    assert streams(account_id, connected)["leads"].rows_done == 3
    assert "The import is over" in ana.get("/kommo/progress").text


@pytest.mark.parametrize("state", ["refused", "unreachable", "paused", "live", "backfilling"])
def test_every_state_has_a_face(ana, account_id, connected, state):
    with tenant(account_id), transaction():
        connection = connection_of(account_id)
        connection.state, connection.error = state, "token_refused" if state == "refused" else ""
    release()
    for address in ("/kommo", "/kommo/progress", "/kommo/drift"):
        page = ana.get(address)
        assert page.status == 200
        check_page(page)
    assert ("Go on" in ana.get("/kommo/progress").text) is (state in ("refused", "unreachable", "paused"))


def test_only_who_manages_kommo_watches_and_stops_it(ana, bruno, vera, connected):
    for person in (bruno, vera):
        assert person.get("/kommo/progress").status == 403
        assert person.post("/kommo/import/end").status == 403
    assert "Users and groups" not in bruno.get("/kommo").text
    assert "Users and groups" in ana.get("/kommo").text


def test_without_a_connection_the_page_leads_to_one(ana):
    page = ana.get("/kommo/progress")
    check_page(page)
    assert "Nothing is being imported." in page.text
