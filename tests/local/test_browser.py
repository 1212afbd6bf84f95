"""The suite's own ears: a page's complaints are heard, and only what a test names is forgiven."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Console

WRONG = {
    "a script throws": "<script>throw new Error('left alone')</script>",
    "a script complains": "<script>console.error('left alone')</script>",
    "the policy is broken": """<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
        <script>1</script>""",
}


@pytest.mark.parametrize("page", WRONG.values(), ids=WRONG)
def test_a_page_that_complains_is_heard(browser: Browser, page: str) -> None:
    heard = Console()
    with browser.new_context() as context:
        heard.listen(context).new_page().goto(f"data:text/html,{page}")
        assert heard.unexpected()
        heard.allow("left alone|Content Security Policy")
        assert not heard.unexpected()


def test_a_quiet_page_is_quiet(browser: Browser) -> None:
    heard = Console()
    with browser.new_context() as context:
        heard.listen(context).new_page().goto("data:text/html,<title>quiet</title>")
    assert not heard.unexpected()


def test_the_sign_in_page_of_the_running_server_is_quiet(page: Page) -> None:
    page.goto("/login")
    expect(page.locator("form").first).to_be_visible()
