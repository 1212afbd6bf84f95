"""In a real browser: who looks elsewhere is told by the browser that a number needs somebody, once, if they asked for it;
and the letters to type are copied with one click."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from clarin_web.db import release, tenant
from clarin_web.devices import watching
from tests.support.cast import Person

from .conftest import Office
from .test_device_pages import linked, make_device

FAKE = """
    window.Notification = class {
      constructor(title, about) {
        const said = document.documentElement.dataset;
        said.told = (said.told || "") + "|" + about.body;
      }
    };
    window.Notification.permission = "default";
    window.Notification.requestPermission = async () => (window.Notification.permission = "granted");
    Object.defineProperty(document, "hidden", { get: () => window.elsewhere === true });
"""


def look(account_id: int) -> None:
    with tenant(account_id):
        watching.look_at_account(account_id)
    release()


def test_who_looks_elsewhere_is_told_by_the_browser_once(open_as: Callable[..., Page], ana: Person) -> None:
    office = Office(ana.account_id, linked(ana), 0)
    page = open_as(ana, "/devices")
    page.add_init_script(FAKE)
    page.reload()
    page.get_by_role("button", name="Tell me in this browser too").click()
    expect(page.get_by_role("button", name="Tell me in this browser too")).to_be_hidden()
    page.evaluate("window.elsewhere = true")
    office.set(state="logged_out", wanted="stopped", state_reason="unlinked_on_phone")
    look(ana.account_id)
    expect(page.locator(".alarms")).to_contain_text("Ventas Lima is not connected")
    expect(page.locator("html")).to_have_attribute(
        "data-told", re.compile("^[|]Ventas Lima is not connected[^|]+$")
    )
    linked(ana, name="Sur", phone="+51987654322", state="banned", wanted="stopped")
    look(ana.account_id)
    expect(page.locator(".alarms")).to_contain_text("Sur is not connected")
    expect(page.locator("html")).to_have_attribute(
        "data-told", re.compile("^[|]Ventas[^|]+[|]Sur is not[^|]+$")
    )


def test_the_letters_are_copied_with_one_click(open_as: Callable[..., Page], ana: Person) -> None:
    code = {"pair_code": "LH7T-VZKT", "pair_code_expires_at": datetime.now(UTC) + timedelta(minutes=2)}
    state = {"state": "pairing", "wanted": "paired", "heartbeat_at": datetime.now(UTC) + timedelta(minutes=2)}
    device_id = make_device(ana, pairing_phone="+51987654321", **code, **state)
    page = open_as(ana, f"/devices/{device_id}", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the code").click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "LH7T-VZKT"
