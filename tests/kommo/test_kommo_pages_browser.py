"""The Kommo pages while something happens: they follow by themselves, and a reload shows the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from clarin_web.db import release, tenant, transaction
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo import jobs, rechecking
from clarin_web.kommo.limiter import Limiter
from clarin_web.kommo.queries import connection_of, streams_of
from clarin_web.models import Lead
from tests.support.access import check_access
from tests.support.waiting import until


@pytest.fixture
def mirror(ana, account_id, monkeypatch):
    """A whole mirror of a small Kommo; the connection's id."""
    free = Limiter(None, 100_000.0)
    monkeypatch.setattr("clarin_web.kommo.connecting.limiter_for", lambda *_, **__: free)
    with KommoServer(believable(leads=6, seed=1), faults=Faults(rate=100_000)) as kommo:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")
        with tenant(account_id):
            connection_id = connection_of(account_id).id
        release()
        until(lambda: is_whole(account_id, connection_id))
        yield connection_id


def is_whole(account_id, connection_id):
    """The worker beside the server may be reading already: then it is its turn, and ours changes nothing."""
    jobs.sync_connection(account_id, connection_id)
    with tenant(account_id):
        state = connection_of(account_id).state
    release()
    return state == "live"


def test_a_comparison_is_followed_to_its_end_and_leads_to_the_record(
    open_as, ana, account_id, mirror, monkeypatch
):
    given = []
    monkeypatch.setattr(rechecking, "enqueue", lambda _queue, _function, *ids: given.append(ids))
    with tenant(account_id), transaction() as session:
        session.scalars(select(Lead).order_by(Lead.id).limit(1)).one().title = "Otro nombre"
    release()
    page = open_as(ana, "/kommo/drift")
    expect(page.get_by_text("Nothing compared yet")).to_be_visible()
    with tenant(account_id):
        rechecking.ask(ana.member, rechecking.Ask("leads", "sample", 50))
    release()
    page.reload()
    expect(page.get_by_text("0 of 50 compared")).to_be_visible()
    rechecking.recheck(*given[0])
    expect(page.get_by_text("Different: 1")).to_be_visible()
    page.get_by_role("link", name="Otro nombre").click()
    expect(page.get_by_role("heading", name="Otro nombre", level=1)).to_be_visible()


def test_the_import_moves_before_the_eyes_and_is_paused_by_a_button(open_as, ana, account_id, mirror):
    def read(rows: int) -> None:
        with tenant(account_id), transaction():
            stream = streams_of(account_id, mirror)["leads"]
            stream.phase, stream.rows_done, stream.rows_total = "backfill", rows, 7000
        release()

    read(1000)
    page = open_as(ana, "/kommo/progress")
    expect(page.get_by_text("1,000 of 7,000 rows")).to_be_visible()
    read(2000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(page.get_by_text("2,000 of 7,000 rows")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    read(3000)
    expect(
        page.get_by_text("3,000 of 7,000 rows")
    ).to_be_visible()  # nobody told it: it asks every ten seconds too


def test_a_replay_is_asked_for_and_followed_to_its_end(open_as, ana, account_id, mirror):
    with tenant(account_id), transaction() as session:
        session.scalars(select(Lead).order_by(Lead.id).limit(1)).one().title = "???"
    release()
    page = open_as(ana, "/kommo/drift")
    page.get_by_role("heading", name="Replay kept answers").click()
    page.get_by_label("What", exact=True).last.select_option("leads")
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("1 row was different here")).to_be_visible(timeout=90_000)
    check_access(page)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_the_pages_are_for_everybody(open_as, ana, mirror, theme, width):
    page = open_as(ana, "/kommo", viewport={"width": width, "height": 800}, color_scheme=theme)
    for address in ("/kommo", "/kommo/progress", "/kommo/drift"):
        page.goto(page.url.split("/kommo")[0] + address)
        page.locator("details.card").evaluate_all("all => all.forEach(one => { one.open = true })")
        check_access(page)
