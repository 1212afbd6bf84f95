"""Every kind in a real browser: heard, downloaded, looked at; for all eyes, on a phone, in the dark, without scripts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarin_web.devices.downloads import fetch_next
from clarin_web.devices.simulator import kinds, people
from clarin_web.devices.simulator.script import Persona
from clarin_web.media import jobs
from clarin_web.models import Media
from tests.support import running

AXE = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        resultTypes: ["violations"], preload: false, iframes: false})
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"""
SIDEWAYS = "() => document.documentElement.scrollWidth > innerWidth"
DRAWN = "() => [...document.querySelectorAll('.msg img')].every(i => i.complete && i.naturalWidth > 0)"


@pytest.fixture
def full(phone):
    """A chat with every kind, its files downloaded."""
    rosa, start = Persona("51987654321", "Rosa"), datetime.now(UTC) - timedelta(hours=1)
    dice = random.Random(1)
    here = [kind for kind in kinds.TELLERS if kind != "group"]
    for number, kind in enumerate(here):
        at = start + timedelta(seconds=20 * number)
        quoted = "KIND0" if kind == "forward" else None
        phone.hear(
            *(
                event
                for _, event in people.written(rosa, f"KIND{number}", f"[{kind}] {kind}", at, quoted, dice)
            )
        )
    while fetch_next(phone.account_id, phone.device_id):
        pass
    for media in phone.rows(Media, Media.hash != ""):
        jobs.examine(phone.account_id, media.id)
    return phone


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_kind_is_read_by_everybody(open_as, full, bruno, theme):
    page = open_as(bruno, f"/chats/{full.chat.id}", color_scheme=theme)
    expect(page.locator(".msg")).to_have_count(len(full.messages))
    for image in page.locator(".msg img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function(DRAWN)
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert not page.evaluate(SIDEWAYS)
    page.locator("a.quote").first.click()
    expect(page.locator(".msg.found")).to_have_count(1)
    page.get_by_role("link", name="Show all").first.click()
    expect(page.locator(".text.whole")).to_have_count(1)


def test_what_failed_is_asked_for_again_where_it_is(open_as, full, bruno):
    running.jobs.rest()  # who fetches files would find once more, in no time, that it is damaged
    page = open_as(bruno, f"/chats/{full.chat.id}")
    gone = page.locator(".msg .media", has_text="WhatsApp does not have it any more")
    expect(gone.first).to_be_visible()
    expect(gone.get_by_role("button")).to_have_count(0)
    failed = page.locator(".msg .media", has_text="It could not be downloaded")
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_have_count(0)
    assert full.count(Media, Media.state == "waiting") >= 1
