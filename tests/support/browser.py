"""A real browser: found, else installed, else the test fails. Never skipped.

A page that logs an error, breaks the content security policy or throws fails its test; `console.allow("…")`
names what a test means to provoke.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError, expect

from clarin_web.accounts.access import cookie_name
from clarin_web.local.home import ROOT
from clarin_web.local.system import apt_install, works
from tests.support.cast import Person

NAMES = (
    "chromium",
    "google-chrome-stable",
    "google-chrome",
    "chromium-browser",
    "chrome",
    "microsoft-edge-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
OWN = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
expect.set_options(timeout=60_000)  # a busy machine is slow, not wrong
# Chromium reports every refused request as an error; these answers are part of ordinary pages.
ORDINARY = [r"Failed to load resource: the server responded with a status of 4(01|03|09|22|29)"]


class Console:
    """What the pages of one test complained about, and what the test allows."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.allowed = list(ORDINARY)

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    def listen(self, context: BrowserContext) -> BrowserContext:
        context.on("console", self._on_message)
        context.on("weberror", self._on_error)
        return context

    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(re.search(rule, text) for rule in self.allowed)]

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")


@pytest.fixture
def console() -> Iterator[Console]:
    heard = Console()
    yield heard
    assert not heard.unexpected(), "the browser's console:\n" + "\n".join(heard.unexpected())


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], console: Console
) -> Callable[..., BrowserContext]:
    """pytest-playwright's, with someone listening. Call it for a second person, or without JavaScript."""
    return lambda **options: console.listen(new_context(**options))


@pytest.fixture
def open_as(new_context: Callable[..., BrowserContext], base_url: str) -> Callable[..., Page]:
    """open_as(ana, "/chats/7") -> a page of a signed-in person that is live. Options are the context's."""

    def go(person: Person, path: str, **options: Any) -> Page:
        base = options.pop("at", base_url)
        context = new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.add_cookies([{"name": cookie_name(), "value": person.cookie, "url": base}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(base + path)
        if options.get("java_script_enabled", True):
            expect(page.locator("html[data-net=live]")).to_be_attached()
        return page

    return go


@pytest.fixture(scope="session")
def base_url(server: str) -> str:
    """So that `page.goto("/leads")` is enough."""
    return server


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-US", "timezone_id": "America/Lima"}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    with open(ROOT / ".venv/.browser.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one xdist worker installs, the others wait
        path = _browser()
    arguments = ["--disable-dev-shm-usage", "--disable-gpu", "--use-fake-device-for-media-stream"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chrome refuses root otherwise
    return {**browser_type_launch_args, "executable_path": path, "args": arguments}


def _browser() -> str:
    """CLARIN_CHROME, an installed one, Playwright's, Debian's package, a download; or a failure."""
    _ensure_driver()
    for find in (_installed, _playwrights_own, _from_debian, _downloaded):
        if path := find():
            return path
    pytest.fail(
        "no Chrome or Chromium, and none could be installed: install one, or name it in CLARIN_CHROME"
    )


def _ensure_driver() -> None:
    driver = (sys.executable, "-m", "playwright", "--version")
    if works(*driver) or (apt_install("libatomic1") and works(*driver)):
        return
    said = subprocess.run(driver, capture_output=True, text=True)
    pytest.fail(f"Playwright's driver does not start (on Debian it needs libatomic1):\n{said.stderr}")


def _installed() -> str | None:
    for name in (os.environ.get("CLARIN_CHROME", ""), *NAMES):
        # --version: Ubuntu's chromium-browser may be a stub that only asks for a snap.
        if name and (path := shutil.which(name)) and works(path, "--version"):
            return path
    return None


def _playwrights_own() -> str | None:
    said = subprocess.run([sys.executable, "-c", OWN], capture_output=True, text=True).stdout.strip()
    return said if said and Path(said).exists() else None


def _from_debian() -> str | None:
    release = Path("/etc/os-release")
    if not release.exists() or "\nID=debian" not in "\n" + release.read_text():
        return None
    apt_install("chromium", "fonts-dejavu-core")
    return _installed()


def _downloaded() -> str | None:
    works(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")
    return _playwrights_own()
