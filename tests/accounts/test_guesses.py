"""Guesses at passwords: slowed for whoever guesses, seen by whoever should know, and in nobody else's way."""

from __future__ import annotations

import pytest
import redis
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from clarin_web.accounts import actions, passwords, sign_in, throttle
from clarin_web.accounts.access import known_name
from clarin_web.accounts.throttle import Bucket, Memory
from clarin_web.db import execute, release, tenant
from clarin_web.lib.errors import TooMany
from clarin_web.models import FactRow
from clarin_web.store import redis_connection
from tests.support.cast import PASSWORD, Person, make_person

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OFFICE = "198.51.100.7"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_dummy", lambda: CHEAP.hash("nobody has this password"))


def email_of(person: Person) -> str:
    return f"{person.name.lower()}@account-{person.account_id}.test"


def ask(browser: FlaskClient, email: str, password: str, ip: str) -> TestResponse:
    form = {"email": email, "password": password}
    return browser.post("/login", data=form, environ_overrides={"REMOTE_ADDR": ip})


def guess(app: Flask, person: Person, ip: str, password: str = "a wrong guess") -> int:
    return ask(app.test_client(), email_of(person), password, ip).status_code


def traces(person: Person) -> int:
    failed = select(func.count()).select_from(FactRow).where(FactRow.kind == "SignInFailed")
    with tenant(person.account_id):
        found = execute(failed.where(FactRow.data["user_id"].as_integer() == person.user_id)).scalar_one()
    release()
    return int(found)


def test_forty_people_of_one_office_sign_in_one_after_the_other(app, account_id):
    people = [make_person(app, account_id, f"Seller{n}", "agent") for n in range(40)]
    codes = [guess(app, person, OFFICE, password) for person in people for password in ("typo", PASSWORD)]
    assert codes == [401, 303] * 40, "a mistake each is forgiven by the right password"


def test_a_thousand_guesses_from_two_hundred_addresses_are_a_crawl():
    """Ten are looked at, then one after 5 seconds, 10, 20 and so on: 16 would take five minutes."""
    begun = [begin_or_none(*strangers("ana@x.test", f"198.51.100.{n % 200}")) for n in range(1000)]
    assert 10 <= len(list(filter(None, begun))) < 16


def strangers(email: str, ip: str) -> list[Bucket]:
    return sign_in._buckets(email, 0, sign_in.Visitor(ip, "test"))


def test_guesses_from_everywhere_leave_a_trace_and_she_still_signs_in(app, ana, bruno):
    hers = "203.0.113.9"
    assert guess(app, ana, hers, PASSWORD) == 303

    tried = [guess(app, ana, f"198.51.100.{n}") for n in range(30)].count(401)

    assert 10 <= tried < 16
    assert traces(ana) == tried
    assert guess(app, ana, hers, PASSWORD) == 303, "from her own address she is in no queue"
    assert guess(app, ana, "198.51.100.250", PASSWORD) == 429, "from a strange one she waits"
    assert guess(app, bruno, "198.51.100.250", PASSWORD) == 303, "nobody else does"
    page = ana.get("/settings/sessions")
    assert f"{tried} attempts · {tried} addresses" in " ".join(page.text.split())
    assert "Wrong passwords" not in bruno.get("/settings/sessions").text


def test_a_browser_that_is_known_gets_in_from_a_besieged_address(app, ana):
    browser = app.test_client()
    assert ask(browser, email_of(ana), PASSWORD, OFFICE).status_code == 303
    besiege(app, ana)
    assert guess(app, ana, OFFICE, PASSWORD) == 429
    assert ask(browser, email_of(ana), PASSWORD, OFFICE).status_code == 303
    browser.delete_cookie("sid")
    assert ask(browser, email_of(ana), "wrong", "192.0.2.1").status_code == 401


@pytest.mark.parametrize("forged", ["", "x", "1.2.3", "{user}.abc.{seal}", "{other}"])
def test_a_made_up_browser_is_a_stranger(app, ana, bruno, forged):
    other = app.test_client()
    ask(other, email_of(bruno), PASSWORD, OFFICE)
    genuine = other.get_cookie(known_name()).value
    value = forged.format(user=ana.user_id, seal=genuine.rpartition(".")[2], other=genuine)
    codes = []
    for n in range(12):
        browser = app.test_client()
        browser.set_cookie(known_name(), value)
        codes.append(ask(browser, email_of(ana), "wrong", f"198.51.100.{n}").status_code)
    assert codes[:10] == [401] * 10
    assert 429 in codes[10:]


def test_the_refusal_says_for_how_long_in_the_readers_words(app, ana):
    words = {"en": "Wait 5 minutes", "es": "Espera 5 minutos", "pt": "Aguarde 5 minutos"}
    besiege(app, ana)
    for language, text in words.items():
        browser = app.test_client()
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        answer = ask(browser, email_of(ana), PASSWORD, OFFICE)
        assert (answer.status_code, 240 < int(answer.headers["Retry-After"]) <= 300) == (429, True)
        assert text in answer.get_data(as_text=True)


def besiege(app: Flask, person: Person) -> None:
    """Somebody guesses from the office; their wait is five minutes, however slow this machine is."""
    while guess(app, person, OFFICE) == 401:
        pass
    for gate in redis_connection().scan_iter("wait:*"):
        redis_connection().expire(gate, 300)


def test_unknown_people_are_slowed_alike(app):
    codes = [
        ask(app.test_client(), "nobody@nowhere.test", "x", f"198.51.100.{n}").status_code for n in range(14)
    ]
    assert codes[:10] == [401] * 10
    assert 429 in codes[10:]


def test_one_subscribers_many_ipv6_addresses_are_one_place(app, ana):
    codes = [guess(app, ana, f"2001:db8:1:2::{n:x}") for n in range(1, 9)]
    assert codes[:5] == [401] * 5
    assert 429 in codes


def test_signing_in_again_ends_this_browsers_session_and_leaves_the_others(app, ana):
    browser = app.test_client()
    ask(browser, email_of(ana), PASSWORD, OFFICE)
    first = browser.get_cookie("sid").value
    assert ask(browser, email_of(ana), PASSWORD, OFFICE).status_code == 303
    assert browser.get("/settings/profile").status_code == 200

    old = app.test_client()
    old.set_cookie("sid", first)

    assert old.get("/settings/profile").status_code == 303
    assert ana.get("/settings/profile").status == 200


def test_without_redis_guesses_are_counted_all_the_same(app, ana, monkeypatch):
    def away(*_: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis_connection(), "pttl", away)
    monkeypatch.setattr(throttle, "_memory", Memory())
    assert 429 in [guess(app, ana, OFFICE) for _ in range(8)]


def test_many_at_the_same_moment_gain_nothing(app):
    """Each was begun before any has ended."""
    bucket = Bucket("person:somebody", free=3, first=5, most=60)
    begun = [attempt for _ in range(20) if (attempt := begin_or_none(bucket))]
    assert len(begun) == 3
    for attempt in begun:
        throttle.end(attempt)
    assert begin_or_none(bucket) is not None, "they were right after all"


def begin_or_none(*buckets: Bucket) -> throttle.Attempt | None:
    try:
        return throttle.begin(list(buckets))
    except TooMany:
        return None


def test_a_new_password_is_asked_for_by_nobody_inside_an_account(ana):
    with tenant(ana.account_id):
        actions.set_password(email_of(ana), "quite another password")
    release()
    assert ana.get("/settings/profile").status == 303
