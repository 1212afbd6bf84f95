"""A connection that dies under a request or a job, and listeners that fail: nothing else suffers."""

from __future__ import annotations

import os
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, text, update
from sqlalchemy.exc import OperationalError

from clarin_web import announcing
from clarin_web.accounts import actions
from clarin_web.db import current_tenant, execute, release, tenant, transaction
from clarin_web.events import Actor, ContactChanged, announce
from clarin_web.models import UserSession
from tests.support.cast import Person


def test_a_connection_lost_between_two_statements(
    app: Flask, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is ready: that the connection cannot be given back politely is no reason to take it away."""
    monkeypatch.setattr(actions, "touch_session", lambda _session: kill_own_connection())
    make_stale(ana)
    assert ana.get("/settings/profile").status == 200
    assert ana.get("/settings/profile").status == 200


def test_the_page_of_an_error_asks_nothing(ana: Person) -> None:
    """Only who is asking is looked up: the page must be there when the database is what failed."""
    ana.get("/")  # from now on she is known here
    assert len(ana.get("/leads/999999999").statements) == len(ana.htmx_get("/leads/999999999").statements)


def test_a_failing_listener_does_not_spoil_the_next(
    app: Flask, account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []

    def breaks(_fact: ContactChanged) -> None:
        execute(text("SELECT 1/0"))

    def reads(_fact: ContactChanged) -> None:
        heard.append(execute(text("SELECT 1")).scalar_one())

    monkeypatch.setattr(announcing, "_subscriptions", {ContactChanged: [breaks, reads]})
    with tenant(account_id):
        with transaction():
            announce(ContactChanged(account_id=account_id, actor=Actor.system(), contact_id=1))
    assert heard == [1]


def test_a_lost_connection_leaves_no_account_behind(account_id: int) -> None:
    with tenant(account_id):
        kill_own_connection()
        with pytest.raises(OperationalError), tenant(account_id + 1):
            pytest.fail("entered on a dead connection")
        assert current_tenant() == account_id
    assert current_tenant() is None
    with pytest.raises(ZeroDivisionError), tenant(account_id), transaction():
        kill_own_connection()
        _ = 1 / 0
    with tenant(account_id):
        assert execute(text("SELECT 1")).scalar_one() == 1
    release()


def make_stale(person: Person) -> None:
    with transaction():
        execute(
            update(UserSession)
            .where(UserSession.user_id == person.user_id)
            .values(last_seen_at=func.now() - timedelta(minutes=5))
        )
    release()


def kill_own_connection() -> None:
    """As a failover or an administrator does: the connection this thread is reading with is gone."""
    pid = execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"].replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
