"""A page as it stands in the browser is for everybody: axe finds nothing, nothing overflows sideways."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

AXE = """() => axe.run(document, {resultTypes: ["violations"], preload: false, iframes: false})
    .then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"""


def check_access(page: Page) -> None:
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(AXE) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing sideways"
