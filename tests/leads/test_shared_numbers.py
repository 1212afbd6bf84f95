"""Totals and names come from a cache that people with the same rights share: never older than a change, never wider."""

from __future__ import annotations

import pytest
import redis
from sqlalchemy import update

from clarin_web.db import execute, tenant, transaction
from clarin_web.models import Account
from clarin_web.pipelines.actions import rename_stage
from clarin_web.store import redis_connection


@pytest.fixture
def only_own(account_id):
    """Agents of the account see their own leads only."""
    with tenant(account_id), transaction():
        execute(update(Account).where(Account.id == account_id).values(agent_scope="own"))


def total(page):
    return page.one(".total").get_text().strip()


def counts(page):
    return page.texts(".col .count")[:1]


def test_a_second_look_asks_the_database_less(ana, make_lead):
    make_lead("Ana Quispe")
    first, second = ana.get("/leads"), ana.get("/leads")

    assert len(second.statements) < len(first.statements)
    assert total(second) == total(first) == "1 lead"


def test_a_new_lead_and_a_move_are_counted_at_once_by_everybody(ana, marta, sales, make_lead):
    make_lead("Ana Quispe")
    board = f"/leads/board/{sales.id}"
    assert (total(marta.get("/leads")), counts(marta.get(board))) == ("1 lead", ["1"])

    ana.post("/leads", {"name": "Luis Rojas", "phone": "987654321"})

    assert (total(marta.get("/leads")), counts(marta.get(board))) == ("2 leads", ["2"])


@pytest.mark.usefixtures("only_own")
def test_who_sees_less_never_gets_the_total_of_who_sees_all(ana, bruno, make_lead):
    make_lead("Nobody's")
    make_lead("Bruno's", owner_id=bruno.user_id)

    assert total(ana.get("/leads")) == "2 leads"
    assert total(bruno.get("/leads")) == "1 lead"
    assert total(ana.get("/leads?owner=me")) == "0 leads"
    assert total(bruno.get("/leads?owner=me")) == "1 lead"


def test_a_renamed_stage_has_its_new_name_at_once_but_not_at_the_neighbours(ana, carla, sales, make_lead):
    make_lead("Ana Quispe")
    stage = sales.stages[0]
    assert stage.name in ana.get("/leads").text

    with tenant(ana.account_id):
        rename_stage(ana.account_id, stage.id, "Recién llegados")

    assert "Recién llegados" in ana.get("/leads").text
    assert "Recién llegados" not in carla.get("/leads").text


def test_without_redis_pages_count_themselves(ana, make_lead, monkeypatch):
    make_lead("Ana Quispe")

    def away(*_args, **_options):
        raise redis.ConnectionError("away")

    monkeypatch.setattr(redis_connection(), "hgetall", away)

    assert total(ana.get("/leads")) == "1 lead"
