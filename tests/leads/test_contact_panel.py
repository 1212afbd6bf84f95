"""The contact's leads beside a chat: open ones are worked, closed ones wait folded under their count."""

import pytest
from sqlalchemy import select

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Contact, Lead, Stage
from clarin_web.pipelines.actions import create_pipeline


@pytest.fixture
def person(ana):
    """A contact with two open leads, one won and one lost."""
    with tenant(ana.account_id), transaction() as session:
        pipeline = create_pipeline(ana.account_id, "Ventas", ["Nuevo"], is_main=True)
        contact = Contact(account_id=ana.account_id, name="Flor")
        session.add(contact)
        session.flush()
        stages = (
            execute(select(Stage).where(Stage.pipeline_id == pipeline.id).order_by(Stage.position))
            .scalars()
            .all()
        )
        for title, stage in zip(("Uno", "Dos", "Ganado", "Perdido"), (stages[0], *stages), strict=True):
            place = {"pipeline_id": pipeline.id, "stage_id": stage.id, "status": stage.kind}
            session.add(Lead(account_id=ana.account_id, contact_id=contact.id, title=title, **place))
        session.flush()
        found = contact.id
    release()
    return found


def test_only_open_leads_stand_under_their_heading(ana, person):
    panel = ana.htmx_get(f"/leads/of-contact/{person}")
    assert panel.texts("h2") == ["Open leads"]
    assert set(panel.texts("article a")) == {"Uno", "Dos"}


def test_closed_leads_are_folded_under_their_count(ana, person):
    fold = ana.htmx_get(f"/leads/of-contact/{person}").one("details")
    assert fold.get("open") is None
    assert fold.summary.get_text(strip=True) == "2 closed leads"
    assert {link.get_text(strip=True) for link in fold.select("li a")} == {"Ganado", "Perdido"}
    assert not fold.select("select")


def test_a_contact_with_closed_leads_only_says_so(ana, person):
    with tenant(ana.account_id), transaction():
        for lead in execute(select(Lead).where(Lead.status == "open")).scalars():
            lead.status = "won"
    release()
    panel = ana.htmx_get(f"/leads/of-contact/{person}")
    assert not panel.select("article")
    assert "No open leads" in panel.text
