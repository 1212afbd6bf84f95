"""Instant changes before a person's eyes: turned on with a click, seen on an open board, switched off by Kommo."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect
from sqlalchemy import select, update

from clarin_web.accounts.access import cookie_name
from clarin_web.db import execute, release, tenant, transaction
from clarin_web.demo.kommo_server import Checker, Faults, KommoServer, World
from clarin_web.demo.kommo_server.believable import believable
from clarin_web.kommo.queries import connection_of
from clarin_web.kommo.webhooks import jobs
from clarin_web.models import KommoWebhook, Lead
from tests.support.hooked import Hooked
from tests.support.running import _log
from tests.support.waiting import until

PATIENCE = 60_000
AXE = """() => axe.run("#kommo-webhook", {resultTypes: ["violations"], preload: false, iframes: false})
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"""
LOOKS = [("light", 1440, "en"), ("dark", 360, "es"), ("light", 360, "pt"), ("dark", 1440, "es")]


@pytest.fixture
def kommo(server, ana):
    with KommoServer(believable(leads=4, seed=1), faults=Faults(rate=100_000)) as made:
        ana.post("/kommo/draft", {"address": made.url, "token": made.token})
        assert ana.post("/kommo").status == 303
        until(lambda: in_account(ana, lambda: connection_of(ana.account_id).state) == "live")
        yield made


def in_account(person, read):
    with tenant(person.account_id):
        found = read()
    release()
    return found


def switched_off_by_kommo(ana, kommo):
    """Kommo gave up some time ago, and Clarin looked."""
    for row in kommo.hooks.rows.values():
        row["disabled"] = True
    with tenant(ana.account_id), transaction():
        execute(update(KommoWebhook).values(checked_at=datetime.now(UTC) - timedelta(days=2)))
    jobs.look_at(ana.account_id, in_account(ana, lambda: connection_of(ana.account_id).id))


def test_a_click_and_then_changes_appear_on_an_open_board(open_as, ana, kommo):
    page = open_as(ana, "/kommo")
    panel = page.locator("#kommo-webhook")
    panel.get_by_role("button", name="Turn on").click()
    expect(panel).to_contain_text("Nothing yet", timeout=PATIENCE)
    number, raw = next(iter(kommo.world.rows["leads"].items()))
    lead = in_account(ana, lambda: execute(select(Lead).where(Lead.kommo_id == number)).scalar_one())
    board = open_as(ana, f"/leads/board/{lead.pipeline_id}")
    expect(board.locator(f"#lead-{lead.id}")).to_contain_text(raw["name"])
    kommo.world.change("leads", number, name="Pedido de Rosa")
    expect(board.locator(f"#lead-{lead.id}")).to_contain_text("Pedido de Rosa", timeout=PATIENCE)
    expect(panel).not_to_contain_text("Nothing yet", timeout=PATIENCE)
    switched_off_by_kommo(ana, kommo)
    expect(panel).to_contain_text("Turned off by Kommo", timeout=PATIENCE)
    panel.get_by_role("button", name="Turn on again").click()
    expect(panel.locator(".badge")).to_have_text("On", timeout=PATIENCE)
    panel.get_by_role("button", name="Turn off").click()
    expect(panel.locator(".badge")).to_have_text("Off", timeout=PATIENCE)
    assert kommo.hooks.rows == {}


def test_the_panel_is_for_everybody(open_as, ana, kommo):
    page = open_as(ana, "/kommo")
    for state in ("off", "on", "disabled"):
        if state == "on":
            ana.post("/kommo/webhook")
        elif state == "disabled":
            switched_off_by_kommo(ana, kommo)
        for theme, width, locale in LOOKS:
            ana.post("/settings/profile", {"locale": locale, "theme": "system"})
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=theme)
            page.reload()
            expect(page.locator("#kommo-webhook")).to_be_visible()
            page.evaluate(AXE_SCRIPT)
            assert page.evaluate(AXE) == []
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (
                "nothing sideways"
            )


def test_the_whole_way_from_kommo_to_the_board(server, ana, monkeypatch):
    """gunicorn, the jobs worker and Kommo, each in its place; nobody looks, so polling would take a minute."""
    monkeypatch.setattr("clarin_web.kommo.views.webhooks.own_origin", lambda: server)
    world = World(seed=4)
    world.add_user("Ana Ruiz", "ana@demo.test", admin=True)
    pipeline = world.add_pipeline("Ventas", ("Contactado", "Propuesta"))
    world.add_lead("Quieto", pipeline)
    with KommoServer(world, faults=Faults(rate=7)) as kommo, browser_of(ana) as browser:
        ana.post("/kommo/draft", {"address": kommo.url, "token": kommo.token})
        ana.post("/kommo")
        hooked = Hooked(ana, kommo, server)
        until(lambda: hooked.connection.state == "live")
        hooked.turn_on()
        board = f"{server}/leads/board/{hooked.rows(select(Lead.pipeline_id))[0][0]}"
        before = hooked.connection.last_attempt_at
        world.add_lead("Curso de verano", pipeline)
        until(lambda: "Curso de verano" in browser.get(board).text, 40)
        assert hooked.connection.last_attempt_at == before, "it was no poll that brought it"
        Checker(kommo, rate=7).verify()
        token = hooked.address.rpartition("/")[2]
        ana.post("/kommo/disconnection")
    assert token not in _log().read_text(errors="replace")


def browser_of(person):
    return httpx.Client(trust_env=False, timeout=120, headers={"Cookie": f"{cookie_name()}={person.cookie}"})
