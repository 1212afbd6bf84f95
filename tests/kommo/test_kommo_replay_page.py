"""Replaying kept answers from the page: what is kept, how it goes, in plain words; only for who manages Kommo."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs, replaying
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of
from clarin_web.models import KommoStream, Lead
from tests.support.pages import check_page


@pytest.fixture
def asked(monkeypatch):
    """What would be given to a worker."""
    found = []
    monkeypatch.setattr(replaying, "enqueue", lambda _queue, _function, *ids: found.append(ids))
    return found


@pytest.fixture
def mirror(ana, account_id, asked, monkeypatch):
    """A whole mirror of six leads."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    with KommoServer(believable(leads=6, seed=1), faults=Faults(rate=100_000)) as kommo:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")
        with tenant(account_id):
            connection_id = connection_of(account_id).id
        release()
        jobs.sync_connection(account_id, connection_id)
        yield kommo


def today(hours):
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


STRETCH = {"list": "leads", "since": today(-48), "until": today(48)}


def replay(person, asked, **form):
    answer = person.post("/kommo/replay", {**STRETCH, **form})
    assert answer.status == 303, answer.text
    replaying.replay(*asked.pop())
    page = person.get("/kommo/drift")
    check_page(page)
    return page


def test_the_page_says_what_is_kept_and_offers_all_of_it(ana, mirror):
    page = ana.get("/kommo/drift")
    check_page(page)
    assert "pages are kept, since" in page.text
    assert page.one("#replay-since")["value"] < page.one("#replay-until")["value"]
    assert "Leads" in page.texts("#replay-list option")
    assert "Deleted leads" not in page.texts("#replay-list option")


def test_what_was_spoiled_comes_right_and_is_told_in_plain_words(ana, account_id, mirror, asked):
    with tenant(account_id), transaction():
        lead = execute(select(Lead.id, Lead.title).where(Lead.kommo_id.is_not(None)).limit(1)).one()
        execute(update(Lead).where(Lead.id == lead.id).values(title="???"))
    release()
    assert "1 row was different here" in replay(ana, asked).text
    assert lead.title in ana.get(f"/leads/{lead.id}").text
    assert "Nothing was written." in replay(ana, asked).text


def test_a_stretch_of_which_nothing_was_kept_says_so(ana, mirror, asked):
    page = replay(ana, asked, since="2020-01-01T00:00", until="2020-01-02T00:00")
    assert "Nothing was kept of this stretch." in page.text


def test_a_running_replay_shows_how_far_and_refuses_a_second(ana, account_id, mirror, asked):
    assert ana.post("/kommo/replay", STRETCH).status == 303
    page = ana.get("/kommo/drift")
    check_page(page)
    assert "pages stored again" in page.text
    again = ana.post("/kommo/replay", STRETCH)
    assert again.status == 409
    assert "being replayed already" in again.text
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with tenant(account_id), transaction():
        execute(update(KommoStream).where(KommoStream.name == "replay").values(updated_at=long_ago))
    release()
    assert "nothing is stored twice" in ana.get("/kommo/drift").text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"since": "yesterday"}, "This is not a date."),
        ({"since": STRETCH["until"], "until": STRETCH["since"]}, "The range ends before it starts"),
        ({"list": "deleted_leads"}, "This choice does not exist."),
        ({"until": ""}, "This is needed."),
    ],
)
def test_what_cannot_be_replayed_says_why_and_keeps_what_was_typed(ana, mirror, asked, form, words):
    page = ana.post("/kommo/replay", {**STRETCH, **form})
    assert page.status == 422
    assert words in page.text
    assert page.one("#replay-since")["value"] == {**STRETCH, **form}["since"]
    assert not asked


def test_only_who_manages_kommo_replays_and_another_account_has_nothing(bruno, vera, carla, mirror, asked):
    for person in (bruno, vera):
        assert person.post("/kommo/replay", STRETCH).status == 403
    assert carla.post("/kommo/replay", STRETCH).status == 404
    assert "pages are kept" not in carla.get("/kommo/drift").text
