"""What is measured: the pages and writes of a seller's day, with real ids of the seeded account."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import click
from sqlalchemy import Row, func, select

from clarin_web.accounts import actions, queries
from clarin_web.accounts.access import cookie_name, signed_in_by
from clarin_web.cli.seed import EMAIL
from clarin_web.db import execute, leave_tenant, release, tenant
from clarin_web.models import Chat, Lead, Stage, Tag
from clarin_web.web.paging import encode_cursor


@dataclass(frozen=True, slots=True)
class Seller:
    """Who measures: the seeded account's owner, signed in."""

    account_id: int
    cookie: str
    csrf: str
    leads: int
    messages_chat: int


@dataclass(frozen=True, slots=True)
class Page:
    """`target` (and for writes `body`) are asked for each request, so that no two writes are the same."""

    name: str
    target: Callable[[], str]
    body: Callable[[], dict[str, str]] | None = None
    expected: tuple[int, ...] = (200,)

    @property
    def is_write(self) -> bool:
        return self.body is not None

    def request(self, port: int, cookie: str) -> bytes:
        """The bytes of one request, as a browser with htmx sends writes."""
        head = f"Host: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nAccept: text/html\r\n"
        if self.body is None:
            return f"GET {self.target()} HTTP/1.1\r\n{head}\r\n".encode()
        body = urlencode(self.body())
        head += f"HX-Request: true\r\nOrigin: http://127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        return f"POST {self.target()} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def find_seller() -> Seller:
    """Sign in as the seeded owner; a ClickException when there is nothing seeded."""
    user = queries.find_credentials(EMAIL)
    if user is None:
        raise click.ClickException("nothing to measure yet: ./dev seed --leads 100000 --messages 1000000")
    with tenant(None, user.id):
        account_id = queries.accounts_of(user.id)[0].id
    value = actions.open_session(user.id, account_id, ip="127.0.0.1", user_agent="bench")
    who = signed_in_by(value)
    leads = execute(select(func.count()).select_from(Lead)).scalar_one()
    longest = execute(select(Chat.id).order_by(Chat.id)).scalars().first() or 0
    release()
    leave_tenant()
    if who is None:
        raise click.ClickException("the measuring session could not be opened")
    return Seller(account_id, f"{cookie_name()}={value}", who.csrf_token, leads, longest)


def pages(seller: Seller) -> list[Page]:
    """Reads first, then the two writes."""
    with tenant(seller.account_id):
        stages, tag, middle, leads, chats = _ids()
        release()
    first, deep = stages[0], encode_cursor(middle.updated_at, middle.id)
    lead, chat = itertools.cycle(leads), itertools.cycle(chats)
    return [
        Page("leads, page 1", lambda: "/leads"),
        Page("leads, middle of the list", lambda: f"/leads?after={quote(deep)}"),
        Page("leads, search", lambda: "/leads?q=maria+torres"),
        Page("leads, stage + tag", lambda: f"/leads?pipeline={first.pipeline_id}&stage={first.id}&tag={tag}"),
        Page("board", lambda: f"/leads/board/{first.pipeline_id}"),
        Page("lead", lambda: f"/leads/{next(lead)}"),
        Page("inbox", lambda: "/chats"),
        Page("thread (longest chat)", lambda: f"/chats/{seller.messages_chat}"),
        Page("home", lambda: "/"),
        _move(seller, stages, leads),
        Page("write: send a message", lambda: f"/chats/{next(chat)}/messages", _message(seller)),
    ]


def _ids() -> tuple[list[Row[Any]], int, Row[Any], list[int], list[int]]:
    opened = (
        select(Stage.id, Stage.pipeline_id)
        .where(Stage.kind == "open")
        .order_by(Stage.pipeline_id, Stage.position)
    )
    stages = list(execute(opened).all())
    tag = execute(select(Tag.id).order_by(Tag.id)).scalars().first() or 0
    newest = select(Lead.id, Lead.updated_at).order_by(Lead.updated_at.desc(), Lead.id.desc())
    middle = execute(
        newest.offset(select(func.count() / 2).select_from(Lead).scalar_subquery()).limit(1)
    ).one()
    mine = (
        select(Lead.id)
        .where(Lead.status == "open", Lead.pipeline_id == stages[0].pipeline_id)
        .order_by(Lead.id)
    )
    leads = list(execute(mine.limit(2000)).scalars())
    chats = list(execute(select(Chat.id).order_by(Chat.id).offset(1).limit(500)).scalars())
    return stages, tag, middle, leads, chats


def _move(seller: Seller, stages: list[Row[Any]], leads: list[int]) -> Page:
    """Each lead in turn to another open stage of its pipeline."""
    own = [stage.id for stage in stages if stage.pipeline_id == stages[0].pipeline_id]
    lead = itertools.cycle(leads)
    target: Iterator[int] = itertools.cycle([own[1], own[2], own[3]])
    return Page(
        "write: move a lead",
        lambda: f"/leads/{next(lead)}/stage",
        lambda: {"csrf_token": seller.csrf, "stage_id": str(next(target))},
    )


def _message(seller: Seller) -> Callable[[], dict[str, str]]:
    number = itertools.count(1)
    return lambda: {
        "csrf_token": seller.csrf,
        "body": f"Hola, medida {next(number)}",
        "client_id": secrets.token_urlsafe(16),
    }
