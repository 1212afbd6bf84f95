"""A small sales floor: one pipeline of Ana's account, and leads made the way people make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from clarin_web.db import execute, release, tenant
from clarin_web.leads.actions import NewLead, create_lead
from clarin_web.models import Lead, Pipeline
from clarin_web.pipelines.actions import create_pipeline
from clarin_web.pipelines.queries import PipelineView, pipelines_of
from tests.support.cast import Person


@pytest.fixture
def sales(ana: Person) -> PipelineView:
    return make_sales(ana.account_id, "Sales")


@pytest.fixture
def make_lead(ana: Person, sales: PipelineView) -> Callable[..., Lead]:
    """make_lead("Ana Quispe", value=10): created by Ana, in the pipeline's first stage unless told otherwise."""

    def make(title: str, *, by: Person = ana, **values: Any) -> Lead:
        with tenant(by.account_id):
            lead = create_lead(by.member, NewLead(title=title, **values))
        release()
        return lead

    return make


@pytest.fixture
def reload(ana: Person) -> Callable[[int], Lead]:
    """The lead as the database has it now."""

    def read(lead_id: int) -> Lead:
        release()
        with tenant(ana.account_id):
            lead = execute(select(Lead).where(Lead.id == lead_id)).scalar_one()
        release()
        return lead

    return read


def make_sales(account_id: int, name: str) -> PipelineView:
    with tenant(account_id):
        made: Pipeline = create_pipeline(account_id, name, ["New", "Contacted", "Proposal"], is_main=True)
        found = next(pipeline for pipeline in pipelines_of(account_id) if pipeline.id == made.id)
    release()
    return found
