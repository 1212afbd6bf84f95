"""What anybody learns, and is believed, without signing in."""

from __future__ import annotations

import pytest
from flask import Flask, request

from clarin_web.app import create_app
from clarin_web.config import settings
from tests.support.cast import Person


def test_how_answers_come_about_is_told_to_those_who_signed_in(app: Flask, ana: Person) -> None:
    assert "sql" in ana.get("/leads").headers["Server-Timing"]
    for address in ("/login", "/healthz", "/readyz", "/leads", "/no-such-page"):
        headers = app.test_client().get(address).headers
        assert "Server-Timing" not in headers
        assert "Server" not in headers


@pytest.mark.parametrize(
    ("proxies", "believed"),
    [("", "127.0.0.1"), ("1", "198.51.100.2"), ("2", "198.51.100.1"), ("3", "203.0.113.66")],
)
def test_a_forwarded_address_is_believed_of_as_many_proxies_as_there_are(
    own_world: None, monkeypatch: pytest.MonkeyPatch, proxies: str, believed: str
) -> None:
    monkeypatch.setenv("CLARIN_PROXY_COUNT", proxies)
    monkeypatch.setenv("CLARIN_ORIGIN", "https://crm.example.com")
    settings.cache_clear()
    app = create_app(check=False, commands=False)
    said = {"X-Forwarded-For": "203.0.113.66, 198.51.100.1, 198.51.100.2", "X-Forwarded-Host": "evil.test"}
    monkeypatch.setitem(app.view_functions, "healthz", lambda: f"{request.remote_addr} {request.host}")
    answer = app.test_client().get("/healthz", headers=said)
    monkeypatch.undo()
    settings.cache_clear()
    assert answer.get_data(as_text=True) == f"{believed} localhost"
