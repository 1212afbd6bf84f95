"""Chromium, signed in and connected, with pages that note when a text appears on them.

Playwright is a development dependency; it is imported only when a browser is asked for.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clarin_web.cli.bench.live_place import EMAIL, Place

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser", "chrome")
PATIENCE = 120_000
TITLE = re.compile(r"Lead \d{4}")
WATCH = """() => {
  const waiting = new Set();
  window.seenAt = {};
  window.watchFor = text => waiting.add(text);
  const look = () => {
    if (!waiting.size) return;
    const shown = document.body.textContent;
    for (const text of waiting) if (shown.includes(text)) { waiting.delete(text); window.seenAt[text] = Date.now(); }
  };
  new MutationObserver(look).observe(document.documentElement, {subtree: true, childList: true, characterData: true});
}"""
NO_PLAYWRIGHT = "this needs Playwright, a development dependency: `./dev setup` installs it"
NO_BROWSER = (
    "no Chrome or Chromium found: install one, name it in CLARIN_CHROME, or `playwright install chromium`"
)


class Watched:
    """An open page of Clarin that is live."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        page.locator("html[data-net=live]").wait_for(state="attached", timeout=PATIENCE)
        page.evaluate(WATCH)

    def shows(self, text: str) -> bool:
        return text in (self.page.text_content("main") or "")

    def watch_for(self, text: str) -> None:
        self.page.evaluate("text => window.watchFor(text)", text)

    def seen(self) -> dict[str, float]:
        """When each text was there first, in seconds (Unix)."""
        found = self.page.evaluate("() => window.seenAt")
        return {text: at / 1000 for text, at in found.items()}


@contextmanager
def signed_in(place: Place) -> Iterator[Page]:
    """A page of the owner, whose Kommo is imported."""
    with _browser() as browser:
        page = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{place.clarin}/login")
        page.locator("[name=email]").fill(EMAIL)
        page.locator("[name=password]").fill(place.password)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(re.compile(r"/(?!login)[^/]*$"))
        _connect(page, place)
        yield page


def turn_webhooks_on(page: Page, place: Place) -> None:
    page.goto(f"{place.clarin}/kommo")
    page.locator('form[action="/kommo/webhook"] button').click()
    page.locator('form[action="/kommo/webhook/removal"] button').wait_for()


def opened(page: Page, place: Place) -> tuple[Watched, Watched]:
    """The list of leads and a board, each in a tab of its own."""
    leads = Watched(page.context.new_page(), f"{place.clarin}/leads")
    board = leads.page.locator('a[href^="/leads/board"]').first.get_attribute("href")
    return leads, Watched(page.context.new_page(), f"{place.clarin}{board}")


def _connect(page: Page, place: Place) -> None:
    page.goto(f"{place.clarin}/kommo")
    page.locator("#address").fill(place.kommo)
    page.locator("#token").fill(place.token)
    page.locator("#token").press("Enter")
    page.locator("#draft-leads").wait_for()
    page.locator('form[action="/kommo"] button').click()
    page.goto(f"{place.clarin}/leads")
    page.get_by_text(TITLE).first.wait_for()


@contextmanager
def _browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise click.ClickException(NO_PLAYWRIGHT) from error
    with sync_playwright() as playwright:
        options = [
            "--disable-dev-shm-usage",
            "--disable-gpu",
            *(["--no-sandbox"] if not os.geteuid() else []),
        ]
        browser = playwright.chromium.launch(executable_path=_chromium(playwright), args=options)
        try:
            yield browser
        finally:
            browser.close()


def _chromium(playwright: Playwright) -> str:
    for name in (os.environ.get("CLARIN_CHROME", ""), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        raise click.ClickException(NO_BROWSER)
    return own
