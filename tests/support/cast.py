"""The cast: Ana owns the account, Marta manages, Bruno sells, Vera only looks, Carla owns another account.

`ana.get("/leads")` returns a Page. Whole pages are checked on the way: one h1, unique ids, labelled fields,
no inline scripts or styles, every form of ours with its token. Quality for free in every test.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup, Tag
from flask import Flask
from werkzeug.exceptions import HTTPException

from clarin_web.accounts import actions
from clarin_web.accounts.access import cookie_name, signed_in_by
from clarin_web.accounts.permissions import Member, Permission
from clarin_web.db import leave_tenant, release, transaction
from clarin_web.web.timing import counted

PASSWORD = "a long enough password"


@dataclass
class Page:
    """An answer: its status, its text, and its elements by CSS selector."""

    status: int
    text: str
    headers: dict[str, str]
    statements: list[str]

    @functools.cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html5lib")

    def select(self, css: str) -> list[Tag]:
        return list(self.soup.select(css))

    def one(self, css: str) -> Tag:
        found = self.select(css)
        assert len(found) == 1, f"expected one {css}, found {len(found)}"
        return found[0]

    def texts(self, css: str) -> list[str]:
        return [" ".join(element.get_text(" ").split()) for element in self.select(css)]

    @property
    def location(self) -> str:
        return self.headers.get("HX-Redirect") or self.headers.get("Location", "")


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


OFFERS = (("href", "GET"), ("hx-get", "GET"), ("hx-post", "POST"), ("formaction", "POST"))


def offers(page: Page) -> set[tuple[str, str]]:
    """(address, method) of everything on the page that can be followed, asked or sent.

    Not of bubbles: they are drawn once for all, and a thread without data-may-write hides what is done with them.
    """
    tags = [(tag, name, way) for name, way in OFFERS for tag in page.select(f"[{name}]")]
    found = {(tag[name], way) for tag, name, way in tags if not tag.find_parent("article", class_="msg")}
    found |= {(form["action"], form.get("method", "get").upper()) for form in page.select("form[action]")}
    return {(re.split("[?#]", address)[0], way) for address, way in found if address.startswith("/")}


def check_page(page: Page) -> None:
    """What every whole page promises."""
    ids = [element["id"] for element in page.select("[id]")]
    doubles = {i for i in ids if ids.count(i) > 1}
    assert not doubles, f"the same id twice on a page: {sorted(doubles)}"
    assert len(page.select("h1")) == 1, f"a page has one h1, found {page.texts('h1')}"
    assert page.one("title").get_text(strip=True), "a page has a title"
    assert not page.select("[style], style, script:not([src])"), (
        "inline style or script: our CSP forbids both"
    )
    for field in page.select("input:not([type=hidden]), select, textarea"):
        labelled = field.get("aria-label") or field.get("aria-labelledby") or field.find_parent("label")
        assert labelled or page.select(f'label[for="{field.get("id")}"]'), f"a field without a label: {field}"
    for form in page.select("form[method=post]"):
        assert form.select("[name=csrf_token]"), f"a form without csrf_field(): {form.get('action')}"


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
