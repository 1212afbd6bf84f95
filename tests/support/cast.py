"""The cast: Ana owns the account, Marta manages, Bruno sells, Vera only looks, Carla owns another account.

`ana.get("/leads")` returns a Page. Whole pages are checked on the way: quality for free in every test.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.exceptions import HTTPException

from clarin_web.accounts import actions
from clarin_web.accounts.access import cookie_name, signed_in_by
from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import leave_tenant, release, transaction
from clarin_web.web.timing import counted
from tests.support.pages import Page, check_page, offers

PASSWORD = "a long enough password"


class Person:
    """Somebody with a browser."""

    def __init__(self, app: Flask, name: str, cookie: str) -> None:
        self.name = name
        self.client = app.test_client()
        self.client.set_cookie(cookie_name(), cookie)
        self.cookie = cookie
        who = signed_in_by(cookie)
        leave_tenant()
        release()
        assert who is not None
        self.member: Member = who.member
        self.account_id, self.user_id, self.csrf = who.account_id, who.user_id, who.csrf_token

    def get(self, url: str, **kwargs: Any) -> Page:
        page = self._ask("GET", url, **kwargs)
        if page.status == 200 and "<html" in page.text:
            check_page(page)
            self._check_offers(page)
        return page

    def post(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Page:
        return self._ask("POST", url, data={"csrf_token": self.csrf, **(data or {})}, **kwargs)

    def htmx_get(self, url: str, **kwargs: Any) -> Page:
        return self._ask("GET", url, headers={"HX-Request": "true", **kwargs.pop("headers", {})}, **kwargs)

    def htmx_post(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Page:
        headers = {"HX-Request": "true", "X-CSRF-Token": self.csrf, **kwargs.pop("headers", {})}
        return self._ask("POST", url, data=data or {}, headers=headers, **kwargs)

    def _check_offers(self, page: Page) -> None:
        """Nobody is offered what their role would be refused."""
        views, roads = self.client.application.view_functions, self.client.application.url_map.bind("")
        for address, method in offers(page):
            try:
                access = getattr(views[roads.match(address, method)[0]], "access", None)
            except HTTPException:
                continue
            may = access not in set(Permission) or self.member.may(Permission(access))
            assert may, f"{self.name} is offered {method} {address}, which needs {access}"

    def _ask(self, method: str, url: str, **kwargs: Any) -> Page:
        with counted():
            response = self.client.open(url, method=method, **kwargs)
        statements = int(response.headers.get("Server-Timing", 'desc="0"').rsplit('desc="', 1)[1].strip('"'))
        return Page(
            response.status_code, response.get_data(as_text=True), dict(response.headers), ["?"] * statements
        )


@functools.cache
def _hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_person(app: Flask, account_id: int, name: str, role: str) -> Person:
    """A signed-in user; the password is PASSWORD, the address name@account-<id>.test."""
    email = f"{name.lower()}@account-{account_id}.test"
    with transaction():
        user_id = actions.add_person(account_id, email, name, _hash(), "en", role)
    cookie = actions.open_session(user_id, account_id, ip="127.0.0.1", user_agent="test")
    release()
    return Person(app, name, cookie)


@pytest.fixture
def account_id(app: Flask) -> int:
    made = actions.create_account("Andina Norte")
    release()
    return made


@pytest.fixture
def ana(app: Flask, account_id: int) -> Person:
    return make_person(app, account_id, "Ana", "owner")


@pytest.fixture
def marta(app: Flask, account_id: int) -> Person:
    return make_person(app, account_id, "Marta", "manager")


@pytest.fixture
def bruno(app: Flask, account_id: int) -> Person:
    return make_person(app, account_id, "Bruno", "agent")


@pytest.fixture
def vera(app: Flask, account_id: int) -> Person:
    return make_person(app, account_id, "Vera", "viewer")


@pytest.fixture
def carla(app: Flask) -> Person:
    other = actions.create_account("Otra Empresa")
    return make_person(app, other, "Carla", "owner")
