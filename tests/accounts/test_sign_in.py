"""Signing in and out, sessions, and what a stranger learns from trying: nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from clarin_web.accounts import actions
from clarin_web.db import release
from clarin_web.web.security import safe_next
from tests.support.cast import PASSWORD, make_person
from tests.support.world import as_owner


def sign_in(app: Flask, email: str, password: str, target: str = "/settings/profile"):
    browser = app.test_client()
    return browser, browser.post("/login", data={"email": email, "password": password, "next": target})


def address(person) -> str:
    return f"{person.name.lower()}@account-{person.account_id}.test"


def test_the_right_password_opens_the_page_that_was_asked_for(app, ana):
    browser, answer = sign_in(app, address(ana), PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/settings/profile")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/settings/profile").status_code == 200


def test_wrong_unknown_and_disabled_get_the_same_answer(app, ana, bruno):
    as_owner("UPDATE app_user SET disabled_at = now() WHERE id = :id", id=bruno.user_id)
    answers = [
        sign_in(app, email, password)[1]
        for email, password in (
            (address(ana), "not the password"),
            ("nobody@nowhere.test", PASSWORD),
            (address(bruno), PASSWORD),
        )
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    bodies = {answer.get_data(as_text=True).split('value="')[0] for answer in answers}
    assert len(bodies) == 1, "the three refusals differ"
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_signing_out_ends_the_session_everywhere(app, ana):
    copy = app.test_client()
    copy.set_cookie("sid", ana.cookie)
    assert ana.post("/logout").status == 303
    assert copy.get("/settings/profile").status_code == 303, "a stolen cookie must die with its session"


def test_a_person_sees_and_closes_their_own_sessions_only(app, ana, bruno):
    other = actions.open_session(ana.user_id, ana.account_id, ip="10.0.0.9", user_agent="Phone")
    release()
    page = ana.get("/settings/sessions")
    assert "Phone" in page.text
    forms = [form["action"] for form in page.select("form[action$=revocation]")]
    assert bruno.post(forms[0]).status == 404
    for form in forms:
        assert ana.post(form).status in (303,) if form else True
    browser = app.test_client()
    browser.set_cookie("sid", other)
    assert browser.get("/settings/profile").status_code == 303


def test_an_idle_session_is_over(ana):
    as_owner("UPDATE user_session SET last_seen_at = now() - interval '9 hours'")
    assert ana.get("/settings/profile").status == 303


@pytest.mark.parametrize(
    "cookie", ["", "x", "1.2", "a.b.c", "1.1.guess", "99999999999999999999.1.x", "-1.1.x", "١.1.x"]
)
def test_a_made_up_cookie_is_nobody(app, ana, cookie):
    browser = app.test_client()
    browser.set_cookie("sid", cookie)
    assert browser.get("/settings/profile").status_code == 303


def test_a_cookie_cannot_be_pointed_at_another_account(app, ana, carla):
    browser = app.test_client()
    browser.set_cookie("sid", f"{carla.account_id}.{ana.user_id}.{ana.cookie.split('.', 2)[2]}")
    assert browser.get("/settings/profile").status_code == 303


def test_a_person_of_two_accounts_switches_and_a_stranger_cannot(app, ana, carla):
    actions.create_user(carla.account_id, email=address(ana), name="Ana", password=PASSWORD, role="viewer")
    release()
    answer = ana.post(f"/accounts/{carla.account_id}/entry")
    assert answer.status == 303
    assert answer.headers["Set-Cookie"].startswith(f"sid={carla.account_id}.")
    bruno = make_person(app, ana.account_id, "Bruno", "agent")
    assert bruno.post(f"/accounts/{carla.account_id}/entry").status == 404


def test_language_and_theme_are_the_persons_own(ana, bruno):
    assert ana.post("/settings/profile", {"locale": "pt", "theme": "dark"}).status == 303
    page = ana.get("/settings/profile")
    assert page.one("html")["lang"] == "pt"
    assert page.one("html")["data-theme"] == "dark"
    assert bruno.get("/settings/profile").one("html")["lang"] == "en"
    assert ana.post("/settings/profile", {"locale": "xx", "theme": "dark"}).status == 422


@pytest.mark.parametrize(
    "target", ["//evil.test", "/\\evil.test", "https://evil.test", "evil", "/a\nb", "/\\/evil", ""]
)
def test_signing_in_never_leads_to_another_site(target):
    assert safe_next(target) == "/"


def test_passwords_that_are_easy_to_guess_are_refused(ana):
    from clarin_web.lib.errors import Invalid

    for weak in ("short", "password1234", "aaaaaaaaaaaa"):
        with pytest.raises(Invalid):
            actions.create_user(ana.account_id, email="new@x.test", name="New", password=weak, role="agent")
