"""Domain rule 1: what belongs to another account is not there, whatever the code above forgets."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from clarin_web.accounts.tenancy import UnsafeDatabase, check_tenancy
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Base, Contact, FactRow, Pipeline, Stage


@pytest.fixture
def two(app, ana, carla) -> tuple[int, int]:
    return ana.account_id, carla.account_id


def add_pipeline(account_id: int, name: str) -> int:
    with tenant(account_id), transaction():
        values = {"account_id": account_id, "name": name}
        return execute(insert(Pipeline).returning(Pipeline.id), values).scalar_one()


def test_rows_of_another_account_are_not_there(two):
    ours, theirs = two
    add_pipeline(theirs, "Theirs")
    with tenant(ours):
        assert execute(select(Pipeline.name)).all() == []
        assert execute(text("SELECT count(*) FROM pipeline")).scalar() == 0
    with tenant(theirs):
        assert execute(select(Pipeline.name)).scalars().all() == ["Theirs"], "the row exists for its owner"


def test_without_an_account_every_table_is_empty(two):
    add_pipeline(two[0], "Ours")
    with tenant(None):
        assert execute(select(Pipeline.id)).all() == []


def test_writing_into_another_account_is_refused(two):
    ours, theirs = two
    with pytest.raises(ProgrammingError), tenant(ours), transaction():
        execute(insert(Contact), {"account_id": theirs, "name": "Spy"})
    release()


def test_changing_another_accounts_row_changes_nothing(two):
    ours, theirs = two
    pipeline = add_pipeline(theirs, "Theirs")
    with tenant(ours), transaction():
        assert execute(update(Pipeline).where(Pipeline.id == pipeline).values(name="Taken")).rowcount == 0


def test_a_child_cannot_point_at_a_parent_of_another_account(two):
    ours, theirs = two
    foreign = add_pipeline(theirs, "Theirs")
    with pytest.raises(IntegrityError), tenant(ours), transaction():
        execute(insert(Stage), {"account_id": ours, "pipeline_id": foreign, "name": "Bridge"})
    release()


def test_the_audit_trail_cannot_be_rewritten(two):
    with tenant(two[0]), transaction():
        execute(insert(FactRow), {"account_id": two[0], "kind": "Test", "actor_kind": "system"})
    with pytest.raises(DBAPIError), tenant(two[0]), transaction():
        execute(update(FactRow).values(kind="Forged"))
    release()


def test_every_table_of_an_account_has_its_composite_key():
    for table in Base.metadata.tables.values():
        if "account_id" not in table.c or table.name == "user_session":
            continue
        keys = [{c.name for c in k.columns} for k in table.constraints if isinstance(k, sa.UniqueConstraint)]
        assert {"account_id", "id"} in keys, f"{table.name} lacks UNIQUE (account_id, id)"


def test_a_table_without_protection_stops_the_start(app):
    owner = sa.create_engine(os.environ["DATABASE_OWNER_URL"])
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE careless (id bigint, account_id bigint)")
    try:
        with pytest.raises(UnsafeDatabase, match="careless"):
            check_tenancy()
    finally:
        with owner.begin() as connection:
            connection.exec_driver_sql("DROP TABLE careless")
        owner.dispose()
    check_tenancy()
