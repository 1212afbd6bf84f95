"""Every error page is called something, says what happened and leads on, in three languages, signed in or not."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import default_exceptions

from clarin_web.accounts.access import cookie_name
from clarin_web.db import leave_tenant, release
from tests.support.cast import Page, Person

LANGUAGES = ("en", "es", "pt")
STATUSES = sorted(code for code in default_exceptions if code >= 400)


def refused(app: Flask, status: int, method: str = "GET", url: str = "/leads?q=x", **headers: str) -> Page:
    """The page of somebody who asks and is answered this status."""
    with app.test_request_context(url, method=method, headers=headers):
        app.preprocess_request()
        answer = app.make_response(app.handle_user_exception(default_exceptions[status]()))
    leave_tenant()
    release()
    return Page(answer.status_code, answer.get_data(as_text=True), dict(answer.headers), [])


@pytest.mark.parametrize("status", STATUSES)
def test_it_has_a_name_a_sentence_and_a_way_on(app: Flask, status: int) -> None:
    pages = [refused(app, status, **{"Accept-Language": language}) for language in LANGUAGES]
    for page in pages:
        assert page.status == status
        heading = page.texts("h1")
        assert len(heading) == 1
        assert page.one("title").text == f"{heading[0]} · Clarin"
        assert str(status) not in page.texts("h1, [role=alert]")[0]
        assert page.one("[role=alert]").text.strip().endswith(".")
        assert page.select("main a.btn[href='/'], main a.btn[href='/login']")
    for said in ("title", "[role=alert]"):
        assert len({page.one(said).text for page in pages}) == 3, "each in its own language"


@pytest.mark.parametrize("status", [404, 409, 429, 503])
def test_who_is_signed_in_has_one_heading_too(app: Flask, ana: Person, status: int) -> None:
    page = refused(app, status, Cookie=f"{cookie_name()}={ana.cookie}")
    assert len(page.select("h1")) == 1
    assert bool(page.select("nav.nav")) == (status < 500)


def ways(page: Page) -> list[str]:
    return [str(link["href"]) for link in page.select("main a.btn")]


def test_what_is_of_a_moment_can_be_tried_again(app: Flask) -> None:
    assert ways(refused(app, 503)) == ways(refused(app, 429)) == ["/", "/leads?q=x"]
    assert ways(refused(app, 404)) == ["/"]


def test_a_refused_form_leads_back_to_its_page(app: Flask) -> None:
    sent = {"method": "POST", "url": "/leads/7/fields/title"}
    page = refused(app, 409, **sent, Referer="http://localhost/leads/7?peek=1")
    assert ways(page) == ["/", "/leads/7?peek=1"]
    assert ways(refused(app, 409, **sent)) == ["/"]
    assert ways(refused(app, 409, **sent, Referer="http://localhost//evil.test")) == ["/"]


def test_what_nobody_named_is_told_like_its_family(app: Flask) -> None:
    for status, like in ((410, 404), (502, 503), (505, 500), (418, 400)):
        assert refused(app, status).texts("h1") == refused(app, like).texts("h1")
