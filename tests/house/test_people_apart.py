"""People, their sessions and accounts: as the application's role inside one account, another's are not there."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clarin_web.accounts import actions
from clarin_web.accounts.queries import account_ids
from clarin_web.db import execute, release, tenant, transaction

READ = {
    "their account": "SELECT count(*) FROM account WHERE id = :account",
    "their people": "SELECT count(*) FROM app_user WHERE id = :user",
    "their people by address": "SELECT count(*) FROM app_user WHERE email LIKE 'carla%'",
    "their sessions": "SELECT count(*) FROM user_session WHERE user_id = :user",
    "their memberships": "SELECT count(*) FROM membership WHERE user_id = :user",
    "their credentials": "SELECT count(*) FROM find_credentials(:email)",
    "every account": "SELECT count(*) FROM every_account()",
}
WRITE = {
    "rename their account": "UPDATE account SET name = 'x' WHERE id = :account",
    "rename their people": "UPDATE app_user SET name = 'x' WHERE id = :user",
    "end their sessions": "UPDATE user_session SET revoked_at = now() WHERE user_id = :user",
    "take over their sessions": "UPDATE user_session SET token_hash = '\\x00' WHERE user_id = :user",
    "fire their people": "UPDATE membership SET disabled_at = now() WHERE user_id = :user",
}
REFUSED = {
    "read a hash": "SELECT password_hash FROM app_user",
    "read everything of people": "SELECT * FROM app_user",
    "change a hash": "UPDATE app_user SET password_hash = 'x'",
    "disable somebody": "UPDATE app_user SET disabled_at = now()",
    "move an address": "UPDATE app_user SET email = 'x@x.test'",
    "delete people": "DELETE FROM app_user",
    "make people": "INSERT INTO app_user (email, name, password_hash) VALUES ('x@x.test', 'x', 'x')",
    "delete their account": "DELETE FROM account WHERE id = :account",
    "delete our account": "DELETE FROM account",
    "empty accounts": "TRUNCATE account CASCADE",
    "make an account": "INSERT INTO account (name) VALUES ('x')",
    "hire their people": "INSERT INTO membership (account_id, user_id, role) VALUES (:ours, :user, 'viewer')",
    "move a membership": "UPDATE membership SET user_id = :user",
    "be one of them": (
        "INSERT INTO user_session (user_id, account_id, token_hash, csrf_token)"
        " VALUES (:user, :account, '\\x01', 'x')"
    ),
    "be one of them here": (
        "INSERT INTO user_session (user_id, account_id, token_hash, csrf_token)"
        " VALUES (:user, :ours, '\\x02', 'x')"
    ),
    "delete sessions": "DELETE FROM user_session",
    "change their password": "SELECT change_password(:email, 'x')",
    "hire by address": "SELECT add_person(:ours, :email, 'x', 'x', 'es', 'viewer')",
}


@pytest.fixture(params=["nobody", "ours", "theirs"])
def inside(request, app, ana, carla):
    """Inside Ana's account, by whichever person the connection says it is."""
    values = {
        "account": carla.account_id,
        "user": carla.user_id,
        "ours": ana.account_id,
        "email": f"carla@account-{carla.account_id}.test",
    }
    acting = {"nobody": None, "ours": ana.user_id, "theirs": carla.user_id}[request.param]
    with tenant(ana.account_id, acting):
        yield lambda statement: execute(
            text(statement), {k: v for k, v in values.items() if f":{k}" in statement}
        )
    release()
    assert carla.get("/settings/profile").status == 200


def test_nothing_of_another_account_is_read(inside):
    found = {what: inside(statement).scalar() for what, statement in READ.items()}
    assert found == dict.fromkeys(READ, 0)
    assert inside("SELECT count(*) FROM account").scalar() == 1, "our own is there"
    assert inside("SELECT count(*) FROM app_user").scalar() == 1


def test_nothing_of_another_account_is_written(inside):
    with transaction():
        changed = {what: inside(statement).rowcount for what, statement in WRITE.items()}
    assert changed == dict.fromkeys(WRITE, 0)


def test_what_the_role_may_not_do_at_all(inside):
    done = []
    for what, statement in REFUSED.items():
        try:
            with transaction():
                inside(statement)
        except DBAPIError:
            continue
        done.append(what)
    assert not done


def test_the_account_menu_and_the_other_sessions_of_a_person_of_two_accounts_work(app, ana, carla):
    actions.create_user(
        carla.account_id,
        email=f"ana@account-{ana.account_id}.test",
        name="Ana",
        password="a long enough password",
        role="viewer",
    )
    release()
    assert "Otra Empresa" in ana.get("/settings/profile").text
    assert ana.post(f"/accounts/{carla.account_id}/entry").status == 303


def test_who_looks_after_all_accounts_finds_them(app, ana, carla):
    assert {ana.account_id, carla.account_id} <= set(account_ids())


def test_functions_of_the_owner_search_nowhere_else(app):
    found = execute(
        text(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
            " AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']"
        )
    ).scalars()
    assert list(found) == []
    release()
