"""The socket drops and the page catches up: what came meanwhile is there once and in order, and nothing of the reader is lost."""

from __future__ import annotations

import re
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from sqlalchemy import update

from clarin_web.db import execute, release, tenant, transaction
from clarin_web.devices.tries import WORRYING
from clarin_web.devices.watching import look
from clarin_web.models import Device

# A server that starts takes connections before it answers them: what waits for it may time out.
UNREACHABLE = r"net::ERR_|WebSocket connection to|htmx:error: (Failed to fetch|timeout)"
TEXTS = "() => [...document.querySelectorAll('.msg .text')].map(text => text.textContent)"
TOP = "element => Math.round(element.getBoundingClientRect().top)"


def is_net(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-net", state)


@pytest.fixture
def long_chat(phone, heard, sales) -> str:
    """A chat of 90 messages: more than one page of them."""
    start = datetime.now(UTC) - timedelta(hours=5)
    phone.hear(*(heard(f"m{n:03d}", sent_at=start + timedelta(minutes=n)) for n in range(90)))
    return f"/chats/{phone.chat.id}"


def reads_far_up(page: Page):
    """Older messages are loaded, and one in the middle is what is being looked at."""
    page.locator(".messages").evaluate("box => { box.scrollTop = 0 }")
    expect(page.locator(".msg")).to_have_count(90)
    looked_at = page.locator(".msg", has_text="m020")
    looked_at.evaluate("message => message.scrollIntoView({ block: 'center' })")
    return looked_at


def its_number_needs_somebody(person) -> None:
    """Which every page says above what is being read."""
    with tenant(person.account_id), transaction():
        execute(update(Device).values(tries=WORRYING))
    release()
    look()


def test_a_killed_server_costs_nobody_a_message_a_draft_or_their_place(
    open_as, console, web, phone, heard, long_chat, ana, bruno, sales, make_lead
):
    console.allow(UNREACHABLE)
    lead, stages = make_lead("50 chairs"), sales.stages
    chat = open_as(ana, long_chat, at=web.url)
    leads, board = (
        open_as(bruno, "/leads", at=web.url),
        open_as(bruno, f"/leads/board/{sales.id}", at=web.url),
    )
    looked_at = reads_far_up(chat)
    chat.get_by_label("Message", exact=True).type("a half-writ")
    before = looked_at.evaluate(TOP)

    web.kill()
    for page in (chat, leads, board):
        is_net(page, "catching-up")
    expect(chat.locator(".nav .is-catching-up")).to_be_visible()
    phone.hear(heard("m090"), heard("m091"))
    bruno.post(f"/leads/{lead.id}/stage", {"stage_id": stages[1].id})
    phone.hear(heard("m092"))
    its_number_needs_somebody(ana)
    chat.keyboard.type("ten answer")
    web.start()

    for page in (chat, leads, board):
        is_net(page, "live")
    expect(chat.locator(".msg", has_text="m092")).to_be_attached()
    expect(chat.locator(".alarms")).to_contain_text("Ventas")
    assert chat.evaluate(TEXTS) == [f"m{n:03d}" for n in range(93)]
    assert abs(looked_at.evaluate(TOP) - before) <= 2
    expect(chat.get_by_label("Message", exact=True)).to_be_focused()
    expect(chat.get_by_label("Message", exact=True)).to_have_value("a half-written answer")
    expect(chat.locator("[data-pill]")).to_be_visible()
    expect(chat.locator(".chat-row p").first).to_contain_text(re.compile("m092|half-written"))
    expect(leads.locator(f"#lead-{lead.id} .c-badge")).to_have_text(stages[1].name)
    expect(board.locator(f"#stage-{stages[1].id} #lead-{lead.id}")).to_be_visible()


class Cable:
    """The live socket of a page, to be cut and mended; requests still get through."""

    def __init__(self, page: Page) -> None:
        self.is_cut, self.open = False, []
        page.route_web_socket(re.compile("/live$"), self._connected)

    def _connected(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close(code=1012)
            return
        socket.connect_to_server()
        self.open.append(socket)

    def cut(self) -> None:
        self.is_cut = True
        for socket in self.open:
            socket.close(code=1012)
        self.open.clear()

    def mend(self) -> None:
        self.is_cut = False


def test_without_a_socket_for_long_a_page_says_offline_still_asks_and_comes_back(
    open_as, phone, heard, long_chat, ana, sales
):
    page = open_as(ana, "/chats")
    cable = Cable(page)
    page.clock.install()
    page.goto(long_chat)
    is_net(page, "live")

    cable.cut()
    is_net(page, "catching-up")
    phone.hear(heard("m090"))
    page.clock.run_for(14_000)
    is_net(page, "offline")
    expect(page.locator(".nav .is-offline")).to_be_visible()
    page.clock.run_for(1_000)
    expect(page.locator(".msg").last).to_contain_text("m090")

    phone.hear(heard("m091"))
    cable.mend()
    page.evaluate("dispatchEvent(new Event('online'))")  # the next try would come within 30 s
    is_net(page, "live")
    page.clock.run_for(1_000)
    expect(page.locator(".msg").last).to_contain_text("m091")
    assert page.evaluate(TEXTS)[-3:] == ["m089", "m090", "m091"]
    expect(page.locator("[data-pill]")).to_be_hidden()


def test_a_laptop_without_network_keeps_what_was_typed_and_says_so(
    open_as, console, phone, heard, ana, sales
):
    console.allow(UNREACHABLE)
    phone.hear(heard("Hola"))
    page = open_as(ana, f"/chats/{phone.chat.id}")
    box = page.get_by_label("Message", exact=True)

    page.context.set_offline(True)
    box.fill("¿Cuántas sillas?")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("could not be reached")
    expect(box).to_have_value("¿Cuántas sillas?")
    page.context.set_offline(False)
    page.locator("#toasts").get_by_role("button", name="Try again").last.click()

    expect(page.locator(".msg.out .text")).to_have_text("¿Cuántas sillas?")
    expect(page.locator(".msg.out")).to_have_count(1)
    expect(box).to_have_value("")


def test_the_server_itself_gives_no_name(server: str) -> None:
    with urllib.request.urlopen(f"{server}/healthz", timeout=30) as answer:
        assert answer.headers["Server"] is None
