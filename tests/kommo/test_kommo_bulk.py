"""A long first import lets the search index gather; whatever happens to it, the index ends as it was."""

import gc
import sys

import pytest
from sqlalchemy import text

from clarin_web.db import execute, release, transaction
from clarin_web.kommo import bulk, sync
from clarin_web.models import Lead
from tests.support.kommo_visits import the

OPTIONS = text("SELECT reloptions FROM pg_class WHERE relname = 'ix_lead_search'")


def gathers() -> bool:
    found = "fastupdate=on" in execute(OPTIONS).scalar_one()
    release()
    return found


@pytest.fixture
def long_import(monkeypatch, world, pipeline):
    """Few rows that count as many, and what the index did while they were stored."""
    monkeypatch.setattr(bulk, "MANY", 2)
    seen, real = [], sync.store

    def store(run, listed, taken, **more):
        stored = real(run, listed, taken, **more)
        if listed.name == "leads":
            seen.append(gathers())
        return stored

    monkeypatch.setattr(sync, "store", store)
    for number in range(5):
        world.add_lead(f"Curso {number}", pipeline)
    return seen


def test_the_search_index_gathers_only_while_a_long_import_runs(mirror, world, long_import):
    turn, collect = sys.getswitchinterval(), gc.get_threshold()
    mirror.visit()
    assert long_import[0], "gathered while the first leads came"
    assert not gathers()
    assert (sys.getswitchinterval(), gc.get_threshold()) == (turn, collect)
    world.change("leads", the(Lead, title="Curso 3").kommo_id, name="Curso de verano")
    mirror.visit()
    assert not any(long_import[1:]), "a poll writes as everybody does"
    found = text("SELECT title FROM lead WHERE search LIKE '%verano%'")
    assert execute(found).scalars().all() == ["Curso de verano"]


def test_what_a_killed_import_left_is_settled(mirror):
    with transaction():
        execute(text("SELECT gather_search(true)"))
    assert gathers()
    bulk.settle()
    bulk.settle()
    assert not gathers()
