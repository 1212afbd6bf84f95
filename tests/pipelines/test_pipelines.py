"""Pipelines are born whole, are read in one statement, and stay in their account."""

from __future__ import annotations

import pytest

from clarin_web.db import release, tenant
from clarin_web.lib.errors import Invalid, NotFound
from clarin_web.pipelines.actions import create_pipeline, rename_pipeline, rename_stage
from clarin_web.pipelines.queries import find_stage, main_pipeline, pipelines_of
from clarin_web.tags.actions import find_or_create, find_or_create_one
from clarin_web.tags.queries import tags_of_account
from clarin_web.web.timing import counted


@pytest.fixture(autouse=True)
def inside(account_id):
    with tenant(account_id):
        yield
    release()


def test_a_pipeline_has_open_stages_and_exactly_one_won_and_one_lost(account_id):
    create_pipeline(account_id, "Sales", ["New", "Proposal"], won="Ganado", lost="Perdido")

    pipeline = main_pipeline(account_id)

    assert [stage.kind for stage in pipeline.stages] == ["open", "open", "won", "lost"]
    assert pipeline.first_open.name == "New"
    assert pipeline.of_kind("lost").name == "Perdido"


def test_a_pipeline_without_open_stages_or_name_is_refused(account_id):
    for name, stages in (("Sales", []), ("  ", ["New"]), ("Sales", [" "])):
        with pytest.raises(Invalid):
            create_pipeline(account_id, name, stages)

    assert pipelines_of(account_id) == []


def test_all_pipelines_are_one_statement_main_first(account_id):
    create_pipeline(account_id, "Second", ["New"])
    create_pipeline(account_id, "Main", ["New"], is_main=True)

    with counted() as tally:
        found = pipelines_of(account_id)

    assert [pipeline.name for pipeline in found] == ["Main", "Second"]
    assert len(tally.statements) <= 2


def test_another_account_sees_and_renames_nothing(account_id, carla):
    with tenant(account_id):
        pipeline = create_pipeline(account_id, "Sales", ["New"])
        stage = pipelines_of(account_id)[0].stages[0]

    with tenant(carla.account_id):
        assert pipelines_of(account_id) == []
        assert find_stage(carla.account_id, stage.id) is None
        with pytest.raises(NotFound):
            rename_pipeline(carla.account_id, pipeline.id, "Mine")
        with pytest.raises(NotFound):
            rename_stage(carla.account_id, stage.id, "Mine")


def test_renaming(account_id):
    pipeline = create_pipeline(account_id, "Sales", ["New"])

    rename_pipeline(account_id, pipeline.id, "Lima")
    stage = rename_stage(account_id, pipelines_of(account_id)[0].stages[0].id, "First", "amber")

    assert pipelines_of(account_id)[0].name == "Lima"
    assert (stage.name, stage.color) == ("First", "amber")
    with pytest.raises(Invalid):
        rename_stage(account_id, stage.id, "First", "pink")


def test_a_tag_is_found_by_any_spelling(account_id):
    first = find_or_create(account_id, ["Lima", "mayorista", " "])

    assert find_or_create_one(account_id, " LÍMA ") == first["lima"]
    assert [tag.name for tag in tags_of_account(account_id)] == ["Lima", "mayorista"]
    with pytest.raises(Invalid):
        find_or_create_one(account_id, "  ")
