"""Every address of the product: guarded on purpose, typed, kebab-case, and closed to those without a session."""

from __future__ import annotations

import re

import pytest
from flask import Flask

OPEN_TO_ALL = {
    "accounts.sign_in_page": "people sign in there",
    "accounts.sign_in": "people sign in there",
    "kommo_webhook.hook": "Kommo tells us there; the token in the path is the key, and what comes is only a hint",
    "healthz": "load balancers ask",
    "readyz": "load balancers ask",
    "live.socket": "answers signed-out pages with a close code; its Origin is checked before the upgrade",
}
KEBAB = re.compile(r"^[a-z0-9.-]*$")


def our_rules(app: Flask):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_view_says_who_may_use_it(app: Flask):
    for rule in our_rules(app):
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        assert access, f"{rule.endpoint} ({rule}) has no @requires(Permission.X), @signed_in or @anyone"
        if access == "anyone":
            assert rule.endpoint in OPEN_TO_ALL, (
                f"{rule.endpoint} is open to the world: say why in OPEN_TO_ALL"
            )


def test_every_parameter_has_a_converter(app: Flask):
    for rule in our_rules(app):
        for parameter in re.findall(r"<([^>]+)>", rule.rule):
            assert ":" in parameter, (
                f"{rule}: write <int:{parameter}>, so that nonsense is a 404 before any code runs"
            )


def test_paths_are_kebab_case(app: Flask):
    for rule in our_rules(app):
        for part in re.sub(r"<[^>]+>", "", rule.rule).split("/"):
            assert KEBAB.match(part), f"{rule}: paths are kebab-case"


def test_a_page_of_a_stranger_leads_to_sign_in_and_a_fragment_says_401(app: Flask):
    for rule in our_rules(app):
        if rule.endpoint in OPEN_TO_ALL or "GET" not in (rule.methods or ()):
            continue
        url = re.sub(r"<[^>]+>", "1", rule.rule)
        visitor = app.test_client()
        page = visitor.get(url)
        assert page.status_code in (303, 308), (
            f"{url} answered {page.status_code} to a visitor without a session"
        )
        if page.status_code == 303:
            assert page.headers["Location"].startswith("/login?next=")
            fragment = visitor.get(url, headers={"HX-Request": "true"})
            assert fragment.status_code == 401, f"{url}: a fragment never answers with the sign-in form"
            assert fragment.headers["HX-Redirect"].startswith("/login")


def test_a_write_without_the_sessions_token_is_refused(app: Flask, ana):
    for rule in our_rules(app):
        if "POST" not in (rule.methods or ()) or rule.endpoint in OPEN_TO_ALL:
            continue
        url = re.sub(r"<[^>]+>", "1", rule.rule)
        assert ana.client.post(url).status_code == 403, f"{url} accepts a write without the CSRF token"


def test_a_write_from_another_site_is_refused(app: Flask, ana):
    for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = ana.client.post("/logout", data={"csrf_token": ana.csrf}, headers=headers)
        assert answer.status_code == 403
    assert ana.get("/settings/profile").status == 200, "a refused write must not have signed Ana out"


@pytest.mark.parametrize("url", ["/settings/profile", "/login", "/nowhere", "/static/css/tokens.css"])
def test_every_answer_carries_the_security_headers(ana, url: str):
    headers = ana.client.get(url).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
