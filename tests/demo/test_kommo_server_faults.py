"""Every fault of the simulated Kommo as a client meets it, written down; and the rules a client must keep."""

import random

import httpx
import pytest

from clarin_web.demo.kommo_server import Broken, Checker, Faults, KommoServer, World


@pytest.fixture
def kommo():
    world = World(seed=2)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    world.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    for number in range(6):
        world.add_lead(f"Lead {number}", 9001, created_at=1_700_000_000 + number)
    with KommoServer(world, faults=Faults(rate=10**6), trap=True) as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "options", "status", "content_type", "content"),
    [
        ("status", {"status": 500}, 500, "application/problem+json", b"title"),
        ("status", {"status": 503}, 503, "text/html", b"<html>"),
        ("status", {"status": 429, "retry_after": 30}, 429, "application/problem+json", b'"retry_after": 30'),
        ("html", {}, 200, "text/html", b"Sign in"),
        ("html", {"status": 403}, 403, "text/html", b"<html>"),
        ("truncated", {}, 200, "application/hal+json", b'{"id":5'),
        ("empty", {}, 200, "application/hal+json", b""),
        ("garbage", {}, 200, "application/hal+json", b"["),
        ("no_embedded", {}, 200, "application/hal+json", b'{"_page":1,"_links":{}}'),
        ("empty_page", {}, 204, "application/hal+json", b""),
        ("redirect", {}, 302, "text/html", b""),
    ],
)
def test_whole_answers_that_are_wrong(ask, kommo, kind, options, status, content_type, content):
    kommo.faults.add(kind, "leads", **options)
    assert ask.get("account").status_code == 200
    answer = ask.get("leads")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert content in answer.content
    assert [(one.kind, one.target) for one in kommo.faults.log] == [(kind, "/api/v4/leads")]
    assert len(ask.rows("leads")) == 6


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reset", httpx.TransportError),
        ("reset_after", httpx.TransportError),
        ("short", httpx.RemoteProtocolError),
        ("timeout", httpx.TransportError),
    ],
)
def test_connections_that_break(ask, kommo, kind, expected):
    kommo.faults.add(kind, seconds=0.1)
    with pytest.raises(expected):
        ask.get("leads")
    assert len(ask.rows("leads")) == 6


def test_a_late_and_a_dripping_answer_are_right_in_the_end(ask, kommo):
    kommo.faults.add("hang", seconds=0.05)
    kommo.faults.add("slow", speed=30_000)
    assert [len(ask.rows("leads")), len(ask.rows("leads"))] == [6, 6]
    kommo.faults.add("slow", speed=1)
    with pytest.raises(httpx.ReadTimeout):
        ask.http.get("/api/v4/leads", timeout=httpx.Timeout(5, read=0.2))


def test_pages_with_rows_twice_missing_or_a_false_end(ask, kommo):
    ids = ask.ids("leads")
    kommo.faults.add("duplicate_rows", count=2)
    assert ask.ids("leads") == [*ids, *ids[:2]]
    kommo.faults.add("drop_rows", count=1)
    assert len(ask.ids("leads")) == 5
    kommo.faults.add("no_next")
    assert "next" not in ask.get("leads", limit=2).json()["_links"]
    kommo.faults.add("false_next")
    assert "page=2" in ask.get("leads").json()["_links"]["next"]["href"]
    assert ask.get("leads", page=2).status_code == 204
    kommo.faults.add("gzip")
    assert ask.ids("leads") == ids


def test_a_list_that_lags_and_a_clock_that_is_wrong(ask, kommo):
    new = kommo.world.add_lead("Nuevo", 9001)
    kommo.faults.add("stale", seconds=60)
    assert new not in ask.ids("leads")
    assert new in ask.ids("leads")
    kommo.faults.clock_skew = -86400
    before = httpx.Response(200, headers=ask.get("account").headers).headers["Date"]
    kommo.faults.clock_skew = 0
    assert before != ask.get("account").headers["Date"]


def test_the_nth_request_and_a_burst_of_429(ask, kommo):
    kommo.faults.add("status", status=401, after=2)
    assert [ask.get("leads").status_code for _ in range(4)] == [200, 200, 401, 200]
    kommo.faults.burst(2, retry_after=9)
    assert [ask.get("leads").status_code for _ in range(3)] == [429, 429, 200]


def test_a_storm_goes_by_its_seed_and_is_written_down(ask, kommo):
    kommo.faults.storm(0.5, ["status", "empty_page"], seed=4)
    statuses = [ask.get("leads").status_code for _ in range(30)]
    bad = [one for one in statuses if one != 200]
    assert 5 < len(bad) == len(kommo.faults.log) < 25
    kommo.faults.clear()
    assert ask.get("leads").status_code == 200
    with pytest.raises(ValueError, match="unknown faults"):
        kommo.faults.storm(0.5, ["nonsense"])


def test_things_happen_between_pages_when_the_knob_says_so(ask, kommo):
    kommo.world.random = random.Random(1)
    before = kommo.world.to_json()["rows"]
    kommo.faults.mutations_per_request = 5
    ask.get("account")
    assert kommo.world.to_json()["rows"] != before


def test_the_checker_fails_one_who_follows_a_link_in_an_answer(ask, kommo):
    Checker(kommo, rate=100).verify()
    there = ask.get("leads", limit=2).json()["_links"]["next"]["href"]
    assert ask.http.get(there).status_code == 404
    with pytest.raises(Broken, match="foreign host"):
        Checker(kommo, rate=100).verify()


def test_the_checker_fails_writers_but_not_webhooks_and_oauth(ask, kommo):
    ask.http.post("/oauth2/access_token", json={})
    ask.http.post("/api/v4/webhooks", json={"destination": "http://127.0.0.1:9/x", "settings": ["add_lead"]})
    ask.http.request("DELETE", "/api/v4/webhooks", json={"destination": "http://127.0.0.1:9/x"})
    Checker(kommo, rate=100).verify()
    assert ask.http.post("/api/v4/leads", json=[{"name": "Curso"}]).status_code == 200
    with pytest.raises(Broken, match="write: POST /api/v4/leads"):
        Checker(kommo, rate=100).verify()


def test_the_checker_fails_greed_and_haste(ask, kommo):
    ask.get("leads", limit=251)
    ask.get("events", limit=250)
    found = Checker(kommo, rate=1)
    found.seen[1].at = found.seen[0].at + 0.5
    assert [line.split(":")[0] for line in found.broken()] == [
        "limit over 250",
        "limit over 100",
        "2 requests in one second, allowed are 1",
    ]


def test_the_checker_fails_one_who_goes_on_while_blocked(ask, kommo):
    kommo.faults.turn(rate=1, block_after=1, block_seconds=60)
    for _ in range(5):
        ask.get("account")
    assert any("block page" in line for line in Checker(kommo, rate=100).broken())
