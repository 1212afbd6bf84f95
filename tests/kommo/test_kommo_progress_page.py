"""The import as people watch it: phase, rows, pace, time left; it is paused, goes on, is cancelled, begins again."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from clarin_web.db import release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs, standing
from clarin_web.kommo.answers import Page
from clarin_web.kommo.estimating import count_by_pages
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import IMPORTED, Progress, connection_of, streams_of
from clarin_web.kommo.streams import LISTS, REFERENCES
from clarin_web.store import redis_connection
from tests.support.pages import check_page

ROWS = {"companies": (50, 50), "contacts": (500, 500), "leads": (3212, 7000), "tasks": (0, 50)}


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
        for name in IMPORTED:
            done, total = ROWS.get(name, (0, 0))
            streams[name].rows_done, streams[name].rows_total = done, total
        streams["companies"].phase = streams["contacts"].phase = "live"
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
        assert "3,762 of about 7,600 rows read" in page.text
        bar = page.one("progress")
        assert (bar["value"], bar["max"]) == ("3762", "7600")
        assert "3,212 of 7,000 rows" in page.text


def test_the_pace_and_the_time_left_come_from_the_last_two_minutes(ana, connected):
    key, now = f"kommo:pulse:{connected}", time.time()
    redis_connection().rpush(key, f"{now}:3712", f"{now - 20}:1712")
    found = standing.pulse(connected, Progress(3712, 7500, False))
    assert round(found.rate) == 100
    assert found.left == 38
    assert "about 39 s left" in ana.get("/kommo/progress").text
    assert standing.pulse(connected + 1, Progress(1, 2, False)).rate is None


def test_the_next_read_is_when_a_list_is_due_though_visits_come_sooner(ana, account_id, connected):
    tried = datetime.now(UTC) + timedelta(hours=1)
    with tenant(account_id), transaction():
        found = streams_of(account_id, connected)
        for stream in found.values():
            stream.error, stream.retry_at = "no_rights", tried
        connection = connection_of(account_id)
        assert standing.next_read(connection, found) == tried
        found["leads"].retry_at = tried - timedelta(minutes=20)
        assert standing.next_read(connection, found) == tried - timedelta(minutes=20)
        found["tasks"].error, found["tasks"].retry_at = "", None
        assert standing.next_read(connection, found) < tried - timedelta(minutes=50)
        found["tasks"].phase = "live"
        polled = datetime.now(UTC).replace(microsecond=0)
        redis_connection().hset(f"kommo:polled:{connected}", "tasks", f"{polled.timestamp():.1f}")
        assert standing.next_read(connection, found) == polled + timedelta(minutes=1)


def test_pausing_keeps_the_place_and_going_on_takes_it_up(ana, account_id, connected):
    assert ana.post("/kommo/progress/pause").location.endswith("/kommo/progress")
    page = ana.get("/kommo/progress")
    assert "It goes on where it stopped" in page.text
    assert ana.post("/kommo/progress/resumption").location.endswith("/kommo/progress")
    assert streams(account_id, connected)["leads"].rows_done == 3212


def test_a_cancelled_import_says_so_and_can_begin_again(ana, account_id, connected, kommo):
    assert ana.post("/kommo/import/end").status == 303
    page = ana.get("/kommo/progress")
    check_page(page)
    assert "The import was cancelled" in page.text
    assert "the older rest is not here" in ana.get("/kommo").text
    assert "Cancel the import" not in page.text
    assert ana.post("/kommo/import").status == 303
    assert "Cancel the import" in ana.get("/kommo/progress").text
    kommo.seen.clear()
    jobs.sync_connection(account_id, connected)
    assert streams(account_id, connected)["leads"].rows_done == 3
    assert "Changes in Kommo follow by themselves." in over(ana)
    with tenant(account_id), transaction():
        connection_of(account_id).state = "refused"
    release()
    assert "Changes in Kommo follow once it gives access again." in over(ana)


def over(ana):
    text = ana.get("/kommo/progress").text
    assert "The import is over" in text
    return text


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


def test_the_bar_is_about_every_list_of_the_import(ana, account_id, connected):
    assert set(IMPORTED) == {listed.name for listed in LISTS if not listed.is_bin}
    with tenant(account_id), transaction():
        found = streams_of(account_id, connected)
        found["leads"].rows_done = 7000
        for name in (*REFERENCES, "leads"):
            found[name].phase = "live"
    release()
    page = ana.get("/kommo/progress")
    assert "Reading: Tasks" in page.texts("h2")
    assert "7,550 of about 7,600 rows read" in page.text
    with tenant(account_id), transaction():
        streams_of(account_id, connected)["lead_notes"].rows_total = None
    release()
    assert "7,550 rows read" in ana.get("/kommo/progress").text, "a total that is not known is not made up"


def test_every_list_is_counted_before_the_first_row_and_only_then(ana, account_id, connected, kommo):
    with tenant(account_id), transaction():
        for name, stream in streams_of(account_id, connected).items():
            if name in IMPORTED:
                stream.phase, stream.cursor, stream.rows_done, stream.rows_total = "backfill", {}, 0, None
    release()
    kommo.faults.add("status", path="/api/v4/leads/notes", times=99, status=500)
    jobs.sync_connection(account_id, connected)
    found = streams(account_id, connected)
    assert (found["companies"].rows_total is None, found["contacts"].rows_total) == (False, 3)


@pytest.mark.parametrize("pages", [1, 2, 3, 7, 40, 1000])
def test_a_long_list_is_counted_within_a_quarter_by_few_questions(pages):
    asked = []

    def fetch(number, _window, _order):
        asked.append(number)
        rows = [{"id": number * 250 + n} for n in range(250)] if number <= pages else []
        return Page(rows, number < pages)

    found = count_by_pages(fetch)
    assert 0.75 * pages * 250 <= found <= pages * 250
    assert len(asked) <= 2 * pages.bit_length() + 3


def test_a_server_that_ignores_page_numbers_is_not_counted():
    assert count_by_pages(lambda *_: Page([{"id": 1}], True)) is None
