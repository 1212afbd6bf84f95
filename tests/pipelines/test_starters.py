"""An account can hold its first lead from its first minute, and says what to do next wherever it is empty."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import clarin_web
from clarin_web.accounts.queries import account_ids
from clarin_web.db import release, tenant
from clarin_web.pipelines.queries import pipelines_of
from clarin_web.pipelines.starters import STARTERS, start_pipeline

HOUSE = Path(clarin_web.__file__).parent
DOORS = {
    "pipelines/starters.py",
    "demo/create.py",
    "cli/seed.py",
}  # the last two bring pipelines of their own


@pytest.mark.parametrize("locale", ["es", "en", "pt"])
def test_create_account_gives_it_a_pipeline_in_its_language(app, locale):
    arguments = ["create-account", "--name", "Nueva", "--email", f"d@{locale}.test", "--locale", locale]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
    account_id = max(account_ids())
    with tenant(account_id):
        (pipeline,) = pipelines_of(account_id)
    release()
    words = STARTERS[locale]
    assert (pipeline.name, pipeline.is_main) == (words.name, True)
    assert [stage.name for stage in pipeline.stages] == [*words.open_stages, words.won, words.lost]


def test_no_other_door_makes_accounts():
    callers = {
        str(file.relative_to(HOUSE))
        for file in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "create_account"
    }
    measured = {name for name in callers if name.startswith("cli/bench/")}
    assert callers - measured == DOORS


def test_without_a_pipeline_the_owner_makes_one_by_one_click(ana):
    for url in ("/leads/board", "/leads/new"):
        page = ana.get(url)
        assert page.status == 200
        assert page.select('form[action="/leads/board"]')
    assert ana.htmx_get("/leads/new").select('form[action="/leads/board"]')
    for _click in range(2):
        made = ana.post("/leads/board")
        assert made.status == 303
    with tenant(ana.account_id):
        assert len(pipelines_of(ana.account_id)) == 1
    release()
    assert ana.get(made.location).select('.board a[href^="/leads/new"]')
    lead = ana.post("/leads", {"name": "Rosa", "phone": "987654321"})
    assert lead.status == 303


def test_who_may_not_is_told_whom_to_ask(ana, bruno, vera):
    assert "Ask Ana to make the first one." in bruno.get("/leads/board").text
    assert "Ask Ana to make the first one." in bruno.get("/leads/new").text
    assert bruno.post("/leads/board").status == 403
    for url, asked in (
        ("/chats", "Ask Ana to link a WhatsApp number."),
        ("/devices", "Ask Ana to link a WhatsApp number."),
        ("/kommo", "Ask Ana to connect it."),
    ):
        assert asked in vera.get(url).text
    assert "to add the first one." in vera.get("/leads").text


def test_each_page_of_an_empty_account_leads_on_by_one_click(ana):
    with tenant(ana.account_id):
        start_pipeline(ana.account_id, "en")
    release()
    for url, way in (
        ("/", '#home a[href="/devices"]'),
        ("/chats", '#chats a[href="/devices"]'),
        ("/leads", '#results a[href="/leads/new"]'),
        ("/leads/board", '.board a[href^="/leads/new"]'),
        ("/leads/new", 'form[action="/leads"]'),
        ("/devices", 'form[action="/devices"]'),
        ("/kommo", 'form[action$="/try"], form[action*="kommo"]'),
    ):
        page = ana.get(url)
        page = ana.get(page.location) if page.status == 303 else page
        assert page.select(way), f"{url} is a dead end"
