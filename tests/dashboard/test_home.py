"""Home says what needs somebody now, links each number to its rows, and shows nobody another's work."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.models import Chat, Contact, Device, Lead, Stage, Task
from clarin_web.pipelines.actions import create_pipeline

NOW = datetime.now(UTC)


def add(account_id, *rows):
    with tenant(account_id), transaction() as session:
        for row in rows:
            row.account_id = account_id
            session.add(row)
            session.flush()
    release()
    return rows


@pytest.fixture
def waiting(ana):
    """Two customers of Ana's account wait; the second for longer."""
    contact, device = add(ana.account_id, Contact(name="Flor"), Device(name="Ventas"))
    chats = [
        Chat(
            device_id=device.id,
            contact_id=contact.id,
            key=key,
            name=name,
            waiting_since=NOW - timedelta(minutes=ago),
        )
        for key, name, ago in (("1", "Flor", 3), ("2", "Iván", 40))
    ]
    return add(ana.account_id, *chats)


def test_first_steps_are_shown_until_done(ana):
    page = ana.get("/")
    assert page.select("#first-steps")
    assert {link["href"] for link in page.select("section a.link")} >= {"/devices", "/kommo"}


def test_who_waits_longest_comes_first_and_links_to_the_chat(ana, waiting):
    rows = ana.get("/").select("#waiting li a")
    assert [row["href"] for row in rows] == [f"/chats/{waiting[1].id}", f"/chats/{waiting[0].id}"]


def test_the_number_of_waiting_links_to_as_many_rows(ana, waiting):
    tile = ana.get("/").one('.tile[href^="/chats"]')
    assert tile.b.text == "2"
    assert len(ana.get(tile["href"]).select(".chat-row")) == 2


def test_a_stage_links_to_its_leads_and_counts_only_living_ones(ana):
    with tenant(ana.account_id):
        pipeline = create_pipeline(ana.account_id, "Ventas", ["Nuevo"], is_main=True)
        stage = _first_stage(pipeline.id)
    release()
    place = {"pipeline_id": pipeline.id, "stage_id": stage}
    add(ana.account_id, Lead(title="A", value=10, **place), Lead(title="B", value=5, trashed_at=NOW, **place))
    page = ana.get("/")
    assert page.one("progress")["value"] == "1"
    link = page.one(".bars a")["href"]
    assert "A" in ana.get(link).text


def _first_stage(pipeline_id):
    return (
        execute(select(Stage.id).where(Stage.pipeline_id == pipeline_id).order_by(Stage.position))
        .scalars()
        .first()
    )


def test_only_what_is_due_before_midnight_is_shown(ana):
    add(
        ana.account_id,
        Task(title="Vencida", due_at=NOW - timedelta(hours=30)),
        Task(title="Otro día", due_at=NOW + timedelta(days=2)),
    )
    text = ana.get("/").one("#due").text
    assert "Vencida" in text
    assert "Otro día" not in text


def test_another_account_sees_none_of_it(carla, waiting):
    assert "Flor" not in carla.get("/").text


def test_home_needs_few_statements(ana, waiting):
    answer = ana.get("/")
    timing = answer.headers["Server-Timing"]
    assert int(timing.rsplit('desc="', 1)[1].rstrip('"')) <= 6, timing


def test_the_inside_is_asked_again_when_poked(ana):
    region = ana.get("/").one("#home")
    assert (region["data-live-topic"], region["hx-get"], region["hx-trigger"]) == ("home", "/", "live")
    assert "<html" not in ana.htmx_get("/").text
