"""Every number on Home is a link, and its list has exactly as many rows."""

import re
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
def office(ana):
    """Two pipelines; leads in open, archived, won and trashed places; more waiting and due than Home shows."""
    with tenant(ana.account_id):
        pipelines = [
            create_pipeline(ana.account_id, name, ["Nuevo", "Propuesta", "Vieja"])
            for name in ("Ventas", "Mayor")
        ]
        for pipeline in pipelines:
            _leads_in(ana.account_id, pipeline.id)
    release()
    contact, *devices = add(
        ana.account_id, Contact(name="Flor"), *(Device(name=name) for name in ("Ventas", "Caja"))
    )
    add(ana.account_id, *(_chat(contact, devices[0], n) for n in range(11)))
    add(ana.account_id, *(Task(title=f"T{n}", due_at=NOW - timedelta(hours=n + 1)) for n in range(57)))
    return pipelines


def _leads_in(account_id, pipeline_id):
    stages = (
        execute(select(Stage).where(Stage.pipeline_id == pipeline_id).order_by(Stage.position))
        .scalars()
        .all()
    )
    with transaction() as session:
        stages[2].archived_at = NOW
        for place, stage in enumerate(stages):
            for number in range(place + 1):
                values = {"title": f"{stage.name} {number}", "value": 10, "status": stage.kind}
                session.add(Lead(account_id=account_id, pipeline_id=pipeline_id, stage_id=stage.id, **values))
        trashed = {"title": "x", "trashed_at": NOW, "stage_id": stages[0].id}
        session.add(Lead(account_id=account_id, pipeline_id=pipeline_id, **trashed))


def _chat(contact, device, number):
    since = NOW - timedelta(minutes=number)
    return Chat(
        device_id=device.id, contact_id=contact.id, key=str(number), name=f"C{number}", waiting_since=since
    )


def rows_of(person, url):
    """How many rows the list at `url` has, page after page."""
    count = 0
    while url:
        page = person.get(url)
        assert page.status == 200, url
        count += len(page.select("tbody tr, .chat-row, li[id^=task-], ul.lines > li[id^=device-]"))
        more = page.select(".pager a[rel=next], .pager a[href*=after]")
        url = more[0]["href"] if more else ""
    return count


def digits(text):
    return int(re.search(r"\d+", text).group())


def test_each_tile_counts_the_rows_behind_it(ana, office):
    tiles = ana.get("/").select(".tile")
    found = {tile["href"]: digits(tile.b.text) for tile in tiles}
    assert found == {"/chats?waiting=1": 11, "/due": 57, "/leads?status=open": 12, "/devices": 2}
    assert {url: rows_of(ana, url) for url in found} == found


def test_each_card_counts_the_rows_behind_it(ana, office):
    links = ana.get("/").select("section.card > header a.link")
    assert len(links) == 5
    for link in links:
        assert rows_of(ana, link["href"]) == digits(link.text), link["href"]


def test_each_stage_counts_the_rows_behind_it(ana, office):
    bars = ana.get("/").select(".bars li")
    assert len(bars) == 6
    for bar in bars:
        assert rows_of(ana, bar.a["href"]) == digits(bar.b.text), bar.a["href"]


def test_a_task_leads_to_its_lead_or_contact(ana):
    with tenant(ana.account_id):
        pipeline = create_pipeline(ana.account_id, "Ventas", ["Nuevo"])
        stage = (
            execute(select(Stage.id).where(Stage.pipeline_id == pipeline.id).order_by(Stage.position))
            .scalars()
            .first()
        )
    release()
    lead, contact = add(
        ana.account_id, Lead(title="A", pipeline_id=pipeline.id, stage_id=stage), Contact(name="Flor")
    )
    due = NOW - timedelta(hours=1)
    add(
        ana.account_id,
        Task(title="Uno", due_at=due, lead_id=lead.id),
        Task(title="Dos", due_at=due, contact_id=contact.id),
    )
    links = {link["href"] for link in ana.get("/due").select("li a")}
    assert links == {f"/leads/{lead.id}", f"/contacts/{contact.id}"}


def test_a_cursor_that_is_none_is_refused(ana):
    assert ana.get("/due?after=nonsense").status == 422


def test_another_account_sees_no_task_of_this_one(carla, office):
    assert not carla.get("/due").select("li[id^=task-]")
