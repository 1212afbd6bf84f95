"""A walk as a new user would: sign in, link a number by QR and one by letters, receive every kind, answer with every
kind, lose the connection, get it back with what was missed; and somebody of another account, who sees none of it.

In a real browser, on a whole Clarin of its own with its own servers and processes; WhatsApp is simulated.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from clarin_web.lib.ports import reserved
from clarin_web.local.home import ROOT
from clarin_web.local.services import addresses
from tests.support import walking
from tests.support.browser import Console
from tests.support.office import SETTINGS, is_up
from tests.support.waiting import until
from tests.support.walk_incoming import everything_comes_in
from tests.support.walk_outgoing import everything_goes_out
from tests.support.walking import Number, Seller, complaints, customer, drawn
from tests.support.whole import Whole, whole

ROSA, LUIS = customer("51987654321", "Rosa Quispe"), customer("51987654322", "Luis Ramos")
OTHER = [sys.executable, "-m", "flask", "--app", "wsgi", "create-account", "--name", "Otra", "--locale", "en"]
STRANGER = "carla@otra.pe"
# On a busy machine a kept connection may end in the moment it is used again; the next poke asks once more.
ENDED_AS_USED = r"ERR_SOCKET_NOT_CONNECTED|htmx:error: Failed to fetch"


@pytest.fixture
def clarin(tmp_path: Path) -> Iterator[Whole]:
    with whole(tmp_path, reserved(), {**SETTINGS, "CLARIN_SIM_SPEED": "1"}) as running:
        address = running.said(r"Clarin is at (\S+)")
        until(lambda: is_up(address))
        yield running


@pytest.fixture
def someone(browser: Browser, console: Console, clarin: Whole) -> Iterator[Callable[[], Page]]:
    """Somebody with a browser of their own at this Clarin."""
    console.allow(ENDED_AS_USED)
    with ExitStack() as contexts:

        def comes() -> Page:
            made = browser.new_context(
                base_url=clarin.said(r"Clarin is at (\S+)"),
                viewport={"width": 1440, "height": 900},
                locale="en-US",
                permissions=["microphone"],
            )
            page = contexts.enter_context(console.listen(made)).new_page()
            page.set_default_timeout(60_000)
            return page

        yield comes


def test_a_walk(clarin: Whole, someone: Callable[[], Page]) -> None:
    """In the order of a first day."""
    page = someone()
    a_new_user(clarin, page)
    sales, second = Number(clarin, 1, "51999000111", [ROSA, LUIS]), Number(clarin, 2, "51999000222", [LUIS])
    linked_by_qr(page, sales)
    linked_by_letters(page, second)
    seller = Seller(page, clarin)
    everything_comes_in(seller, sales)
    everything_goes_out(seller, sales)
    unplugged(seller, sales)
    switched_off(seller, second)
    a_stranger(clarin, someone())
    assert not complaints(clarin.place / "run.log"), "nothing went wrong on any server"


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/")
    walking.look(page, "sign-in")
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    page.locator("#password").press("Enter")
    expect(page.locator("html[data-net=live]")).to_be_attached()


def a_new_user(clarin: Whole, page: Page) -> None:
    """The first start printed how to sign in; the first thing somebody changes is the language."""
    sign_in(page, "owner@clarin.local", clarin.said(r"[Pp]assword:?\s+(\S+)"))
    page.goto("/settings/profile")
    page.locator("#locale").select_option("en")
    page.locator(".form button").click()
    expect(page.get_by_label("Language")).to_have_value("en")
    page.goto("/")
    walking.look(page, "home-empty")
    page.goto("/chats")
    walking.look(page, "inbox-empty")


def add_number(page: Page, name: str) -> None:
    page.goto("/devices")
    page.get_by_label("Name of the device").fill(name)
    page.get_by_role("button", name="Show a code to scan").click()


def linked_by_qr(page: Page, number: Number) -> None:
    number.prepare()
    page.goto("/devices")
    walking.look(page, "devices-empty")
    add_number(page, "Sales")
    code, left = page.locator(".qr img"), page.locator("#device-1-left")
    drawn(code)
    walking.look(page, "qr")
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    assert page.get_by_role("progressbar", name="Time left").is_visible()
    number.world.turn("scan")
    expect(page.locator("main .badge")).to_have_text("Connected")
    expect(code).to_have_count(0)
    expect(page.locator("main h2").first).to_contain_text("999 000 111")
    walking.look(page, "linked")


def linked_by_letters(page: Page, number: Number) -> None:
    number.prepare()
    add_number(page, "Support")
    page.get_by_label("Number of the phone").fill("999 000 222")
    page.get_by_role("button", name="Get a code to type").click()
    code = page.locator(".code")
    expect(code).to_have_text(re.compile(r"^[A-Z1-9]{4}-[A-Z1-9]{4}$"))
    walking.look(page, "letters")
    left = page.locator("#device-2-left")
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    number.world.turn("scan")
    expect(page.locator("main .badge")).to_have_text("Connected")
    expect(page.locator("main h2").first).to_contain_text("999 000 222")
    page.goto("/devices")
    expect(page.locator("main .badge")).to_have_text(["Connected", "Connected"])
    walking.look(page, "devices-linked")


def unplugged(seller: Seller, number: Number) -> None:
    """The network goes; two minutes of that are nobody's worry, three are."""
    page = seller.page
    number.world.turn("drop", "3600")
    until(lambda: number.state() == "reconnecting")
    page.goto("/leads")
    expect(page.locator(".alarms")).to_be_empty()
    number.clarin.ask(
        "UPDATE device SET state_at = state_at - interval '3 minutes' WHERE id = 1 RETURNING id"
    )
    number.world.turn("drop", "3600")  # one try more, in vain
    expect(page.locator(".alarms")).to_contain_text("Sales is not connected")
    walking.look(page, "unplugged-banner")
    page.locator(".alarms a").click()
    expect(page.locator("main .badge").first).to_have_text("Reconnecting")
    walking.look(page, "unplugged-device")

    page.goto("/chats")
    seller.open("Rosa Quispe")
    expect(page.locator(".presence")).to_be_empty()
    expect(page.locator(".reach")).to_contain_text("leaves by itself as soon as it is connected")
    waiting = seller.write("Le aviso en un momento")
    expect(waiting).to_have_attribute("data-status", "queued")
    walking.look(page, "unplugged-waiting")
    missed = [number.hears(line) for line in ("¿Sigue ahí?", "[photo] mire")]
    before = len(number.world.contents())

    number.world.turn("drop", "0")
    for wa_id in missed:
        expect(seller.bubble(wa_id)).to_be_visible()
    expect(waiting).to_have_attribute("data-status", re.compile("sent|delivered|read"))
    assert number.sent("text", before)["text"] == "Le aviso en un momento"
    expect(page.locator(".reach")).to_be_empty()
    expect(page.locator(".alarms")).to_be_empty()
    walking.look(page, "plugged-again")


