"""Who is asking is not looked up for every request; what ends or changes it is noticed by the very next one."""

from __future__ import annotations

import pytest
import redis
from sqlalchemy import func, update

from clarin_web.accounts import access
from clarin_web.accounts.actions import close_session, save_preferences, set_password
from clarin_web.accounts.queries import sessions_of
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.events import AccessChanged, Actor, announce
from clarin_web.models import Membership, UserSession
from clarin_web.store import redis_connection
from tests.support.cast import Person


def statements(person: Person) -> int:
    return len(person.get("/settings/profile").statements)


def test_the_second_request_does_not_look_her_up_again(ana: Person) -> None:
    assert (statements(ana), statements(ana)) == (2, 0)


def test_signing_out_elsewhere_ends_the_next_request(ana: Person, bruno: Person) -> None:
    assert ana.get("/leads").status == bruno.get("/leads").status == 200

    with tenant(ana.account_id, ana.user_id):
        close_session(sessions_of(ana.user_id)[0].id, ana.user_id)
    release()

    assert ana.get("/leads").status == 303
    assert bruno.get("/leads").status == 200


def test_a_new_password_ends_what_was_open(ana: Person) -> None:
    assert ana.get("/leads").status == 200
    set_password(f"ana@account-{ana.account_id}.test", "quite another password")
    release()
    assert ana.get("/leads").status == 303


def test_fewer_rights_hold_at_once(bruno: Person) -> None:
    assert bruno.get("/leads/new").status == 200

    with tenant(bruno.account_id), transaction():
        execute(update(Membership).where(Membership.user_id == bruno.user_id).values(role="viewer"))
        everybody = AccessChanged(account_id=bruno.account_id, actor=Actor.system(), user_id=None)
        announce(everybody)
    release()

    assert bruno.get("/leads/new").status == 403


def test_another_language_is_there_on_the_next_page(ana: Person) -> None:
    assert ana.get("/leads").one("html")["lang"] == "en"
    with tenant(ana.account_id, ana.user_id):
        save_preferences(ana.user_id, ana.account_id, locale="pt", theme="dark")
    release()
    assert ana.get("/leads").one("html")["lang"] == "pt"


def test_when_the_word_is_lost_a_session_that_ended_outlives_it_by_seconds(
    ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ana.get("/leads").status == 200
    end_unheard(ana)
    assert ana.get("/leads").status == 200

    monkeypatch.setattr("clarin_web.web.cache.time.monotonic", later(access.REMEMBERED + 1))

    assert ana.get("/leads").status == 303


def test_without_redis_everybody_is_looked_up(ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ana.get("/leads").status == 200

    def away(*_args: object) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis_connection(), "hgetall", away)
    end_unheard(ana)

    assert ana.get("/leads").status == 303


def test_a_session_in_use_is_still_noted_as_seen(ana: Person) -> None:
    with tenant(ana.account_id, ana.user_id), transaction():
        old = func.now() - access.queries.SEEN_EVERY * 2
        execute(update(UserSession).where(UserSession.user_id == ana.user_id).values(last_seen_at=old))
        before = sessions_of(ana.user_id)[0].last_seen_at
    release()

    assert (ana.get("/leads").status, ana.get("/leads").status) == (200, 200)

    with tenant(ana.account_id, ana.user_id):
        assert sessions_of(ana.user_id)[0].last_seen_at > before


def test_another_accounts_cookie_is_still_nobody_here(ana: Person, carla: Person) -> None:
    assert ana.get("/leads").status == carla.get("/leads").status == 200
    _account, user, secret = ana.cookie.split(".", 2)
    ana.client.set_cookie(access.cookie_name(), f"{carla.account_id}.{user}.{secret}")
    assert ana.get("/leads").status == 303


def end_unheard(person: Person) -> None:
    """The session ends, and nobody is told."""
    with tenant(person.account_id, person.user_id), transaction():
        execute(
            update(UserSession).where(UserSession.user_id == person.user_id).values(revoked_at=func.now())
        )
    release()


def later(seconds: float):  # type: ignore[no-untyped-def]
    import time

    real = time.monotonic
    return lambda: real() + seconds
