"""Who gets in: tokens, rights, payment, pace; and the server's own door."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from clarin_web.demo.kommo_server import Checker, Clock, Faults, KommoServer, World
from clarin_web.demo.kommo_server.rate import RateLimit
from tests.support.kommo import Ask


@pytest.fixture
def world():
    made = World(seed=2, clock=Clock())
    made.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    made.add_user("Bruno Díaz", "bruno@demo.test")
    made.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    made.add_lead("Curso", 9001)
    return made


def status(kommo, token, path="account"):
    with Ask(kommo, token) as ask:
        return ask.get(path).status_code


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_wrong_token_is_401_in_kommos_words(kommo):
    with Ask(kommo, "wrong") as stranger:
        answer = stranger.get("account")
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid user name or password")


def test_a_long_lived_token_says_when_it_ends_and_then_ends(kommo):
    token = kommo.tokens.issue(30 * 86400)
    assert claims(token)["exp"] == pytest.approx(kommo.world.now() + 30 * 86400, abs=2)
    assert (claims(token)["account_id"], claims(token)["api_domain"]) == (31000001, "api-c.kommo.com")
    assert status(kommo, token) == 200
    kommo.world.move_clock(30 * 86400 + 5)
    assert status(kommo, token) == 401


def test_a_revoked_token_is_401(kommo):
    token = kommo.tokens.issue()
    kommo.tokens.revoke(token)
    assert status(kommo, token) == 401


def test_only_administrators_read_users_and_webhooks(kommo):
    token = kommo.tokens.issue(admin=False)
    assert (
        status(kommo, token, "users"),
        status(kommo, token, "webhooks"),
        status(kommo, token, "leads"),
    ) == (403, 403, 200)


def test_an_unpaid_account_is_402(ask, kommo):
    kommo.faults.is_unpaid = True
    assert ask.get("leads").status_code == 402


def test_over_the_pace_is_429_with_its_pause_then_the_block_page(kommo, ask):
    kommo.faults.turn(rate=3, retry_after=17, block_after=2, block_seconds=3600, retry_header=True)
    answers = [ask.get("account") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429, 403, 403]
    assert (answers[3].json()["retry_after"], answers[3].headers["Retry-After"]) == (17, "17")
    assert (answers[-1].headers["Content-Type"], b"403 Forbidden" in answers[-1].content) == (
        "text/html",
        True,
    )
    assert ask.http.post("/oauth2/access_token", json={}).status_code == 403
    kommo.faults.clear()
    assert ask.get("account").status_code == 200


def test_servers_that_share_a_limiter_count_one_address_together(kommo, ask):
    shared = RateLimit()
    kommo.faults.limiter, kommo.faults.rate = shared, 3
    with KommoServer(World(), faults=Faults(rate=3, limiter=shared)) as other, Ask(other) as there:
        answers = [one.get("account").status_code for one in (ask, there, ask, there)]
    assert answers == [200, 200, 200, 429]


def test_the_pace_can_be_counted_by_token(kommo, ask):
    kommo.faults.turn(rate=1, rate_key="token")
    assert (ask.get("account").status_code, status(kommo, kommo.tokens.issue())) == (200, 200)


def test_everybody_can_be_blocked_at_once(kommo, ask):
    kommo.faults.block(3600)
    answer = ask.get("account")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html")
    assert Checker(kommo, rate=10**6).broken() == []
    ask.get("account")
    assert Checker(kommo, rate=10**6).broken() == ["2 requests answered by the block page"]


def test_its_own_door_needs_the_header_and_knows_only_its_verbs(kommo, ask):
    assert ask.http.get("/_sim/truth").status_code == 404
    assert ask.control("POST", "do", verb="__init__").status_code == 400
    lead = ask.control("POST", "do", verb="add_lead", args=["Nuevo", 9001], options={"price": 7}).json()[
        "result"
    ]
    assert ask.control("GET", "truth").json()["leads"][str(lead)]["price"] == 7
    assert ask.control("POST", "step", times=3).json()["done"]
    assert ask.control("PUT", "knobs", rate=9).json()["rate"] == 9
    assert ask.control("PUT", "knobs", nothing=9).status_code == 400
    before = kommo.world.now()
    assert ask.control("POST", "clock", move=3600).json()["now"] >= before + 3600
    token = ask.control("POST", "tokens", seconds=60).json()["token"]
    assert status(kommo, token) == 200
    ask.control("POST", "faults", kind="status", status=503)
    assert ask.get("account").status_code == 503
    assert [one["kind"] for one in ask.control("GET", "faults").json()["log"]] == ["status"]
    assert ask.control("GET", "state").json()["account"]["id"] == 31000001
    assert ask.control("GET", "check").json()["broken"] == []


def test_the_log_tells_method_path_host_status_and_never_the_token(kommo, ask):
    ask.get("leads", limit=5)
    [seen] = ask.control("GET", "requests").json()["requests"]
    assert (seen["method"], seen["path"], seen["query"], seen["host"], seen["status"]) == (
        "GET",
        "/api/v4/leads",
        "limit=5",
        kommo.host,
        200,
    )
    assert kommo.token not in json.dumps(seen)
    ask.control("DELETE", "requests")
    assert kommo.seen == []


def test_the_checker_counts_any_sliding_second(kommo, ask):
    barrier = threading.Barrier(8)

    def hurry(_):
        barrier.wait()
        return ask.get("account").status_code

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hurry, range(8)))
    assert Checker(kommo, rate=10**6).peak(60) == 8
    assert Checker(kommo, rate=10**6).broken() == []