def switched_off(seller: Seller, number: Number) -> None:
    """By a person, on its page: no worry, and what was written meanwhile comes when it is switched on again."""
    page = seller.page
    page.goto("/devices/2")
    page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.locator("main .badge").first).to_have_text("Disconnected")
    until(lambda: not number.clarin.pids("worker.py device --account 1 --device 2"))
    number.hears("¿Hay alguien?")
    expect(page.locator(".alarms")).to_be_empty()
    walking.look(page, "switched-off")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.locator("main .badge").first).to_have_text("Connected")
    page.goto("/chats")
    expect(page.locator("a.chat-row", has_text="¿Hay alguien?")).to_be_visible()


def a_stranger(clarin: Whole, page: Page) -> None:
    """The operator makes another company on the same server; its owner finds an empty house."""
    env = {**os.environ, **SETTINGS, **addresses(clarin.place), "CLARIN_STATE_DIR": str(clarin.place)}
    made = subprocess.run(
        [*OTHER, "--email", STRANGER], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    sign_in(page, STRANGER, re.findall(r"password\s+(\S+)", made.stdout)[0])
    page.goto("/chats")
    expect(page.get_by_text("No chats yet")).to_be_visible()
    page.goto("/devices")
    expect(page.get_by_text("No numbers linked yet")).to_be_visible()
    for path in ("/devices/1", "/devices/1/qr.svg", "/chats/1", "/media/1", "/messages/1/menu"):
        assert page.request.get(path).status == 404, path
