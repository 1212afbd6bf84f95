"""Before a new user's eyes: refusals, a look, Connect, the import to its end, and a change in Kommo that arrives."""

import re

import pytest
from playwright.sync_api import expect

from clarin_web.db import release, tenant
from clarin_web.demo.kommo_server import Faults, KommoServer
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.models import Lead
from clarin_web.store import redis_connection
from tests.support.access import check_access
from tests.support.waiting import until

PATIENCE = 90_000


@pytest.fixture
def kommo():
    redis_connection().flushall()
    with KommoServer(believable(leads=12, seed=1), faults=Faults(rate=100_000)) as server:
        yield server


def attempt(page, address, token):
    page.locator("#address").fill(address)
    page.locator("#token").fill(token)
    page.get_by_role("button", name="See what comes across").click()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_the_forms_and_the_look_are_for_everybody(open_as, ana, kommo, theme, width):
    page = open_as(ana, "/kommo", viewport={"width": width, "height": 800}, color_scheme=theme)
    page.locator("summary").last.click()
    check_access(page)
    page.locator("#token").fill("half of a tok")
    with page.expect_response(lambda answer: answer.url.endswith("/kommo")):
        page.evaluate("htmx.trigger(document.querySelector('[data-live-topic=kommo]'), 'live')")
    expect(page.locator("[data-live-topic=kommo]")).not_to_have_class(re.compile("htmx-request"))
    expect(page.locator("#token")).to_have_value("half of a tok")
    expect(page.locator("#client_id")).to_be_visible()
    attempt(page, kommo.url, "not-the-one")
    expect(page.locator("#token-error")).to_be_visible(timeout=PATIENCE)
    check_access(page)
    attempt(page, kommo.url, kommo.tokens.issue(seconds=5 * 86400, admin=False))
    expect(page.locator("#draft-leads")).to_be_visible(timeout=PATIENCE)
    check_access(page)


def test_a_new_user_connects_and_a_change_in_kommo_appears_on_the_board(open_as, ana, kommo):
    page = open_as(ana, "/kommo")
    attempt(page, "http://127.0.0.1:9", kommo.token)
    expect(page.locator("#address-error")).to_contain_text("cannot be reached", timeout=PATIENCE)
    attempt(page, kommo.url, "not-the-one")
    expect(page.locator("#token-error")).to_contain_text("refuses this token", timeout=PATIENCE)
    attempt(page, kommo.url, kommo.token)
    expect(page.locator("#draft-leads")).to_have_text("12", timeout=PATIENCE)
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Up to date").first).to_be_visible(timeout=PATIENCE)

    lead = next(iter(kommo.world.rows["leads"].values()))
    board = until(lambda: on_board(ana.account_id, lead["id"]))
    other = next(
        id_ for id_ in kommo.world.stage_ids(lead["pipeline_id"], closed=False) if id_ != lead["status_id"]
    )
    page.goto(f"{page.url.removesuffix('/kommo')}/leads/board/{board.pipeline_id}")
    card = page.locator(f"#lead-{board.id}")
    before = card.evaluate("card => card.closest('[data-stage-id]').dataset.stageId")
    kommo.world.move_stage(lead["id"], other)
    expect(page.locator(f"[data-stage-id]:not([data-stage-id='{before}']) #lead-{board.id}")).to_be_visible(
        timeout=PATIENCE
    )


def on_board(account_id, kommo_id):
    from sqlalchemy import select

    from clarin_web.db import execute

    with tenant(account_id):
        found = execute(select(Lead).where(Lead.kommo_id == kommo_id)).scalar_one_or_none()
    release()
    return found
