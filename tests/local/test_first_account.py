"""The second start: it says how to get a new password, and the demo follows its simulated Kommo to another port."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from clarin_web.accounts.actions import create_account
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.local.first_account import ensure_account
from clarin_web.models import KommoConnection
from tests.support.cast import make_person


def test_the_demo_follows_its_simulator_and_names_who_signs_in(app, monkeypatch: pytest.MonkeyPatch) -> None:
    account = create_account("Andina Norte", is_demo=True)
    rosa = make_person(app, account, "Rosa", "owner")
    with tenant(account), transaction():
        row = {"account_id": account, "token_sealed": b"x", "state": "refused", "error": "unauthorized"}
        execute(insert(KommoConnection).values(**row, base_url="http://127.0.0.1:8700"))
    release()
    monkeypatch.setenv("CLARIN_DEMO_KOMMO_URL", "http://127.0.0.1:8703")
    assert f"./dev cli reset-password rosa@account-{account}.test" in ensure_account(demo=True)
    with tenant(account):
        found = execute(select(KommoConnection.base_url, KommoConnection.state, KommoConnection.error)).one()
    release()
    assert tuple(found) == ("http://127.0.0.1:8703", "live", "")
    assert rosa.get("/kommo").status == 200
